"""What all tests of the rules share."""

import gc
import os

import pytest

from tests.policies.stacks import Stacks


@pytest.fixture(scope="session")
def stack_of(tmp_path_factory: pytest.TempPathFactory) -> Stacks:
    """Recorded stacks by name, in a folder that all workers of this run see."""
    # What is imported by now stays. Judging makes many small objects, for which the collector would look through it.
    gc.freeze()
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "stacks"
    folder.mkdir(exist_ok=True)
    return Stacks(folder)
