"""A clock that was wrong: what it named does not count, and nothing is removed by it."""

import os
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.docker_host.backup_world import age
from tests.docker_host.postgres_world import World, eventually

_FUTURE = "20990101T000000Z"
_DAY = 86_400


@pytest.fixture
def world() -> Generator[World]:
    with World.make() as world:
        yield world


def newest(world: World, kind: str) -> Path:
    return world.backups / kind / [name for name in world.whole(kind) if name != _FUTURE][-1]


def test_a_backup_of_the_future_is_no_reason_to_make_none(world: World) -> None:
    world.a.start()
    for kind, what in (("base", "now"), ("files", "files")):
        assert world.backup(what).returncode == 0
        newest(world, kind).rename(world.backups / kind / _FUTURE)
    done = world.backup("check")
    assert done.returncode == 1
    assert done.stdout.startswith("backup: full: none yet\nbackup: files: none yet\n")
    with world.backing_up():
        eventually(lambda: world.backup("check").returncode == 0, "both are made again")
    assert len(world.whole("base")) == len(world.whole("files")) == 2
    told = f"backup: {_FUTURE} is of the future, made while the clock was wrong: it does not count\n"
    assert world.backup("check").stdout.endswith(2 * told)


def test_what_was_made_last_is_restored_and_not_what_is_named_so(world: World) -> None:
    world.write("files/one", "old")
    assert world.backup("files").returncode == 0
    newest(world, "files").rename(world.backups / "files" / _FUTURE)
    world.write("files/one", "newer")
    assert world.backup("files").returncode == 0
    (world.folder / "files/one").unlink()
    assert world.restore("files").returncode == 0
    assert (world.folder / "files/one").read_text() == "newer"


def test_a_log_that_was_received_in_the_future_was_not_received(world: World) -> None:
    world.write("backups/state/streaming", "")
    os.utime(world.backups / "state/streaming", (time.time() + _DAY, time.time() + _DAY))
    assert "backup: wal: none yet" in world.backup("check").stdout.splitlines()


@pytest.mark.parametrize("moved", [-120, 2 * _DAY], ids=["back", "ahead"])
def test_nothing_is_removed_for_a_day_after_the_clock_jumped(world: World, moved: int) -> None:
    for days in (40, 31):
        assert world.backup("files").returncode == 0
        age(newest(world, "files"), days)
    seen = world.backups / "state/clock"
    world.write("backups/state/clock", "")
    looked = time.time() - moved
    os.utime(seen, (looked, looked))
    jumped = world.backups / "state/clock-jumped"
    world.a.start()
    with world.backing_up():
        eventually(jumped.exists, "the jump is seen")
        eventually(lambda: len(world.whole("files")) == 3, "the first snapshot is made")
    yesterday = time.time() - _DAY - 60
    os.utime(jumped, (yesterday, yesterday))
    assert world.backup("files").returncode == 0
    assert len(world.whole("files")) == 3, "what is too old goes when the clock was right for a day"


def test_a_clock_that_runs_on_is_no_jump(world: World) -> None:
    world.a.start()
    with world.backing_up():
        eventually(lambda: world.backup("check").returncode == 0, "both are made")
    with world.backing_up():
        eventually(lambda: world.backup("check").returncode == 0, "the scheduler runs again")
    assert not (world.backups / "state/clock-jumped").exists()


def test_changes_stay_as_long_as_any_backup_needs_them_whatever_it_is_named(world: World) -> None:
    world.a.start()
    starts: list[str] = []
    for _ in range(2):
        world.a.sql("SELECT pg_switch_wal()")
        assert world.backup("now").returncode == 0
        starts.append((newest(world, "base") / "start-wal").read_text().strip())
        age(newest(world, "base"), -4 + 8 * len(starts))
    world.own()
    for start in starts:
        world.write(f"backups/wal/{start}.gz", "")
    assert world.backup("files").returncode == 0
    assert sorted(path.stem for path in (world.backups / "wal").glob("*.gz")) == starts
