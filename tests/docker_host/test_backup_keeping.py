"""What is kept of the database and for how long: nothing half, and the old until the new is whole."""

import json
import os
from collections.abc import Callable, Generator

import pytest

from tests.docker_host.backup_world import age, snapshots, with_program
from tests.docker_host.postgres_world import World, eventually


@pytest.fixture
def world() -> Generator[World]:
    with World.make() as world:
        yield world


def test_old_whole_backups_go_with_the_changes_before_them(world: World) -> None:
    world.a.start()
    base, wal = world.backups / "base", world.backups / "wal"
    starts: list[str] = []
    for days in (40, 31, 29):
        world.a.sql("SELECT pg_switch_wal()")
        assert world.backup("now").returncode == 0
        path = age(base / world.whole("base")[-1], days)
        starts.append((path / "start-wal").read_text().strip())
        for folder in (wal, wal / "earlier"):
            (folder / f"{starts[-1]}.gz").touch()
    world.own()
    assert world.backup("now").returncode == 0
    kept = [(base / name / "start-wal").read_text().strip() for name in world.whole("base")]
    assert kept[:2] == starts[1:]
    assert len(kept) == 3
    for folder in (wal, wal / "earlier"):
        assert sorted(path.stem for path in folder.glob("*.gz")) == starts[1:]


def _interrupted(world: World) -> None:
    world.write("backups/base/new.part/data/PG_VERSION", "15")
    world.write("backups/files/new.part.live", "")


def test_what_an_interruption_left_is_neither_seen_nor_kept(world: World) -> None:
    _interrupted(world)
    world.a.start()
    assert world.backup("now").returncode == 0
    assert [path.name for path in (world.backups / "base").iterdir()] == world.whole("base")
    assert [path.name for path in (world.backups / "files").iterdir()] == []


def _no_space(world: World) -> None:
    """A disk that is full when the archive is written; the program itself runs."""
    with_program(world, "gzip", 'cat >/dev/null\necho "gzip: stdout: No space left on device" >&2\nexit 1')


def _damaged(world: World) -> None:
    """A copy that differs from what the server sent."""
    with_program(world, "pg_basebackup", 'PATH=${PATH#*:} pg_basebackup "$@" && echo >>"$2/PG_VERSION"')


def _little_room(world: World) -> None:
    """A disk with 1 GiB free, which is what a backup leaves to others."""
    with_program(world, "df", f"echo Avail\necho {1 << 30}")


def _gone(world: World) -> None:
    world.a.stop()


@pytest.mark.parametrize(
    ("mishap", "line"),
    [
        (_no_space, "the disk of "),
        (_little_room, "the disk of "),
        (_damaged, "pg_verifybackup: error: "),
        (_gone, "psql: error: connection to "),
    ],
)
def test_the_old_backup_stays_until_the_new_one_is_whole(
    world: World, mishap: Callable[[World], None], line: str
) -> None:
    world.a.start()
    assert world.backup("now").returncode == 0
    before = world.whole("base")
    mishap(world)
    done = world.backup("now")
    assert done.returncode == 1
    assert done.stderr.startswith(f"backup: full: {line}")
    assert done.stderr.endswith("; what was there before is kept\n")
    assert done.stderr.count("\n") == 1
    assert [path.name for path in (world.backups / "base").iterdir()] == before
    assert json.loads((world.backups / "status.json").read_text())["full"]["failure"]
    world.backup_extra.clear()
    world.a.stop()
    world.a.start()
    assert world.backup("now").returncode == 0
    assert json.loads((world.backups / "status.json").read_text())["full"]["failure"] is None


def test_a_disk_that_would_be_full_is_left_to_the_database(world: World) -> None:
    world.a.start()
    _little_room(world)
    assert world.backup("files").returncode == 0
    done = world.backup("now")
    assert (done.returncode, world.whole("base")) == (1, [])
    assert " has 1024 MiB free and must have " in done.stderr
    with_program(world, "df", f"echo Avail\necho {(1 << 30) - 1}")
    assert world.backup("files").returncode == 1


def test_two_backups_do_not_run_at_once(world: World) -> None:
    world.a.start()
    with_program(world, "pg_verifybackup", 'touch "$WAITS"\nwhile [ -e "$WAITS" ]; do sleep 0.05; done')
    world.backup_extra["WAITS"] = str(world.backups / "waits")
    with world.backing_up():
        eventually((world.backups / "waits").exists, "the first whole backup is being verified")
        done = world.backup("now")
        assert (done.returncode, done.stderr) == (1, "backup: another backup is running\n")
        assert world.whole("base") == []
        (world.backups / "waits").unlink()
        eventually(lambda: len(world.whole("base")) == 1, "the first whole backup is made")


def test_the_backups_of_another_database_are_left_alone(world: World) -> None:
    world.a.start()
    world.write("backups/state/system-identifier", "1\n")
    done = world.backup("now")
    assert done.returncode == 1
    assert "holds another database (system identifier 1) than runs (" in done.stderr


def test_check_says_what_is_too_old(world: World) -> None:
    world.a.start()
    with world.backing_up():
        eventually(lambda: world.backup("check").returncode == 0, "everything has been backed up")
    age(world.backups / "base" / world.whole("base")[0], 27 / 24)
    age(snapshots(world)[0], 1.9 / 24)
    os.utime(world.backups / "state/streaming", (0, 0))
    done = world.backup("check")
    assert done.returncode == 1
    full, files, wal = done.stdout.splitlines()
    assert full.endswith(" s old, more than 93600 s")
    assert files.endswith(" s old")
    assert wal.endswith(" s old, more than 300 s")


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("BACKUP_HOUR", "24", "BACKUP_HOUR: '24' is not an hour, 0 to 23"),
        ("BACKUP_RETENTION_DAYS", "0", "BACKUP_RETENTION_DAYS: '0' is not a number of days"),
    ],
)
def test_a_mistake_is_one_line(world: World, variable: str, value: str, line: str) -> None:
    world.backup_extra[variable] = value
    done = world.backup("now")
    assert (done.returncode, done.stderr) == (1, f"backup: {line}\n")
