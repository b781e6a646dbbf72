"""A Docker Engine for the tests of a file, and the stand-in provider before it."""

from collections.abc import Generator

import pytest
from docker_calls import DockerStandIn

from tests.servers.docker_engine import DockerEngine, started

engine = pytest.fixture(scope="module")(started)


@pytest.fixture
def stand_in(engine: DockerEngine) -> Generator[DockerStandIn]:
    """It is asked to make things on an engine that is empty again afterwards."""
    yield DockerStandIn(engine.host)
    engine.clear()
