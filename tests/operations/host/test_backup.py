"""A backup is there, whole and verified when the command says so, and once however often it was interrupted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from operations.outcome import ExitCode
from tests.operations.conftest import Call, KilledError
from tests.operations.host.copies_world import deny_removal, s3_clock
from tests.operations.host.host_world import BUCKET, HostWorld

pytestmark = pytest.mark.engine

COPY = ("--copy", "--bucket", BUCKET, "--prefix", "dify")


@pytest.fixture(autouse=True)
def healed(world: HostWorld) -> None:
    world.heal()
    world.wait_backup()


def test_a_backup_is_new_whole_and_named(world: HostWorld, call: Call) -> None:
    before = world.backups.bases()
    ended = call(world, "backup")
    assert ended.code == ExitCode.DONE, ended.err
    base, name = world.backups.bases()[-1], world.backups.snapshots()[-1]
    assert base not in before
    assert world.backups.damage(base) is None
    assert ended.out.splitlines()[-1].startswith(f"backup {name}: database ")
    assert name in call(world, "backup", "--list").out


def test_a_backup_of_a_clock_that_was_wrong_is_not_taken_for_the_newest(world: HostWorld, call: Call) -> None:
    wrong = [f"/var/lib/dify/backups/{kind}/20990101T000000Z" for kind in ("base", "files")]
    world.host.output("backup", "mkdir", *wrong)
    try:
        ended = call(world, "backup")
    finally:
        world.host.output("backup", "rmdir", *wrong)
    assert ended.code == ExitCode.DONE, ended.err
    assert ended.out.splitlines()[-1].startswith(f"backup {world.backups.snapshots()[-1]}: database ")


def test_killed_in_every_step_there_is_one_backup(world: HostWorld, call: Call, kill_in: Callable[[str], None]) -> None:
    before = world.backups.bases()
    for step in ("database", "files", "checksums"):
        kill_in(step)
        with pytest.raises(KilledError, match=step):
            call(world, "backup")
    assert call(world, "backup").code == ExitCode.DONE
    assert len(set(world.backups.bases()) - set(before)) == 1


def test_a_dry_run_makes_none(world: HostWorld, call: Call) -> None:
    before, seen = world.backups.bases(), world.snapshot()
    ended = call(world, "backup", "--dry-run")
    assert ended.code == ExitCode.DONE
    assert [line.partition(" ")[0] for line in ended.out.splitlines()[1:]] == ["1/3", "2/3", "3/3"]
    assert (world.backups.bases(), world.snapshot()) == (before, seen)


def test_a_damaged_backup_is_found(world: HostWorld) -> None:
    world.back_up()
    base = world.backups.bases()[-1]
    file = f"/var/lib/dify/backups/base/{base}/base.tar.gz"
    world.host.output("backup", "sh", "-c", f"cp {file} {file}.kept && echo damage >> {file}")
    assert "checksum" in str(world.backups.damage(base))
    world.host.output("backup", "mv", f"{file}.kept", file)
    assert world.backups.damage(base) is None


def test_a_database_that_is_away_is_one_line(world: HostWorld, call: Call) -> None:
    for node in ("postgres-a", "postgres-b"):
        world.host.stop(node)
    ended = call(world, "backup")
    assert ended.code == ExitCode.FAILED
    assert ended.err.startswith(f"dify-{world.stack}-backup: full: ")
    assert len(ended.err.splitlines()) == 1


def test_copying_twice_sends_what_is_new(world: HostWorld, call: Call, s3: Any) -> None:
    first = call(world, "backup", *COPY)
    assert first.code == ExitCode.DONE, first.err
    sent = _keys(s3)
    second = call(world, "backup", *COPY)
    assert second.code == ExitCode.DONE, second.err
    assert sent < _keys(s3)
    listed = call(world, "backup", "--list", *COPY)
    assert listed.out.count("copy in S3") == 2


def test_a_copy_that_is_too_old_goes_when_there_is_a_new_one(
    world: HostWorld, call: Call, s3: Any, kill_in: Callable[[str], None]
) -> None:
    now = datetime.now(UTC)
    for days in (40, 35):
        with s3_clock(now - timedelta(days=days)):
            assert call(world, "backup", *COPY).code == ExitCode.DONE
    old = min(_keys(s3, "dify/copies/"))
    dry = call(world, "backup", *COPY, "--dry-run")
    assert dry.out.splitlines()[-1] == f"5/5 removing copies older than 30 days from s3://{BUCKET}/dify"
    kill_in("expire")
    with pytest.raises(KilledError):
        call(world, "backup", *COPY)
    ended = call(world, "backup", *COPY)
    assert ended.code == ExitCode.DONE, ended.err
    assert ended.out.splitlines()[-1].startswith("old copies removed: 1, with ")
    assert old not in _keys(s3)
    assert len(_keys(s3, "dify/copies/")) == 2


def test_a_backup_whose_old_copies_may_not_be_removed_is_done_and_says_so(
    world: HostWorld, call: Call, s3: Any
) -> None:
    for days in (40, 35):
        with s3_clock(datetime.now(UTC) - timedelta(days=days)):
            assert call(world, "backup", *COPY).code == ExitCode.DONE
    deny_removal(s3)
    ended = call(world, "backup", *COPY)
    assert (ended.code, ended.err) == (ExitCode.DONE, "")
    assert ended.out.splitlines()[-1].startswith(f"advice: s3://{BUCKET}/dify: not all that is older than 30 days ")
    assert len(_keys(s3, "dify/copies/")) == 3


def _keys(s3: Any, prefix: str = "") -> set[str]:
    return {found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]}
