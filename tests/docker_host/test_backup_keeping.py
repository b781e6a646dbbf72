"""What is kept and for how long: snapshots that stay as they were, nothing half, the old until the new is whole."""

import json
import os
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.docker_host.postgres_world import World, eventually


@pytest.fixture
def world() -> Generator[World]:
    with World.make() as world:
        yield world


def snapshots(world: World) -> list[Path]:
    return [world.backups / "files" / name for name in world.whole("files")]


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y%m%dT%H%M%SZ")


def age(path: Path, days: float) -> Path:
    """Let a backup look as if it had been made `days` ago."""
    return path.rename(path.with_name(days_ago(days)))


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
    world.write("bin/gzip", '#!/bin/sh\ncat >/dev/null\necho "gzip: stdout: No space left on device" >&2\nexit 1\n')
    (world.folder / "bin/gzip").chmod(0o755)
    world.backup_extra["PATH"] = f"{world.folder / 'bin'}:{world.backup_environment['PATH']}"


def _damaged(world: World) -> None:
    """A copy that differs from what the server sent."""
    world.write("bin/pg_basebackup", '#!/bin/sh\nPATH=${PATH#*:} pg_basebackup "$@" && echo >>"$2/PG_VERSION"\n')
    (world.folder / "bin/pg_basebackup").chmod(0o755)
    world.backup_extra["PATH"] = f"{world.folder / 'bin'}:{world.backup_environment['PATH']}"


def _gone(world: World) -> None:
    world.a.stop()


@pytest.mark.parametrize(
    ("mishap", "line"),
    [(_no_space, "the disk of "), (_damaged, "pg_verifybackup: error: "), (_gone, "psql: error: connection to ")],
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


def test_a_file_that_cannot_be_read_fails_the_snapshot(world: World) -> None:
    world.write("files/closed", "closed")
    (world.folder / "files/closed").chmod(0)
    done = world.backup("files")
    assert done.returncode == 1
    assert "closed: Cannot open: Permission denied" in done.stderr
    assert world.whole("files") == []


def test_two_backups_do_not_run_at_once(world: World) -> None:
    world.a.start()
    world.write("bin/pg_verifybackup", '#!/bin/sh\ntouch "$WAITS"\nwhile [ -e "$WAITS" ]; do sleep 0.05; done\n')
    (world.folder / "bin/pg_verifybackup").chmod(0o755)
    world.backup_extra |= {
        "PATH": f"{world.folder / 'bin'}:{world.backup_environment['PATH']}",
        "WAITS": str(world.backups / "waits"),
    }
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
