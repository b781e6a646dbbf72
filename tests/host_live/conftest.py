"""Each module has a Docker Engine and a stack of its own, and its tests are drills in the order in which they stand."""

import pytest

from tests.servers.docker_engine import started

engine = pytest.fixture(scope="module")(started)
