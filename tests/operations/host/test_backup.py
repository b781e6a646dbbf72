"""A backup is there, whole and verified when the command says so, and once however often it was interrupted."""

from collections.abc import Callable
from typing import Any

import pytest

from operations.outcome import ExitCode
from tests.operations.conftest import Call, KilledError
from tests.operations.host.host_world import BUCKET, HostWorld

pytestmark = pytest.mark.engine


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
    where = ("--copy", "--bucket", BUCKET, "--prefix", "dify")
    first = call(world, "backup", *where)
    assert first.code == ExitCode.DONE, first.err
    sent = {found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
    second = call(world, "backup", *where)
    assert second.code == ExitCode.DONE, second.err
    assert sent < {found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
    listed = call(world, "backup", "--list", *where)
    assert listed.out.count("copy in S3") == 2
