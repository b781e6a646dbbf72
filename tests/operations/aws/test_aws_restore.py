"""A restore on AWS ends with the database of then under its own name, what was there aside, and nobody shut out."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from operations.aws.restore.database_settings import changes
from operations.outcome import ExitCode
from tests.operations.aws.aws_world import DATABASE, AwsWorld
from tests.operations.aws.restore_world import (
    CIPHERTEXT,
    FORMER,
    LOGS,
    MOMENT,
    NOW,
    RESTORED,
    TO,
    RestoreWorld,
    make_restore_world,
)
from tests.operations.conftest import Call, KilledError

WRITERS = ("beat", "worker", "api", "api-websocket", "plugin-daemon")
STEPS = (
    *("stop", "create", "settings", "aside", "name", "logs", "state", "refresh", "follow", "verify-database"),
    *("files", "verify-files", "migrate", "start"),
)
ASKED = ("--to", TO, "--over-existing")


@pytest.fixture
def past(world: AwsWorld) -> RestoreWorld:
    """A file that was changed since the moment, one that was deleted, and one that is newer."""
    return make_restore_world(world, changed=True)


def _ends_well(past: RestoreWorld, counts: dict[str, int]) -> None:
    assert set(past.instances) == {DATABASE, past.aside["DBInstanceIdentifier"]}
    assert past.instances[DATABASE]["DbiResourceId"] == RESTORED
    assert past.aside["DbiResourceId"] == FORMER
    assert past.instances[DATABASE]["EnabledCloudwatchLogsExports"] == LOGS
    assert past.remembered["id"] == RESTORED
    assert past.files() == {"changed": "then", "deleted": "then", "newer": "now"}
    assert past.counts == counts


def test_it_ends_with_database_and_files_of_then_and_as_many_tasks_as_before(past: RestoreWorld, call: Call) -> None:
    before = past.counts
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.DONE, ended.err
    _ends_well(past, before)
    (asked,) = past.world.answers.calls_of("rds:RestoreDBInstanceToPointInTime")
    assert (asked["SourceDBInstanceIdentifier"], asked["RestoreTime"]) == (DATABASE, MOMENT)


@pytest.mark.parametrize("step", STEPS)
def test_it_comes_to_the_same_end_from_wherever_it_was_killed(
    past: RestoreWorld, call: Call, kill_in: Callable[[str], None], step: str
) -> None:
    before = past.counts
    kill_in(step)
    with pytest.raises(KilledError):
        call("restore", *ASKED)
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.DONE, ended.err
    _ends_well(past, before)
    assert len(past.world.answers.calls_of("rds:RestoreDBInstanceToPointInTime")) == 1
    assert len(past.world.answers.calls_of("s3:CopyObject")) == 2
    assert past.ups.count("import") == 1


def test_the_restored_database_is_like_the_former_one_in_all_but_its_owners_secret(
    past: RestoreWorld, call: Call
) -> None:
    call("restore", *ASKED)
    found, former = past.instances[DATABASE], past.aside
    assert changes(former, found) == {}
    assert found["DBInstanceArn"].endswith(f":db:{DATABASE}")
    assert found["DBSubnetGroup"]["DBSubnetGroupName"] == former["DBSubnetGroup"]["DBSubnetGroupName"]
    assert found["TagList"] == former["TagList"]
    assert found["MasterUserSecret"]["KmsKeyId"] == former["MasterUserSecret"]["KmsKeyId"]
    assert found["MasterUserSecret"]["SecretArn"] != former["MasterUserSecret"]["SecretArn"]


def test_what_was_there_stays_protected_and_the_last_lines_say_how_to_remove_it(past: RestoreWorld, call: Call) -> None:
    ended = call("restore", *ASKED)
    assert past.aside["DeletionProtection"]
    assert f"kept aside: RDS instance {past.aside['DBInstanceIdentifier']}" in ended.out
    assert f"delete-db-instance --db-instance-identifier {past.aside['DBInstanceIdentifier']}" in ended.out
    assert not past.world.answers.calls_of("rds:DeleteDBInstance")


def test_nobody_writes_while_data_changes(past: RestoreWorld, call: Call) -> None:
    call("restore", *ASKED)
    assert len(past.opened) == 4, "a database, two files and the migration"
    for counts in past.opened:
        assert {name: counts[name] for name in WRITERS} == dict.fromkeys(WRITERS, 0)
        assert counts["web"] > 0


def test_no_instance_sends_logs_to_groups_by_a_name_that_does_not_stay(past: RestoreWorld, call: Call) -> None:
    call("restore", *ASKED)
    (asked,) = past.world.answers.calls_of("rds:RestoreDBInstanceToPointInTime")
    assert "EnableCloudwatchLogsExports" not in asked
    assert past.aside.get("EnabledCloudwatchLogsExports", []) == []
    sent = [
        one["DBInstanceIdentifier"]
        for one in past.world.answers.calls_of("rds:ModifyDBInstance")
        if "EnableLogTypes" in one.get("CloudwatchLogsExportConfiguration", {})
    ]
    assert sent == [DATABASE]


def test_pulumi_learns_of_the_new_instance_before_it_updates_anything(past: RestoreWorld, call: Call) -> None:
    call("restore", *ASKED)
    changing = [command for command in past.ups if command != "export"]
    assert changing == ["import", "refresh", "up"]
    refreshed = next(one for one in past.world.pulumi_calls if one[0] == "refresh")
    assert refreshed[refreshed.index("--target") + 1] == past.remembered["urn"]
    outputs = past.remembered["outputs"]
    assert outputs["masterUserSecrets"][0]["secretArn"] == past.instances[DATABASE]["MasterUserSecret"]["SecretArn"]


def test_the_state_of_before_is_kept_beside_the_journal_for_its_owner_alone(past: RestoreWorld, call: Call) -> None:
    before = past.state
    ended = call("restore", *ASKED)
    (kept,) = past.world.folder.rglob("restore-*.state")
    assert str(kept) in ended.out
    assert json.loads(kept.read_text()) == before
    assert kept.stat().st_mode & 0o777 == 0o600


def test_no_secret_is_asked_for_said_or_kept(past: RestoreWorld, call: Call) -> None:
    ended = call("restore", *ASKED)
    assert not [name for name, _ in past.world.answers.asked if name.startswith("secretsmanager:")]
    assert not any("--show-secrets" in one for one in past.world.pulumi_calls)
    kept = "".join(file.read_text() for file in (past.world.folder / "state").rglob("*") if file.is_file())
    assert "hidden-" not in kept + ended.out + ended.err
    assert CIPHERTEXT in kept


def test_a_moment_before_the_last_restore_comes_from_the_instance_that_it_kept(past: RestoreWorld, call: Call) -> None:
    kept = f"{DATABASE}-before-earlier"
    past.world.client("rds").create_db_instance(
        DBInstanceIdentifier=kept, DBInstanceClass="db.m7g.xlarge", Engine="postgres", EngineVersion="16.9"
    )
    past.reach(database=(MOMENT + timedelta(hours=1), NOW), earlier=(NOW - timedelta(days=30), NOW))
    assert call("restore", *ASKED).code == ExitCode.DONE
    (asked,) = past.world.answers.calls_of("rds:RestoreDBInstanceToPointInTime")
    assert asked["SourceDBInstanceIdentifier"] == kept


def test_a_moment_that_the_log_has_not_reached_yet_is_waited_for_with_nobody_writing(
    past: RestoreWorld, call: Call
) -> None:
    ends = iter([MOMENT - timedelta(minutes=5)] * 3)
    stopped: list[bool] = []

    def reached(_: object) -> dict[str, object]:
        end = next(ends, MOMENT)
        stopped.append(past.counts["api"] == 0)
        window = {"EarliestTime": NOW - timedelta(days=30), "LatestTime": end}
        return {
            "DBInstanceAutomatedBackups": [
                {"DBInstanceIdentifier": DATABASE, "Status": "active", "RestoreWindow": window}
            ]
        }

    past.world.answers.give("rds:DescribeDBInstanceAutomatedBackups", reached)
    assert call("restore", *ASKED).code == ExitCode.DONE
    assert stopped == [False, True, True, True]


def test_after_a_failed_migration_nobody_is_let_in_and_the_same_call_goes_on(past: RestoreWorld, call: Call) -> None:
    before, past.exit_code = past.counts, 1
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.FAILED
    assert "what writes is stopped until the same call has come to its end" in ended.err
    assert past.counts["api"] == 0
    past.exit_code = 0
    assert call("restore", *ASKED).code == ExitCode.DONE
    _ends_well(past, before)


def test_a_failed_update_is_repeated_by_the_same_call(past: RestoreWorld, call: Call) -> None:
    before, fails = past.counts, Path("pulumi-fails")
    fails.write_text("up")
    assert call("restore", *ASKED).code == ExitCode.FAILED
    fails.unlink()
    assert call("restore", *ASKED).code == ExitCode.DONE
    _ends_well(past, before)
    assert past.ups.count("import") == 1


def test_only_the_database_leaves_files_as_they_are(past: RestoreWorld, call: Call) -> None:
    assert call("restore", *ASKED, "--only", "database").code == ExitCode.DONE
    assert past.instances[DATABASE]["DbiResourceId"] == RESTORED
    assert past.files() == {"changed": "now", "newer": "now"}


def test_only_files_leaves_the_database_and_pulumi_alone(past: RestoreWorld, call: Call) -> None:
    before = past.counts
    assert call("restore", *ASKED, "--only", "files").code == ExitCode.DONE
    assert set(past.instances) == {DATABASE}
    assert past.files() == {"changed": "then", "deleted": "then", "newer": "now"}
    assert past.ups == []
    assert past.counts == before


def test_a_proxy_is_shown_the_new_instance(world: AwsWorld, call: Call) -> None:
    file = Path("Pulumi.prod.yaml")
    file.write_text(f"{file.read_text().rstrip()}\n  dify:database:\n    proxy: true\n")
    past, rds = make_restore_world(world), world.client("rds")
    rds.create_db_proxy(
        DBProxyName="dify-prod-database-proxy",
        EngineFamily="POSTGRESQL",
        Auth=[{"AuthScheme": "SECRETS"}],
        RoleArn="arn:aws:iam::123456789012:role/proxy",
        VpcSubnetIds=world.outputs["private_subnets"],
    )
    target = {"DBProxyName": "dify-prod-database-proxy", "TargetGroupName": "default"}
    rds.register_db_proxy_targets(**target, DBInstanceIdentifiers=[DATABASE])
    world.answers.asked.clear()
    assert call("restore", *ASKED).code == ExitCode.DONE
    changed = [name.partition(":")[2] for name in world.answers.changes if name.endswith("DBProxyTargets")]
    assert changed == ["DeregisterDBProxyTargets", "RegisterDBProxyTargets"]
    found = rds.describe_db_proxy_targets(**target)["Targets"]
    assert [one["RdsResourceId"] for one in found] == [DATABASE]
    assert past.instances[DATABASE]["DbiResourceId"] == RESTORED
