"""`backup` backs up every store once, waits for all of it, and lists what can be restored."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from operations.aws.backup import command as backup
from operations.aws.backup.points import stores_of
from operations.aws.deployed import Deployed
from operations.outcome import ExitCode
from tests.operations.aws.aws_world import NAME, STACK, AwsWorld
from tests.operations.aws.permissions import undocumented
from tests.operations.conftest import Call, KilledError

START = "backup:StartBackupJob"
_WINDOW = {"EarliestTime": datetime(2026, 5, 1, tzinfo=UTC), "LatestTime": datetime(2026, 6, 1, 12, tzinfo=UTC)}


def _started(world: AwsWorld) -> list[str]:
    return [one["ResourceArn"] for one in world.answers.calls_of(START)]


def test_every_store_is_backed_up_and_its_recovery_point_told(world: AwsWorld, call: Call) -> None:
    ended = call("backup")
    assert ended.code == ExitCode.DONE, ended.err
    assert _started(world) == world.stores
    for point in world.vault.points[-4:]:
        assert point["RecoveryPointArn"] in ended.out
    assert "5/5 waiting until every backup is complete" in ended.out


def test_jobs_are_those_of_the_stacks_plan_in_its_locked_vault(world: AwsWorld, call: Call) -> None:
    call("backup")
    asked = world.answers.calls_of(START)[0]
    assert asked["BackupVaultName"] == NAME
    assert asked["IamRoleArn"] == world.outputs["backup_role"]
    assert asked["Lifecycle"] == {"DeleteAfterDays": 35}


def test_records_with_locks_of_their_own_are_in_no_backup(world: AwsWorld, call: Call) -> None:
    deployed = Deployed.reach(STACK, str(world.pulumi))
    assert list(stores_of(deployed)) == ["database", "files", "plugins", "history"]


def test_a_dry_run_says_the_steps_and_starts_nothing(world: AwsWorld, call: Call) -> None:
    ended = call("backup", "--dry-run")
    assert ended.code == ExitCode.DONE
    assert "1/5 starting the backup of database" in ended.out
    assert world.answers.changes == []


@pytest.mark.parametrize("step", ["start-database", "start-history", "complete"])
def test_a_backup_that_was_cut_off_goes_on_with_the_jobs_that_it_started(
    world: AwsWorld, call: Call, kill_in: Callable[[str], None], step: str
) -> None:
    kill_in(step)
    with pytest.raises(KilledError):
        call("backup")
    ended = call("backup")
    assert ended.code == ExitCode.DONE, ended.err
    assert _started(world) == world.stores
    assert world.vault.points[-1]["RecoveryPointArn"] in ended.out


def test_a_job_of_which_the_start_was_not_recorded_is_not_started_twice(world: AwsWorld, call: Call) -> None:
    """AWS Backup answers an equal token with the job that is there."""
    start = world.answers.given[START]

    def die(asked: dict[str, Any]) -> Any:
        start(asked)
        raise KilledError

    world.answers.give(START, die)
    with pytest.raises(KilledError):
        call("backup")
    world.answers.give(START, start)
    call("backup")
    first, second, *_ = world.answers.calls_of(START)
    assert first["IdempotencyToken"] == second["IdempotencyToken"]
    assert len({one["IdempotencyToken"] for one in world.answers.calls_of(START)}) == 4


def test_the_next_backup_has_tokens_of_its_own(world: AwsWorld, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    call("backup")

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(hours=1)

    monkeypatch.setattr(backup, "datetime", Later)
    call("backup")
    assert len({one["IdempotencyToken"] for one in world.answers.calls_of(START)}) == 8


@pytest.mark.parametrize("state", ["FAILED", "ABORTED", "EXPIRED", "PARTIAL"])
def test_a_job_that_does_not_end_well_is_told_with_awss_reason_and_the_next_call_starts_anew(
    world: AwsWorld, call: Call, state: str
) -> None:
    world.vault.states, world.vault.message = (state,), "the role lacks\na right"
    ended = call("backup")
    assert ended.code == ExitCode.FAILED
    (line,) = ended.err.splitlines()
    assert line.startswith(f"backup of database: got {state}: the role lacks a right; files: ")
    world.vault.states, world.vault.message = ("COMPLETED",), ""
    assert call("backup").code == ExitCode.DONE
    assert _started(world) == [*world.stores, *world.stores]


def test_a_refused_job_says_which_right_is_missing(world: AwsWorld, call: Call) -> None:
    world.answers.refuse(START, message="not authorized to perform iam:PassRole")
    ended = call("backup")
    assert ended.code == ExitCode.FAILED
    (line,) = ended.err.splitlines()
    assert line.startswith("backup:StartBackupJob: got AccessDeniedException: not authorized to perform iam:PassRole;")


def test_a_backup_that_takes_too_long_is_given_up_and_waited_for_again(
    world: AwsWorld, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.vault.states = ("RUNNING",)
    monkeypatch.setattr(backup, "_WAIT_SECONDS", -1)
    ended = call("backup")
    assert ended.code == ExitCode.FAILED
    assert "backup: got database running, files running" in ended.err
    assert "`aws backup list-backup-jobs --by-backup-vault-name dify-prod`" in ended.err
    world.vault.states = ("COMPLETED",)
    monkeypatch.setattr(backup, "_WAIT_SECONDS", 60)
    assert call("backup").code == ExitCode.DONE
    assert len(_started(world)) == 4


def test_the_list_has_moments_and_whole_backups_by_store(world: AwsWorld, call: Call) -> None:
    kept = {"DBInstanceIdentifier": "dify-prod-database", "Status": "active", "RestoreWindow": _WINDOW}
    world.answers.give("rds:DescribeDBInstanceAutomatedBackups", {"DBInstanceAutomatedBackups": [kept]})
    ended = call("backup", "--list")
    assert ended.code == ExitCode.DONE, ended.err
    lines = [line.split() for line in ended.out.splitlines() if line]
    (database,) = (line for line in lines if line[:2] == ["database", "2026-05-01"])
    assert database == ["database", "2026-05-01", "00:00:00", "UTC", "2026-06-01", "12:00:00", "UTC", "RDS"]
    whole = [point for point in world.vault.points if "continuous" not in point["RecoveryPointArn"]]
    for point in whole:
        assert point["RecoveryPointArn"] in ended.out
    assert sum(line[0] == "files" for line in lines) == 2
    assert world.answers.changes == []


def test_a_bucket_can_be_restored_no_further_back_than_its_continuous_backup_is_kept(
    world: AwsWorld, call: Call
) -> None:
    world.vault.points.clear()
    world.vault.add(world.stores[1], datetime.now(UTC) - timedelta(days=200), continuous=True)
    world.vault.add(world.stores[2], datetime.now(UTC) - timedelta(days=2), continuous=True)
    lines = {line.split()[0]: line.split()[1] for line in call("backup", "--list").out.splitlines() if line}
    today = datetime.now(UTC)
    assert lines["files"] == f"{today - timedelta(days=30):%Y-%m-%d}"
    assert lines["plugins"] == f"{today - timedelta(days=2):%Y-%m-%d}"


def test_recovery_points_of_other_stores_of_the_vault_are_not_listed(world: AwsWorld, call: Call) -> None:
    stranger = world.vault.add("arn:aws:s3:::a-strangers-bucket", datetime.now(UTC))
    assert stranger["RecoveryPointArn"] not in call("backup", "--list").out


def test_the_operators_page_names_every_permission_that_is_used(world: AwsWorld, call: Call) -> None:
    call("backup")
    assert undocumented(world.answers, "backup") == set()
    world.answers.asked.clear()
    call("backup", "--list")
    assert undocumented(world.answers, "backup --list") == set()
