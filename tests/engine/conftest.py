"""Every engine test works in a folder of its own; a provider lives as long as the module that uses it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sandboxes import ROOT, Place

from sandbox.workspace import ONE_CHECKPOINT, Workspace, providers


@pytest.fixture(scope="module")
def provider() -> Iterator[dict[str, str]]:
    with providers() as variables:
        yield dict(variables)


@pytest.fixture
def small(tmp_path: Path, provider: dict[str, str]) -> Place:
    """The small program on an empty account."""
    return _program("small", tmp_path, provider)


@pytest.fixture
def images(tmp_path: Path, provider: dict[str, str]) -> Place:
    """The program that mirrors an image, on an empty account."""
    return _program("images", tmp_path, provider)


def _program(name: str, home: Path, provider: dict[str, str]) -> Place:
    place = Place(Workspace(ROOT / "tests" / "engine" / name, "test", home / name, None, provider))
    place.workspace.create()
    return place


@pytest.fixture(scope="module")
def dify(tmp_path_factory: pytest.TempPathFactory, provider: dict[str, str]) -> Callable[[str], Place]:
    """Makes a stack of the real program on an empty account."""

    def make(stack: str) -> Place:
        home = tmp_path_factory.mktemp(stack) / "home"
        place = Place(Workspace(ROOT, stack, home, ROOT / f"Pulumi.{stack}.yaml", {**provider, **ONE_CHECKPOINT}))
        place.workspace.create()
        return place

    return make
