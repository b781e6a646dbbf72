"""An upgrade on AWS brings the schema before the code, one task before the rest, and counts back as they were."""

from collections.abc import Callable
from typing import Any

import pytest

from operations.aws import services, stability
from operations.outcome import ExitCode
from settings.plan import deployments
from tests.operations.aws.aws_world import AwsWorld
from tests.operations.aws.permissions import undocumented
from tests.operations.aws.upgrade_world import (
    FIRST,
    NEWER,
    SCHEMA,
    UpgradeWorld,
    make_upgrade_world,
)
from tests.operations.conftest import Call, KilledError

STEPS = ("plan", "snapshot", "images", "stop", "migrate", "canary-up", "canary", "up", "start", "verify")
WRITERS = {"beat", "worker", "api", "api-websocket", "plugin-daemon"}


@pytest.fixture
def older(world: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> UpgradeWorld:
    return make_upgrade_world(world, monkeypatch)


def test_schema_then_one_api_then_everything_and_as_many_tasks_as_before(older: UpgradeWorld, call: Call) -> None:
    ended = call("upgrade", NEWER)
    assert ended.code == ExitCode.DONE, ended.err
    assert older.release == NEWER
    assert older.runs(NEWER)
    assert older.ups == [SCHEMA, FIRST, []]
    assert {name for name, count in older.seen["migration"].items() if count == 0} == WRITERS
    assert {name: count for name, count in older.seen["up"].items() if name in WRITERS and count} == {
        "api": 1,
        "plugin-daemon": 1,
    }
    assert (older.counts, older.suspended) == (older.start, set())
    again = call("upgrade", NEWER)
    assert again.out.splitlines()[-1] == f"prod: nothing to do; it runs {NEWER}"


def test_killed_in_every_step_it_ends_with_the_counts_of_before_one_snapshot_and_one_migration(
    older: UpgradeWorld, call: Call, kill_in: Callable[[str], None]
) -> None:
    for step in STEPS:
        kill_in(step)
        with pytest.raises(KilledError, match=step):
            call("upgrade", NEWER)
    ended = call("upgrade", NEWER)
    assert ended.code == ExitCode.DONE, ended.err
    assert older.runs(NEWER)
    assert (older.counts, older.suspended) == (older.start, set())
    assert len(older.snapshots) == 1
    assert len(older.migrations) == 1


def test_a_task_that_was_told_to_stop_and_works_on_holds_the_migration_back(older: UpgradeWorld, call: Call) -> None:
    answers, states = older.world.answers, iter(["RUNNING", "DEACTIVATING", "STOPPING"])
    played = answers.changed["ecs:DescribeTasks"]
    seen: list[str] = []

    def describe(found: dict[str, Any]) -> None:
        if not found["tasks"]:
            assert older.migrations == []
            seen.append(next(states, "STOPPED"))
            found["tasks"] = [{"taskArn": "worker-1", "lastStatus": seen[-1]}]
        else:
            played(found)

    answers.give("ecs:ListTasks", lambda asked: {"taskArns": ["worker-1"] if asked["serviceName"] == "worker" else []})
    answers.change("ecs:DescribeTasks", describe)
    ended = call("upgrade", NEWER)
    assert ended.code == ExitCode.DONE, ended.err
    assert seen == ["RUNNING", "DEACTIVATING", "STOPPING", "STOPPED"]


def test_scaling_starts_nothing_while_the_schema_changes(older: UpgradeWorld, call: Call) -> None:
    older.exit_code = 1
    call("upgrade", NEWER)
    assert older.suspended == {"worker", "api", "api-websocket"}


def test_a_service_whose_scaling_took_tasks_away_comes_back_with_its_least(older: UpgradeWorld, call: Call) -> None:
    least = next(one.min_tasks for one in deployments(older.world.settings) if one.name == "worker")
    older.world.client("ecs").update_service(cluster="dify-prod", service="worker", desiredCount=1)
    assert call("upgrade", NEWER).code == ExitCode.DONE
    assert older.counts["worker"] == least


def test_a_migration_that_fails_says_the_end_of_its_log_and_leaves_everything_stopped(
    older: UpgradeWorld, call: Call
) -> None:
    older.exit_code, older.log = 1, ["Running migrations", "relation does not exist"]
    failed = call("upgrade", NEWER)
    assert failed.code == ExitCode.FAILED
    (line,) = failed.err.splitlines()
    assert line.startswith("migration: it ended with exit code 1; its whole log is /dify/dify-prod/migration; ")
    assert "what was stopped is still stopped; mend it and call it again, or go back with" in line
    assert failed.out.splitlines()[-2:] == ["  Running migrations", "  relation does not exist"]
    assert all(older.counts[name] == 0 for name in WRITERS)
    older.exit_code = 0
    assert call("upgrade", NEWER).code == ExitCode.DONE
    assert len(older.migrations) == 2, "a failed one is run again"
    assert older.counts == older.start


def test_a_crash_while_ecs_is_asked_for_the_migration_starts_no_second_one(older: UpgradeWorld, call: Call) -> None:
    def die(_: dict[str, Any]) -> None:
        raise KilledError

    older.world.answers.change("ecs:RunTask", die)
    with pytest.raises(KilledError):
        call("upgrade", NEWER)
    del older.world.answers.changed["ecs:RunTask"]
    assert call("upgrade", NEWER).code == ExitCode.DONE
    first, second = older.migrations
    assert first == second, "ECS answers an equal call with the task that it has started"
    assert first["clientToken"]


def test_a_migration_that_ecs_does_not_start_is_told(older: UpgradeWorld, call: Call) -> None:
    older.world.answers.give("ecs:RunTask", {"tasks": [], "failures": [{"reason": "Capacity is unavailable"}]})
    failed = call("upgrade", NEWER)
    assert failed.code == ExitCode.FAILED
    assert "migration: ECS does not start it: Capacity is unavailable; " in failed.err


def test_a_deployment_that_ecs_took_back_is_no_success(
    older: UpgradeWorld, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring = UpgradeWorld.bring

    def without_worker(made: UpgradeWorld, release: str, targets: list[str]) -> None:
        old = made.world.service("worker")["taskDefinition"]
        bring(made, release, targets)
        made.world.client("ecs").update_service(cluster="dify-prod", service="worker", taskDefinition=old)

    monkeypatch.setattr(UpgradeWorld, "bring", without_worker)
    failed = call("upgrade", NEWER)
    assert failed.code == ExitCode.FAILED
    assert failed.err.startswith(f"prod: worker do not run {NEWER}; ECS took their deployment back, ")
    assert "go back with `python -m operations upgrade prod --rollback`" in failed.err


def test_an_alarm_that_rings_since_is_waited_for_and_told(
    older: UpgradeWorld, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    older.world.ring("backup-late", "ticket")
    monkeypatch.setattr(stability, "_CALM_SECONDS", -1)
    move = services.start_writers

    def start_badly(*arguments: Any) -> None:
        move(*arguments)
        older.world.ring("errors", "page")

    monkeypatch.setattr("operations.aws.upgrade.command.start_writers", start_badly)
    failed = call("upgrade", NEWER)
    assert failed.code == ExitCode.FAILED
    assert failed.err.startswith("alarms: got errors after "), "what rang before is not counted"


def test_what_the_caller_may_not_do_is_named(older: UpgradeWorld, call: Call) -> None:
    older.world.answers.refuse("rds:CreateDBSnapshot", "AccessDenied", "User is not authorized")
    failed = call("upgrade", NEWER)
    assert failed.code == ExitCode.FAILED
    (line,) = failed.err.splitlines()
    assert line.startswith(
        "rds:CreateDBSnapshot: got AccessDenied: User is not authorized; the caller needs `rds:CreateDBSnapshot`"
    )
    assert line.endswith("nothing of Dify was changed, call it again once that is mended")


@pytest.mark.parametrize(("options", "rows"), [((), ("upgrade",)), (("--online",), ("upgrade", "upgrade --online"))])
def test_the_operators_page_names_every_permission_that_is_used(
    older: UpgradeWorld, call: Call, options: tuple[str, ...], rows: tuple[str, ...]
) -> None:
    older.world.ring("backup-late", "ticket")
    older.world.answers.asked.clear()
    older.exit_code = 1
    call("upgrade", NEWER, *options)
    older.exit_code = 0
    assert call("upgrade", NEWER, *options).code == ExitCode.DONE
    own = {"ecs:RegisterTaskDefinition"}
    assert undocumented(older.world.answers, *rows) <= own, "the played Pulumi registers definitions"
