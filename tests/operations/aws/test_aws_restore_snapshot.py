"""A day that only a snapshot has comes back as any other moment does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from operations.aws.restore.database_settings import changes
from operations.outcome import ExitCode
from tests.operations.aws.aws_world import ACCOUNT, DATABASE, REGION, AwsWorld
from tests.operations.aws.permissions import undocumented
from tests.operations.aws.played_snapshots import BY_LOG, BY_SNAPSHOT, PlayedSnapshots
from tests.operations.aws.restore_world import FORMER, MOMENT, NOW, RESTORED, TO, RestoreWorld, make_restore_world
from tests.operations.conftest import Call, KilledError

NIGHT = MOMENT - timedelta(hours=1)
NAME, POINT = "before-the-change", "awsbackup:job-0001"
HERE = f"arn:aws:rds:{REGION}:{ACCOUNT}:snapshot"


@pytest.fixture
def past(world: AwsWorld) -> RestoreWorld:
    """A file that was changed since the moment, one that was deleted, and one that is newer."""
    return make_restore_world(world, changed=True)


@pytest.fixture
def kept(past: RestoreWorld) -> PlayedSnapshots:
    """What RDS has beside the instance, whose log begins after MOMENT."""
    past.reach(database=(MOMENT + timedelta(hours=1), NOW - timedelta(minutes=5)))
    return PlayedSnapshots(past)


def _restored_from(kept: PlayedSnapshots) -> str:
    past = kept.past
    assert past.instances[DATABASE]["DbiResourceId"] == past.remembered["id"] == RESTORED
    assert past.aside["DbiResourceId"] == FORMER
    assert changes(past.aside, past.instances[DATABASE]) == {}
    assert past.world.answers.calls_of(BY_LOG) == []
    (asked,) = past.world.answers.calls_of(BY_SNAPSHOT)
    return asked["DBSnapshotIdentifier"]


def test_it_brings_database_and_files_to_the_moment_of_the_snapshot(kept: PlayedSnapshots, call: Call) -> None:
    kept.past.put("between", "night", at=NIGHT - timedelta(minutes=1))
    kept.past.put("between", "morning", at=NIGHT + timedelta(minutes=1))
    kept.add(NAME, NIGHT)
    before = kept.past.counts
    ended = call("restore", "--from-snapshot", NAME, "--over-existing")
    assert ended.code == ExitCode.DONE, ended.err
    assert f"it is restored from snapshot {NAME} of {NIGHT}" in ended.out
    assert f"prod: restored to {NIGHT} in " in ended.out
    assert _restored_from(kept) == NAME
    assert kept.past.files()["between"] == "night"
    assert kept.past.counts == before
    assert not [action for action in undocumented(kept.past.world.answers, "restore") if action.startswith("rds:")]


def test_a_recovery_point_is_named_as_the_list_of_backups_has_it(kept: PlayedSnapshots, call: Call) -> None:
    kept.past.world.vault.points.clear()
    point = kept.past.world.vault.add(kept.past.world.stores[0], NIGHT)["RecoveryPointArn"]
    name = point.partition(":snapshot:")[2]
    kept.add(name, NIGHT, kind="awsbackup")
    assert call("backup", "--list").out.count(point) == 1
    ended = call("restore", "--from-snapshot", point, "--over-existing", "--only", "database")
    assert ended.code == ExitCode.DONE, ended.err
    assert _restored_from(kept) == name


@pytest.mark.parametrize("step", ["create", "settings"])
def test_killed_on_the_way_it_restores_once(
    kept: PlayedSnapshots, call: Call, kill_in: Callable[[str], None], step: str
) -> None:
    kept.add(NAME, NIGHT)
    kill_in(step)
    with pytest.raises(KilledError):
        call("restore", "--from-snapshot", NAME, "--over-existing")
    assert call("restore", "--from-snapshot", NAME, "--over-existing").code == ExitCode.DONE
    assert _restored_from(kept) == NAME


def test_a_moment_that_no_log_reaches_comes_from_the_newest_fitting_snapshot_before_it(
    kept: PlayedSnapshots, call: Call
) -> None:
    kept.add("older", NIGHT - timedelta(days=1), kind="automated")
    kept.add(POINT, NIGHT, kind="awsbackup")
    kept.add("later", MOMENT + timedelta(seconds=1))
    kept.add("not-yet", NIGHT + timedelta(minutes=1), Status="creating")
    kept.add("another-key", NIGHT + timedelta(minutes=2), KmsKeyId="arn:aws:kms:::key/2")
    kept.add("another-database", NIGHT + timedelta(minutes=3), of="strangers-database")
    refused = call("restore", "--to", TO)
    assert refused.code == ExitCode.REFUSED
    assert f"nothing reaches {TO}: all that is restored is of {NIGHT}, the nearest before" in refused.out
    assert kept.past.world.answers.changes == []
    ended = call("restore", "--to", TO, "--over-existing")
    assert ended.code == ExitCode.DONE, ended.err
    assert _restored_from(kept) == POINT


def test_where_a_log_reaches_the_moment_nobody_asks_for_snapshots(kept: PlayedSnapshots, call: Call) -> None:
    kept.add(NAME, MOMENT)
    kept.past.reach(database=(NOW - timedelta(days=30), NOW - timedelta(minutes=5)))
    ended = call("restore", "--to", TO, "--over-existing", "--only", "database")
    assert ended.code == ExitCode.DONE, ended.err
    assert kept.past.world.answers.calls_of("rds:DescribeDBSnapshots") == []
    assert len(kept.past.world.answers.calls_of(BY_LOG)) == 1


def test_a_snapshot_of_another_stack_is_taken_where_somebody_names_it(kept: PlayedSnapshots, call: Call) -> None:
    kept.add("copied-here", NIGHT, of="dify-lost-database")
    ended = call("restore", "--from-snapshot", "copied-here", "--only", "database", "--over-existing")
    assert ended.code == ExitCode.DONE, ended.err
    assert _restored_from(kept) == "copied-here"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"Status": "creating"}, "it is creating; wait until it is available"),
        ({"KmsKeyId": "arn:aws:kms:::key/2"}, "`aws rds copy-db-snapshot --kms-key-id "),
        ({"EngineVersion": "15.7"}, "it is of PostgreSQL 15.7, the database is 16.9"),
        ({"MasterUsername": "postgres"}, "its MasterUsername is postgres, not dify_owner"),
        ({"Engine": "mysql"}, "its Engine is mysql, not postgres"),
    ],
)
def test_a_snapshot_that_cannot_take_the_databases_place_is_refused_before_anything_stops(
    kept: PlayedSnapshots, call: Call, told: dict[str, Any], said: str
) -> None:
    kept.add(NAME, NIGHT, **told)
    ended = call("restore", "--from-snapshot", NAME, "--over-existing")
    assert ended.code == ExitCode.REFUSED
    assert ended.err.startswith(f"snapshot {NAME}: ")
    assert said in ended.err
    assert kept.past.world.answers.changes == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from-snapshot", "unknown"), "got unknown; there is none; `backup prod --list`"),
        (("--from-snapshot", f"{HERE}:unknown"), "there is none"),
        (("--from-snapshot", HERE.replace(REGION, "eu-west-1") + f":{NAME}"), "the stack is in eu-central-1"),
        (("--from-snapshot", HERE.replace(ACCOUNT, "999999999999") + f":{NAME}"), "account 123456789012"),
        (("--from-snapshot", "arn:aws:backup:eu-central-1:1:recovery-point:continuous:x"), "--to reaches"),
        (("--from-snapshot", NAME, "--only", "files"), "a snapshot has only the database"),
    ],
)
def test_a_snapshot_that_is_not_there_is_a_wrong_call(
    kept: PlayedSnapshots, call: Call, options: tuple[str, ...], said: str
) -> None:
    kept.add(NAME, NIGHT)
    ended = call("restore", *options, "--over-existing")
    assert ended.code == ExitCode.WRONG_CALL
    assert said in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("options", [(), ("--to", TO, "--from-snapshot", NAME)])
def test_a_restore_is_to_a_moment_or_from_a_snapshot(
    kept: PlayedSnapshots, call: Call, options: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as ended:
        call("restore", *options)
    assert ended.value.code == ExitCode.WRONG_CALL
