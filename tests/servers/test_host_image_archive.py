"""The file of the stand-in images is made once, whole, whoever comes at the same time."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.servers import host_images
from tests.servers.process import ServerFailedError


@pytest.fixture
def made_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a command in place of mmdebstrap's that counts its calls in a file."""
    calls = tmp_path / "calls"

    def cache(_environment: object) -> Path:
        return tmp_path / "cache"

    monkeypatch.setattr(host_images, "cache_folder", cache)
    monkeypatch.setattr(host_images, "find_program", str)
    script = f'echo call >>{calls}; sleep 0.3; [ ! -e {tmp_path}/broken ] || exit 1; echo whole >"$0"'
    monkeypatch.setattr(host_images, "_command", lambda: ["sh", "-c", script])
    return calls


def test_two_that_come_at_once_make_it_once(made_by: Path) -> None:
    with ThreadPoolExecutor(2) as both:
        made = [both.submit(host_images.archive) for _ in range(2)]
    first, second = (one.result() for one in made)
    assert first == second
    assert first.read_text() == "whole\n"
    assert made_by.read_text() == "call\n"


def test_one_of_an_older_description_goes(made_by: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    old = tmp_path / "cache" / "host-image-0123456789ab.tar"
    old.touch()
    assert host_images.archive().exists()
    assert not old.exists()


def test_one_that_fails_leaves_nothing(made_by: Path, tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    with pytest.raises(ServerFailedError):
        host_images.archive()
    assert not list((tmp_path / "cache").glob("host-image-*"))
    (tmp_path / "broken").unlink()
    assert host_images.archive().read_text() == "whole\n"
