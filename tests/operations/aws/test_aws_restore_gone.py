"""A database that somebody has deleted comes back under its own name, as Pulumi remembers it."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from moto.rds.models import rds_backends

from operations.aws.restore.database_settings import changes
from operations.outcome import ExitCode
from tests.operations.aws.aws_world import ACCOUNT, DATABASE, REGION, AwsWorld
from tests.operations.aws.permissions import undocumented
from tests.operations.aws.played_snapshots import BY_LOG, BY_SNAPSHOT, PlayedSnapshots
from tests.operations.aws.restore_world import FORMER, LOGS, MOMENT, NOW, RESTORED, TO, RestoreWorld, make_restore_world
from tests.operations.conftest import Call, KilledError

ASKED = ("--to", TO, "--over-existing")
STEPS = (
    *("stop", "create", "settings", "name", "logs", "state", "refresh", "follow", "verify-database"),
    *("files", "verify-files", "migrate", "start"),
)
KEPT = (NOW - timedelta(days=30), NOW - timedelta(minutes=20))
FINAL = f"{DATABASE}-final"


@pytest.fixture
def past(world: AwsWorld) -> RestoreWorld:
    """A file that was changed since the moment, one that was deleted, and one that is newer."""
    return make_restore_world(world, changed=True)


@pytest.fixture
def kept(past: RestoreWorld) -> PlayedSnapshots:
    """What RDS has beside the instance."""
    return PlayedSnapshots(past)


def _is_back(kept: PlayedSnapshots) -> None:
    past = kept.past
    assert set(past.instances) == {DATABASE}
    found = past.instances[DATABASE]
    assert found["DbiResourceId"] == past.remembered["id"] == RESTORED
    assert changes(kept.before, found) == {}
    assert found["EnabledCloudwatchLogsExports"] == LOGS
    assert found["DBSubnetGroup"]["DBSubnetGroupName"] == kept.before["DBSubnetGroup"]["DBSubnetGroupName"]
    assert found["TagList"] == kept.before["TagList"]


def test_it_is_restored_from_the_log_that_rds_has_retained(kept: PlayedSnapshots, call: Call) -> None:
    before = kept.past.counts
    kept.lose(KEPT)
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.DONE, ended.err
    assert "database: it is gone; it was db.m7g.xlarge, PostgreSQL 16.9, 100 GiB, and is restored from " in ended.out
    assert f"restored from the log of the deleted instance {FORMER}\n" in ended.out
    assert "kept aside" not in ended.out
    _is_back(kept)
    assert kept.past.files() == {"changed": "then", "deleted": "then", "newer": "now"}
    assert kept.past.counts == before
    (asked,) = kept.past.world.answers.calls_of(BY_LOG)
    assert (asked["SourceDbiResourceId"], asked["RestoreTime"]) == (FORMER, MOMENT)
    assert not [action for action in undocumented(kept.past.world.answers, "restore") if action.startswith("rds:")]


def test_killed_in_every_step_it_comes_to_the_same_end(
    kept: PlayedSnapshots, call: Call, kill_in: Callable[[str], None]
) -> None:
    kept.lose(KEPT)
    for step in STEPS:
        kill_in(step)
        with pytest.raises(KilledError, match=step):
            call("restore", *ASKED)
    assert call("restore", *ASKED).code == ExitCode.DONE
    _is_back(kept)
    assert len(kept.past.world.answers.calls_of(BY_LOG)) == 1
    assert kept.past.ups.count("import") == 1


def test_a_moment_after_the_end_of_its_log_comes_from_its_last_snapshot(kept: PlayedSnapshots, call: Call) -> None:
    kept.add(FINAL, NOW - timedelta(minutes=15))
    kept.lose(KEPT)
    to = (NOW - timedelta(minutes=5)).isoformat(sep=" ")
    ended = call("restore", "--to", to, "--only", "database")
    assert ended.code == ExitCode.DONE, "nothing lives there, so nobody has to insist"
    (said,) = [line for line in ended.out.splitlines() if line.startswith("nothing reaches")]
    assert said == f"nothing reaches {to}: all that is restored is of {NOW - timedelta(minutes=15)}, the nearest before"
    assert ended.out.index(said) < ended.out.index("1/11 stopping")
    (asked,) = kept.past.world.answers.calls_of(BY_SNAPSHOT)
    assert asked["DBSnapshotIdentifier"] == FINAL
    _is_back(kept)


def test_without_a_snapshot_it_comes_as_near_as_its_log_goes(kept: PlayedSnapshots, call: Call) -> None:
    kept.lose(KEPT)
    ended = call("restore", "--to", NOW.isoformat(), "--only", "database")
    assert ended.code == ExitCode.DONE, ended.err
    (asked,) = kept.past.world.answers.calls_of(BY_LOG)
    assert asked["RestoreTime"] == KEPT[1] - timedelta(seconds=1), "RDS takes only what is before the end"


def test_a_log_under_another_key_is_that_of_a_former_stack(kept: PlayedSnapshots, call: Call) -> None:
    kept.lose(KEPT, KmsKeyId="arn:aws:kms:eu-central-1:123456789012:key/former")
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.REFUSED
    assert "the database can be restored: to no moment; `backup prod --list`" in ended.err
    assert kept.past.world.answers.changes == []


def test_files_that_are_there_still_go_back_only_where_somebody_insists(kept: PlayedSnapshots, call: Call) -> None:
    kept.lose(KEPT)
    ended = call("restore", "--to", TO)
    assert ended.code == ExitCode.REFUSED
    assert "--over-existing" in ended.err
    assert kept.past.world.answers.changes == []


def test_a_dry_run_has_no_step_that_keeps_anything_aside(kept: PlayedSnapshots, call: Call) -> None:
    kept.lose(KEPT)
    ended = call("restore", *ASKED, "--dry-run")
    assert ended.code == ExitCode.DONE
    assert ended.out.count(f"/{len(STEPS)} ") == len(STEPS)
    assert "aside" not in ended.out
    assert kept.past.world.answers.changes == []


def test_one_that_is_being_deleted_is_waited_for_by_whoever_calls(kept: PlayedSnapshots, call: Call) -> None:
    rds_backends[ACCOUNT][REGION].databases[DATABASE].status = "deleting"
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.REFUSED
    assert ended.err == f"RDS instance {DATABASE}: it is being deleted; call it again when it is gone\n"


def test_one_that_was_renamed_is_not_gone_and_the_line_gives_its_name_back(kept: PlayedSnapshots, call: Call) -> None:
    databases = rds_backends[ACCOUNT][REGION].databases
    databases["elsewhere"] = databases.pop(DATABASE)
    databases["elsewhere"].db_instance_identifier = "elsewhere"
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.FAILED
    assert "--db-instance-identifier elsewhere --new-db-instance-identifier dify-prod-database" in ended.err


def test_a_state_that_forgot_it_says_how_to_have_a_place_for_it(kept: PlayedSnapshots, call: Call) -> None:
    kept.lose(KEPT)
    state = kept.past.state
    del state["deployment"]["resources"][1]
    kept.past.state = state
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.FAILED
    assert "`pulumi up` makes an empty one, whose place a restore takes" in ended.err


def test_an_empty_one_that_was_made_since_goes_aside_for_that_of_the_retained_log(
    kept: PlayedSnapshots, call: Call
) -> None:
    answers = kept.past.world.answers
    databases = rds_backends[ACCOUNT][REGION].databases
    made = databases[DATABASE]
    kept.lose(KEPT)
    databases[DATABASE], made.dbi_resource_id = made, "db-EMPTY"
    state = kept.past.state
    state["deployment"]["resources"][1]["id"] = "db-EMPTY"
    kept.past.state = state
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.DONE, ended.err
    assert kept.past.aside["DbiResourceId"] == "db-EMPTY"
    (asked,) = answers.calls_of(BY_LOG)
    assert asked["SourceDbiResourceId"] == FORMER
    assert kept.past.instances[DATABASE]["DbiResourceId"] == kept.past.remembered["id"] == RESTORED


def test_status_says_first_that_it_is_gone(kept: PlayedSnapshots, call: Call) -> None:
    kept.lose(KEPT)
    ended = call("status")
    assert ended.code == ExitCode.FAILED
    first, *_ = ended.out.splitlines()
    assert first.startswith("prod: the database is gone; `restore prod` brings it back")
    assert "database: gone" in ended.out.splitlines()
    assert json.loads(call("status", "--json").out)["database"]["there"] is False


def test_the_list_of_backups_says_it_too_and_has_all_that_can_be_restored(kept: PlayedSnapshots, call: Call) -> None:
    final = kept.add(FINAL, NOW - timedelta(minutes=15))
    other = kept.add("a-strangers", NOW, of="strangers-database")
    kept.lose(KEPT)
    ended = call("backup", "--list")
    assert ended.code == ExitCode.DONE, ended.err
    first, *lines = ended.out.splitlines()
    assert first == f"prod: the database {DATABASE} is gone; `restore prod` brings it back"
    assert any(line.startswith("database ") and line.endswith(f"RDS, of the deleted {FORMER}") for line in lines)
    assert final in ended.out
    assert other not in ended.out
    assert undocumented(kept.past.world.answers, "backup --list") == set()
