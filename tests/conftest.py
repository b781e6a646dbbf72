"""What all tests share: Hypothesis does not time its examples, because a busy machine says nothing about a promise, and
the workers of a run have one folder of recordings."""

import os
import shutil
import tempfile

import pytest
from hypothesis import settings

from tests.recordings import FOLDER

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        folder = os.environ[FOLDER] = tempfile.mkdtemp(prefix="recordings-")
        config.add_cleanup(lambda: shutil.rmtree(folder))
