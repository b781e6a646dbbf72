"""A restore brings back rows and files, keeps what was there, and comes to the same end from wherever it was killed."""

from collections.abc import Callable
from typing import Any

import pytest

from operations.outcome import ExitCode
from tests.operations.conftest import Call, KilledError
from tests.operations.host.host_world import BUCKET, HostWorld, host_world

pytestmark = pytest.mark.engine

STEPS = (
    *("stop", "keep-files", "choose", "nodes", "keep-data", "database", "files", "primary", "standby"),
    *("start", "well"),
)


def _rows(world: HostWorld) -> str:
    return world.sql(world.pair.named_primary(), "SELECT string_agg(name, ',' ORDER BY name) FROM accounts")


def _aside(world: HostWorld) -> set[str]:
    """What restores have kept of the first database."""
    return set(
        world.host.output(
            "postgres-a", "find", "/var/lib/postgresql/data", "-maxdepth", "1", "-name", "pgdata-before-*"
        ).split()
    )


def _write(world: HostWorld, name: str) -> None:
    world.sql(world.pair.named_primary(), f"INSERT INTO accounts VALUES ('{name}')")  # noqa: S608
    world.file(f"{name}.txt", name)


@pytest.fixture
def before(world: HostWorld) -> str:
    """A Dify with one account and one file, and the name of its whole backup."""
    world.heal()
    primary = world.pair.named_primary()
    world.sql(primary, "CREATE TABLE IF NOT EXISTS accounts (name text); TRUNCATE accounts")
    world.clear_files()
    _write(world, "first")
    return world.back_up()


def test_a_database_that_lives_is_not_overwritten(world: HostWorld, call: Call, before: str) -> None:
    seen = world.snapshot()
    ended = call(world, "restore", "--backup", before)
    assert ended.code == ExitCode.REFUSED
    assert "a database lives there" in ended.err
    assert "--over-existing" in ended.err
    assert world.snapshot() == seen


def test_a_dry_run_names_the_steps_and_changes_nothing(world: HostWorld, call: Call, before: str) -> None:
    seen = world.snapshot()
    ended = call(world, "restore", "--backup", before, "--over-existing", "--dry-run")
    assert ended.code == ExitCode.DONE
    assert [line.partition(" ")[0] for line in ended.out.splitlines()[1:]] == [f"{n}/11" for n in range(1, 12)]
    assert world.snapshot() == seen
    assert _rows(world) == "first"


def test_killed_in_every_step_it_still_brings_back_rows_and_files_and_keeps_what_was_there(
    world: HostWorld, call: Call, kill_in: Callable[[str], None], before: str
) -> None:
    _write(world, "later")
    kept = _aside(world)
    arguments = ("restore", "--backup", before, "--over-existing")
    for step in STEPS:
        kill_in(step)
        with pytest.raises(KilledError, match=step):
            call(world, *arguments)
    ended = call(world, *arguments)
    assert ended.code == ExitCode.DONE, ended.err
    assert _rows(world) == "first"
    assert world.files() == {"first.txt": ("first", "1001:1001")}
    assert world.pair.streams(world.pair.named_primary())
    assert "kept aside: pgdata-before-" in ended.out
    assert len(_aside(world) - kept) == 1
    assert world.backups.snapshots()[-1] > before, "and the files as they were are the newest snapshot"


def test_a_moment_between_two_writes_has_the_first_and_not_the_second(
    world: HostWorld, call: Call, before: str
) -> None:
    _write(world, "second")
    moment = world.moment()
    _write(world, "third")
    ended = call(world, "restore", "--to", moment, "--over-existing")
    assert ended.code == ExitCode.DONE, ended.err
    assert _rows(world) == "first,second"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--to", "yesterday"), "--to: got yesterday"),
        (("--to", "2026-01-31 12:00:00"), "its zone is missing"),
        (("--backup", "newest"), "--backup: got newest"),
        (("--backup", "20260101T000000Z", "--to", "2026-01-31 12:00:00Z"), "give one of them"),
        (("--from-s3",), "--bucket: got nothing"),
    ],
)
def test_a_call_that_names_no_backup_is_wrong(
    world: HostWorld, call: Call, options: tuple[str, ...], words: str
) -> None:
    ended = call(world, "restore", *options)
    assert ended.code == ExitCode.WRONG_CALL
    assert words in ended.err
    assert len(ended.err.splitlines()) == 1


def test_a_time_before_every_backup_is_refused_before_anything_stops(world: HostWorld, call: Call, before: str) -> None:
    seen = world.snapshot()
    ended = call(world, "restore", "--to", "2020-01-01 00:00:00Z", "--over-existing")
    assert ended.code == ExitCode.FAILED
    assert "there is no backup of the database that is not younger than 2020-01-01 00:00:00+00:00" in ended.err
    assert world.snapshot() == seen


def test_a_copy_in_s3_comes_back_on_an_empty_host(world: HostWorld, call: Call, before: str, s3: Any) -> None:
    copied = call(world, "backup", "--copy", "--bucket", BUCKET, "--prefix", "dify")
    assert copied.code == ExitCode.DONE, copied.err
    with host_world(world.address) as empty:
        listed = call(empty, "backup", "--list", "--copy", "--bucket", BUCKET, "--prefix", "dify")
        assert "copy in S3" in listed.out
        ended = call(empty, "restore", "--from-s3", "--bucket", BUCKET, "--prefix", "dify")
        assert ended.code == ExitCode.DONE, ended.err
        assert _rows(empty) == "first"
        assert empty.files() == {"first.txt": ("first", "1001:1001")}
        empty.wait_backup()
