"""One api of a new release is watched before the rest follows, and taken away where something is wrong with it."""

from typing import Any

import pytest

from operations.aws.upgrade import canary, canary_task
from operations.outcome import ExitCode
from tests.operations.aws.aws_world import AwsWorld
from tests.operations.aws.upgrade_world import (
    CANARY_ADDRESS,
    FIRST,
    NEWER,
    OLDER,
    SCHEMA,
    UpgradeWorld,
    make_upgrade_world,
)
from tests.operations.conftest import Call, KilledError


@pytest.fixture
def older(world: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> UpgradeWorld:
    return make_upgrade_world(world, monkeypatch)


def test_an_api_that_says_another_release_is_stopped_again_before_the_rest_follows(
    older: UpgradeWorld, call: Call
) -> None:
    older.says = "1.16.0"
    failed = call("upgrade", NEWER)
    assert failed.code == ExitCode.FAILED
    assert failed.err.startswith("canary: dify.example.com says that it is 1.16.0; read the log group ")
    assert older.ups == [SCHEMA, FIRST]
    assert older.counts["api"] == 0
    older.says = None
    assert call("upgrade", NEWER).code == ExitCode.DONE


def test_an_api_that_does_not_start_is_stopped_again(
    older: UpgradeWorld, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canary, "_START_SECONDS", -1)
    played = older.world.answers.changed["ecs:DescribeServices"]

    def describe(found: dict[str, Any]) -> None:
        played(found)
        for one in found["services"]:
            if (one["serviceName"], one["desiredCount"]) == ("api", 1):
                one |= {"runningCount": 0, "pendingCount": 1}

    older.world.answers.change("ecs:DescribeServices", describe)
    failed = call("upgrade", NEWER)
    assert failed.code == ExitCode.FAILED
    assert failed.err.startswith("services: got api: 0 of 1 tasks run after ")
    assert older.counts["api"] == 0


@pytest.mark.parametrize(
    ("errors", "requests", "code"),
    [(60, 1000, ExitCode.FAILED), (50, 1000, ExitCode.DONE), (4, 4, ExitCode.DONE), (0, 0, ExitCode.DONE)],
)
def test_a_canary_that_answers_too_many_requests_with_errors_ends_the_upgrade(
    older: UpgradeWorld, call: Call, errors: int, requests: int, code: ExitCode
) -> None:
    """5 % is the limit that the alarms have as well; a handful says nothing."""
    older.errors, older.requests = errors, requests
    ended = call("upgrade", NEWER)
    assert ended.code == code
    assert (f"canary: {errors} of {requests} requests ended in a server error" in ended.err) is (code != ExitCode.DONE)


@pytest.mark.parametrize(
    ("errors", "usual", "code"),
    [(15, 0, ExitCode.FAILED), (9, 0, ExitCode.DONE), (30, 25, ExitCode.DONE), (40, 25, ExitCode.FAILED)],
)
def test_beside_others_errors_are_held_against_the_requests_that_the_canary_gets(
    older: UpgradeWorld, call: Call, errors: int, usual: int, code: ExitCode
) -> None:
    """It is one of five, so that 200 of 1000 requests are its own; the load balancer counts all together."""
    assert older.counts["api"] == 4
    older.errors, older.usual = errors, usual
    ended = call("upgrade", NEWER, "--online")
    assert ended.code == code, ended.err
    more = errors - usual
    assert (f"canary: {more} of 200 requests ended in a server error" in ended.err) is (code != ExitCode.DONE)
    assert older.runs(NEWER) is (code == ExitCode.DONE)


def test_a_canary_that_the_load_balancer_finds_unhealthy_ends_the_upgrade(older: UpgradeWorld, call: Call) -> None:
    def sick(found: dict[str, Any]) -> None:
        if older.counts["api"] == 1:
            for one in found["TargetHealthDescriptions"]:
                one["TargetHealth"] = {"State": "unhealthy", "Description": "Health checks failed"}

    older.world.answers.change("elbv2:DescribeTargetHealth", sick)
    failed = call("upgrade", NEWER)
    assert failed.err.startswith("canary: its target is unhealthy: Health checks failed; ")
    assert older.counts["api"] == 0


def test_online_stops_nothing_and_watches_a_task_beside_the_others(older: UpgradeWorld, call: Call) -> None:
    ended = call("upgrade", NEWER, "--online")
    assert ended.code == ExitCode.DONE, ended.err
    assert older.ups == [SCHEMA, ["**::api-definition"], []]
    assert older.seen["migration"] == older.start
    assert older.runs(NEWER)
    asked = older.world.answers
    assert [one["Targets"][0]["Id"] for one in asked.calls_of("elbv2:RegisterTargets")] == [CANARY_ADDRESS]
    assert [one["Targets"][0]["Id"] for one in asked.calls_of("elbv2:DeregisterTargets")] == [CANARY_ADDRESS]
    assert len(asked.calls_of("ecs:StopTask")) == 1


def test_a_canary_that_never_gets_healthy_is_taken_away_and_nothing_else_was_touched(
    older: UpgradeWorld, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sick(found: dict[str, Any]) -> None:
        for one in found["TargetHealthDescriptions"]:
            if one["Target"]["Id"] == CANARY_ADDRESS and one["TargetHealth"]["State"] == "healthy":
                one["TargetHealth"] = {"State": "initial"}

    older.world.answers.change("elbv2:DescribeTargetHealth", sick)
    monkeypatch.setattr(canary_task, "_START_SECONDS", -1)
    failed = call("upgrade", NEWER, "--online")
    assert failed.code == ExitCode.FAILED
    assert failed.err.startswith("canary: got initial after ")
    assert len(older.world.answers.calls_of("ecs:StopTask")) == 1
    assert older.runs(OLDER)
    assert older.counts == older.start


def test_a_canary_of_an_interrupted_call_is_found_again_and_taken_away(
    older: UpgradeWorld, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KilledError

    with monkeypatch.context() as dying:
        dying.setattr(canary.CanaryTask, "end", die)
        with pytest.raises(KilledError):
            call("upgrade", NEWER, "--online")
    assert call("upgrade", NEWER, "--online").code == ExitCode.DONE
    canaries = [one for one in older.world.answers.calls_of("ecs:RunTask") if "startedBy" in one]
    assert len(canaries) == 1
    assert len(older.world.answers.calls_of("ecs:StopTask")) == 1


def test_online_is_refused_where_the_plugin_daemon_changes_too(older: UpgradeWorld, call: Call) -> None:
    older.bring("1.16.0", [])
    refused = call("upgrade", NEWER, "--online")
    assert refused.code == ExitCode.REFUSED
    assert refused.err.startswith(f"--online: {NEWER} has another plugin daemon than 1.16.0, ")
