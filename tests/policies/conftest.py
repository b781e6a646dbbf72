"""What all tests of the rules share."""

import gc

import pytest

from tests.policies.stacks import Stacks


@pytest.fixture(scope="session")
def stack_of() -> Stacks:
    """Recorded stacks by name."""
    # What is imported by now stays. Judging makes many small objects, for which the collector would look through it.
    gc.freeze()
    return Stacks()
