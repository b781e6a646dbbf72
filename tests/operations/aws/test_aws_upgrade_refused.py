"""An upgrade on AWS is refused before it changes anything, and each refusal says how to insist or what to mend."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dify.releases import RELEASES
from operations.outcome import ExitCode
from tests.operations.aws.aws_world import AwsWorld
from tests.operations.aws.upgrade_world import (
    NEWER,
    OLDER,
    UpgradeWorld,
    make_upgrade_world,
)
from tests.operations.conftest import Call


@pytest.fixture
def older(world: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> UpgradeWorld:
    return make_upgrade_world(world, monkeypatch)


def test_a_dry_run_names_the_steps_and_changes_nothing(older: UpgradeWorld, call: Call) -> None:
    ended = call("upgrade", NEWER, "--dry-run")
    assert ended.code == ExitCode.DONE, ended.err
    assert [line.partition(" ")[0] for line in ended.out.splitlines()[1:]] == [f"{n}/10" for n in range(1, 11)]
    assert older.world.answers.changes == []
    assert {" ".join(one[:2]) for one in older.world.pulumi_calls} == {"stack output", "stack history"}


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ((("update", OLDER, "succeeded", False),), f"its last whole update brought {OLDER}"),
        ((("update", NEWER, "failed", False), ("update", NEWER, "succeeded", False)), "no whole update has brought it"),
        (
            (("update", NEWER, "succeeded", True), ("update", OLDER, "succeeded", False)),
            "its last whole update brought",
        ),
        ((("destroy", NEWER, "succeeded", False),), "no whole update has brought it"),
        ((), "no whole update has brought it"),
    ],
)
def test_production_refuses_what_staging_does_not_run_as_a_whole(
    older: UpgradeWorld, call: Call, history: tuple[tuple[str, str, str, bool], ...], words: str
) -> None:
    older.history(*history)
    refused = call("upgrade", NEWER)
    assert refused.code == ExitCode.REFUSED
    assert refused.err.startswith(f"upgrade: {NEWER} was not tried on staging: {words}")
    assert "insist with --skip-staging-check REASON" in refused.err
    assert older.world.answers.changes == []
    assert call("upgrade", NEWER, "--skip-staging-check", "CVE-2026-1").code == ExitCode.DONE


def test_a_single_resource_that_staging_updated_since_hides_nothing(older: UpgradeWorld, call: Call) -> None:
    older.history(("update", OLDER, "succeeded", True), ("update", NEWER, "succeeded", False))
    assert call("upgrade", NEWER, "--dry-run").code == ExitCode.DONE


def test_a_stack_to_try_it_on_that_is_not_there_is_named(older: UpgradeWorld, call: Call) -> None:
    refused = call("upgrade", NEWER, "--tried-on", "rehearsal")
    assert refused.code == ExitCode.REFUSED
    assert refused.err.startswith(f"upgrade: there is no stack rehearsal that {NEWER} was tried on; ")


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("2.0.0",), ExitCode.WRONG_CALL, f"got 2.0.0; known releases are {', '.join(RELEASES)}"),
        (("1.16.0",), ExitCode.REFUSED, f"got 1.16.0, and {OLDER} runs; Dify has no way back"),
        ((), ExitCode.WRONG_CALL, "give either a release"),
        ((NEWER, "--rollback"), ExitCode.WRONG_CALL, "give either a release"),
        ((NEWER, "--skip-staging-check", " "), ExitCode.WRONG_CALL, "got no reason; say why"),
        (("--rollback",), ExitCode.REFUSED, "there is no way back"),
    ],
)
def test_what_makes_no_sense_is_refused(
    older: UpgradeWorld, call: Call, options: tuple[str, ...], code: ExitCode, words: str
) -> None:
    refused = call("upgrade", *options)
    assert (refused.code, len(refused.err.splitlines())) == (code, 1)
    assert words in refused.err
    assert older.world.answers.changes == []


def _ring(older: UpgradeWorld) -> None:
    older.world.ring("database-cpu", "page")


def _lack(older: UpgradeWorld) -> None:
    older.world.running["worker"] = 0


def _break(older: UpgradeWorld) -> None:
    older.world.failed["web"] = "tasks failed to start"


def _stop(older: UpgradeWorld) -> None:
    older.world.client("ecs").update_service(cluster="dify-prod", service="beat", desiredCount=0)


def _suspend(older: UpgradeWorld) -> None:
    older.world.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/dify-prod/api",
        ScalableDimension="ecs:service:DesiredCount",
        SuspendedState={"ScheduledScalingSuspended": True},
    )


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_ring, "the alarm database-cpu rings (database-cpu of the stack)"),
        (_lack, "worker: 0 of "),
        (_break, "web: its deployment failed (tasks failed to start)"),
        (_stop, "got no task of beat; start what was stopped"),
        (_suspend, "scaling of api is suspended"),
    ],
)
def test_a_stack_that_is_not_well_is_not_upgraded(
    older: UpgradeWorld, call: Call, spoil: Callable[[UpgradeWorld], None], words: str
) -> None:
    spoil(older)
    older.world.answers.asked.clear()
    refused = call("upgrade", NEWER)
    assert refused.code == ExitCode.REFUSED, refused
    assert words in refused.err
    assert older.world.answers.changes == []
    assert older.release == OLDER


@pytest.mark.parametrize(
    "change",
    [
        ("replace", "aws:rds/instance:Instance::database-instance", False),
        ("delete", "aws:s3/bucket:Bucket::storage-files-bucket", False),
        ("replace", "aws:lb/loadBalancer:LoadBalancer::load-balancer-alb", True),
    ],
)
def test_a_plan_that_ends_what_holds_data_or_is_protected_is_refused_and_forgotten(
    older: UpgradeWorld, call: Call, change: tuple[str, str, bool]
) -> None:
    older.plan(change)
    refused = call("upgrade", NEWER)
    assert refused.code == ExitCode.REFUSED
    name = change[1].rpartition("::")[2]
    assert refused.err.startswith(f"plan: got {change[0]} of {name}; an upgrade leaves what holds data or is protected")
    assert older.release == OLDER
    assert older.world.answers.changes == []
    older.plan()
    assert call("upgrade", NEWER, "--online").code == ExitCode.DONE, "another call is free"


def test_policies_judge_the_plan_and_every_update(older: UpgradeWorld, call: Call) -> None:
    call("upgrade", NEWER)
    judged = [one for one in older.world.pulumi_calls if one[0] in ("preview", "up")]
    assert len(judged) == 4
    for one in judged:
        at = one.index("--policy-pack")
        assert one[at : at + 4] == ["--policy-pack", "policies", "--policy-pack-config", "policies/config.prod.json"]


def test_a_policy_that_says_no_changes_nothing(older: UpgradeWorld, call: Call) -> None:
    Path("pulumi-fails").write_text("preview")
    failed = call("upgrade", NEWER)
    assert failed.code == ExitCode.FAILED
    assert "nothing of Dify was changed, call it again once that is mended" in failed.err
    assert "`pulumi preview --policy-pack policies " in failed.err
    assert older.release == OLDER
    Path("pulumi-fails").unlink()
    assert call("upgrade", NEWER).code == ExitCode.DONE


def test_after_a_plan_that_failed_the_stack_is_looked_at_again(older: UpgradeWorld, call: Call) -> None:
    """What was well then may be days ago."""
    Path("pulumi-fails").write_text("preview")
    assert call("upgrade", NEWER).code == ExitCode.FAILED
    Path("pulumi-fails").unlink()
    _ring(older)
    refused = call("upgrade", NEWER)
    assert refused.code == ExitCode.REFUSED
    assert "the alarm database-cpu rings" in refused.err
    assert older.world.answers.changes == ["cloudwatch:PutMetricAlarm", "cloudwatch:SetAlarmState"]
