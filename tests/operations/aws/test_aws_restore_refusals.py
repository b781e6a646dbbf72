"""What a restore on AWS does not do, and says instead."""

import io
import json
from datetime import timedelta

import pytest

from operations.aws.restore import database as database_restore
from operations.outcome import ExitCode
from tests.operations.aws.aws_world import DATABASE, AwsWorld
from tests.operations.aws.restore_world import MOMENT, NOW, TO, RestoreWorld, make_restore_world
from tests.operations.conftest import Call

ASKED = ("--to", TO, "--over-existing")
STEPS = 14


@pytest.fixture
def past(world: AwsWorld) -> RestoreWorld:
    """A file that was changed since the moment, one that was deleted, and one that is newer."""
    return make_restore_world(world, changed=True)


def test_data_that_lives_is_not_replaced_unless_somebody_insists(past: RestoreWorld, call: Call) -> None:
    ended = call("restore", "--to", TO)
    assert ended.code == ExitCode.REFUSED
    assert "--over-existing" in ended.err
    assert past.world.answers.changes == []
    assert call("restore", *ASKED).code == ExitCode.DONE, "what was refused has decided nothing"


def test_a_dry_run_says_what_is_lost_and_changes_nothing(past: RestoreWorld, call: Call) -> None:
    ended = call("restore", "--to", TO, "--dry-run")
    assert ended.code == ExitCode.DONE
    assert "2 of 3 objects differ (8 B), 1 are newer" in ended.out
    assert f"what was written since {TO}, 3 h " in ended.out
    assert "vectors in OpenSearch stay as they are" in ended.out
    assert ended.out.count(f"/{STEPS} ") == STEPS
    assert past.world.answers.changes == []
    assert set(past.ups) == {"export"}


def test_a_moment_before_the_window_is_refused_with_the_window(past: RestoreWorld, call: Call) -> None:
    past.reach(database=(MOMENT + timedelta(hours=1), NOW))
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.REFUSED
    assert f"got {TO}" in ended.err
    assert (MOMENT + timedelta(hours=1)).isoformat(sep=" ") in ended.err
    assert past.world.answers.changes == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("yesterday", "it is no time"),
        ("2026-01-31 12:00:00", "its zone is missing"),
    ],
)
def test_a_time_that_may_be_misread_is_a_wrong_call(past: RestoreWorld, call: Call, given: str, said: str) -> None:
    ended = call("restore", "--to", given)
    assert ended.code == ExitCode.WRONG_CALL
    assert said in ended.err


@pytest.mark.parametrize("only", ["database", "files"])
def test_a_time_to_come_is_refused(past: RestoreWorld, call: Call, monkeypatch: pytest.MonkeyPatch, only: str) -> None:
    monkeypatch.setattr(database_restore, "_LOG_SECONDS", 0)
    ended = call("restore", "--to", (NOW + timedelta(days=1)).isoformat(), "--only", only, "--over-existing")
    assert ended.code == ExitCode.REFUSED
    assert past.world.answers.changes == []


def test_a_state_that_an_update_has_left_half_way_is_refused_before_anything_stops(
    past: RestoreWorld, call: Call
) -> None:
    state = past.state
    state["deployment"]["pending_operations"] = [{"resource": {"urn": "urn::api-service"}, "type": "updating"}]
    past.state = state
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.REFUSED
    assert "api-service" in ended.err
    assert past.world.answers.changes == []


def test_a_database_that_is_gone_is_not_guessed_at(past: RestoreWorld, call: Call) -> None:
    past.world.client("rds").modify_db_instance(
        DBInstanceIdentifier=DATABASE, NewDBInstanceIdentifier="another", ApplyImmediately=True
    )
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.FAILED
    assert "it is not there" in ended.err


def test_a_moment_from_before_dify_had_its_database_fails_and_says_so(past: RestoreWorld, call: Call) -> None:
    past.made = ["database dify"]
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.FAILED
    assert "database dify was not in it" in ended.err
    assert past.counts["api"] == 0, "nobody meets an empty Dify"


def test_the_answer_of_the_deployments_own_set_up_counts_too(past: RestoreWorld, call: Call) -> None:
    state = past.state
    state["deployment"]["resources"][-1]["outputs"]["result"] = json.dumps({"created": ["database dify_plugin"]})
    past.state = state
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.FAILED
    assert "database dify_plugin was not in it" in ended.err


def test_a_set_up_that_fails_says_why_in_one_line(past: RestoreWorld, call: Call) -> None:
    told = io.BytesIO(json.dumps({"errorMessage": "dify_a cannot log in", "errorType": "FunctionError"}).encode())
    past.world.answers.give("lambda:Invoke", {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": told})
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.FAILED
    assert "dify_a cannot log in" in ended.err
    assert ended.err.count("\n") == 1


def test_a_permission_that_is_missing_is_one_line_that_names_it(past: RestoreWorld, call: Call) -> None:
    past.world.answers.refuse("rds:RestoreDBInstanceToPointInTime", "AccessDenied")
    ended = call("restore", *ASKED)
    assert ended.code == ExitCode.FAILED
    assert "rds:RestoreDBInstanceToPointInTime" in ended.err
    assert ended.err.count("\n") == 1
