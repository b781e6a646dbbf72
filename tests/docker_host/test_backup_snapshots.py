"""Snapshots of the files: whole, as they were, and sharing what has not changed."""

import json
import os
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.docker_host.backup_world import age, snapshots, with_program
from tests.docker_host.postgres_world import World


@pytest.fixture
def world() -> Generator[World]:
    with World.make() as world:
        yield world


def test_a_snapshot_stays_as_it_was_and_shares_what_has_not_changed(world: World) -> None:
    world.write("files/kept with spaces\nand lines", "kept")
    world.write("files/tools/changed", "before")
    world.write("files/removed", "removed")
    world.write("plugins/cwd/bin/python", "")
    (world.folder / "plugins/cwd/bin/python3").symlink_to("python")
    (world.folder / "plugins/cwd/bin/python").chmod(0o755)
    world.own()
    assert world.backup("files").returncode == 0
    world.write("files/tools/changed", "beyond")
    world.write("files/added", "added")
    (world.folder / "files/removed").unlink()
    assert world.backup("files").returncode == 0
    first, second = snapshots(world)
    assert (first / "files/tools/changed").read_text() == "before"
    assert (second / "files/tools/changed").read_text() == "beyond"
    assert (first / "files/removed").exists()
    assert sorted(path.name for path in (second / "files").iterdir()) == [
        "added",
        "kept with spaces\nand lines",
        "tools",
    ]
    for same in ("files/kept with spaces\nand lines", "plugins/cwd/bin/python"):
        assert (first / same).stat().st_ino == (second / same).stat().st_ino
        assert (first / same).stat().st_ino != (world.folder / same).stat().st_ino
    assert (second / "plugins/cwd/bin/python3").readlink() == Path("python")
    assert (second / "plugins/cwd/bin/python").stat().st_mode & 0o777 == 0o755


def test_a_file_of_the_same_size_that_is_newer_is_a_new_one(world: World) -> None:
    world.write("files/one", "aaa")
    os.utime(world.folder / "files/one", (1, 1))
    world.backup("files")
    world.write("files/one", "bbb")
    world.backup("files")
    assert [(path / "files/one").read_text() for path in snapshots(world)] == ["aaa", "bbb"]


def test_a_folder_that_is_closed_to_writing_comes_into_every_snapshot(world: World) -> None:
    for name in ("one", "two"):
        world.write(f"plugins/cache/module/{name}", name)
    (world.folder / "plugins/cache/module").chmod(0o555)
    for _ in range(3):
        done = world.backup("files")
        assert done.returncode == 0, done.stderr
    for snapshot in snapshots(world):
        assert (snapshot / "plugins/cache/module/two").read_text() == "two"
        assert (snapshot / "plugins/cache/module").stat().st_mode & 0o777 == 0o555


@pytest.mark.parametrize("kind", ["files", "now"])
def test_a_folder_that_is_closed_to_writing_stops_no_backup_after_an_interruption(world: World, kind: str) -> None:
    world.write("backups/files/new.part/plugins/cache/one", "one")
    (world.backups / "files/new.part/plugins/cache").chmod(0o555)
    world.a.start()
    done = world.backup(kind)
    assert done.returncode == 0, done.stderr
    assert not (world.backups / "files/new.part").exists()


def test_a_file_keeps_its_mode_when_an_older_snapshot_of_it_goes(world: World) -> None:
    world.write("files/one", "one")
    (world.folder / "files/one").chmod(0o444)
    for days in (40, 31, 0):
        assert world.backup("files").returncode == 0
        age(snapshots(world)[-1], days)
    assert len(snapshots(world)) == 2
    assert {(path / "files/one").stat().st_mode & 0o777 for path in snapshots(world)} == {0o444}


def test_old_snapshots_go_and_of_older_days_the_last_one_stays(world: World) -> None:
    (world.backups / "files").mkdir()
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0)
    made = {
        name: (noon - timedelta(days=days, hours=hours)).strftime("%Y%m%dT%H%M%SZ")
        for name, days, hours in (
            ("too old", 40, 0),
            ("begins the thirty days", 31, 0),
            ("within", 29, 0),
            ("hour before", 10, 1),
            ("last of its day", 10, 0),
            ("an hour before yesterday's last", 1, 1),
            ("yesterday's last", 1, 0),
        )
    }
    for name in made.values():
        (world.backups / "files" / name / "files").mkdir(parents=True)
    world.own()
    assert world.backup("files").returncode == 0
    kept = [what for what, name in made.items() if name in world.whole("files")]
    assert kept == [
        "begins the thirty days",
        "within",
        "last of its day",
        "an hour before yesterday's last",
        "yesterday's last",
    ]


def test_a_file_that_goes_while_a_snapshot_is_taken_is_not_in_it(world: World) -> None:
    for name in ("kept", "removed"):
        world.write(f"files/{name}", name)
    with_program(world, "tar", f'rm -f {world.folder}/files/removed\nPATH=${{PATH#*:}} exec tar "$@"')
    done = world.backup("files")
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (snapshots(world)[0] / "files").iterdir()] == ["kept"]


def test_a_long_failure_about_names_of_any_letters_is_readable(world: World) -> None:
    world.write("files/" + 60 * "\N{GREEK SMALL LETTER OMEGA}", "")
    for path in (world.folder / "files").iterdir():
        path.chmod(0)
    with_program(world, "tar", 'PATH=${PATH#*:} tar "$@"; code=$?; PATH=${PATH#*:} tar "$@" >/dev/null; exit $code')
    assert world.backup("files").returncode == 1
    said = json.loads((world.backups / "status.json").read_text(encoding="utf-8"))
    assert "Cannot open: Permission denied" in said["files"]["failure"]


def test_a_file_that_cannot_be_read_fails_the_snapshot(world: World) -> None:
    world.write("files/closed", "closed")
    (world.folder / "files/closed").chmod(0)
    done = world.backup("files")
    assert done.returncode == 1
    assert "closed: Cannot open: Permission denied" in done.stderr
    assert world.whole("files") == []
