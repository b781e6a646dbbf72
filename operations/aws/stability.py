"""Whether a stack on AWS is fit to be changed, and whether a change has left it well."""

from collections.abc import Sequence

from operations.aws.calls import wait_until
from operations.aws.deployed import Deployed
from operations.aws.questions import Questions
from operations.aws.services import described, suspended, unstable, wait_until_stable, writers
from operations.aws.status.alarms import AlarmsLook
from operations.aws.status.condition import AlarmCondition, TargetsCondition
from operations.aws.status.entry import EntryLook
from operations.outcome import FailedError, RefusedError
from settings.severity import Severity

_CALM_SECONDS = 1800
"""Alarms about what was stopped go back a few minutes after it stands again."""

_TARGETS_SECONDS = 1800


def alarms(deployed: Deployed) -> tuple[AlarmCondition, ...]:
    """What rings. Raises FailedError where it cannot be asked."""
    questions = Questions()
    found = AlarmsLook(deployed=deployed, questions=questions).ringing()
    _require_answers(questions)
    return found


def targets(deployed: Deployed) -> tuple[TargetsCondition, ...]:
    """Tasks as the load balancer sees them. Raises FailedError where it cannot be asked."""
    questions = Questions()
    found = EntryLook(deployed=deployed, questions=questions).targets()
    _require_answers(questions)
    return found


def refuse_unfit(deployed: Deployed) -> None:
    """Raises RefusedError where a service does not stand or was stopped, its scaling is suspended, or somebody is being
    woken: whoever changes that stack cannot tell old trouble from new."""
    services = described(deployed)
    if states := [state for one in services if (state := unstable(one))]:
        raise RefusedError(f"{deployed.stack}: {states[0]}; mend it first, `status {deployed.stack}` says more")
    written = writers(deployed)
    if stopped := [one["serviceName"] for one in services if one["serviceName"] in written and not one["desiredCount"]]:
        raise RefusedError(
            f"{deployed.stack}: got no task of {', '.join(stopped)}; start what was stopped: `aws ecs update-service "
            f"--cluster {deployed.outputs['cluster']} --service {stopped[0]} --desired-count N`"
        )
    if held := suspended(deployed, written):
        raise RefusedError(
            f"{deployed.stack}: scaling of {', '.join(held)} is suspended; resume it (docs/operate.md, Scaling)"
        )
    if waking := [one for one in alarms(deployed) if one.severity == Severity.PAGE.value]:
        raise RefusedError(f"{deployed.stack}: the alarm {waking[0].name} rings ({waking[0].why}); mend it first")


def wait_until_well(deployed: Deployed, rang_before: Sequence[str]) -> None:
    """Services stand, targets are healthy, and no alarm rings that did not ring before. Raises FailedError."""
    wait_until_stable(deployed)
    wait_until(
        "targets",
        lambda: _unhealthy(deployed),
        seconds=_TARGETS_SECONDS,
        otherwise=f"`python -m operations status {deployed.stack}` says why",
    )

    def ringing() -> str | None:
        return ", ".join(one.name for one in alarms(deployed) if one.name not in rang_before) or None

    wait_until("alarms", ringing, seconds=_CALM_SECONDS, otherwise="each names its runbook in docs/runbooks")


def _unhealthy(deployed: Deployed) -> str | None:
    found = [one for one in targets(deployed) if one.unhealthy or not one.healthy]
    return ", ".join(f"{one.service} has {one.healthy} healthy and {one.unhealthy} unhealthy" for one in found) or None


def _require_answers(questions: Questions) -> None:
    if questions.unanswered:
        raise FailedError(questions.unanswered[0])
