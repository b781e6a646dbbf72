"""What rings when Dify does not answer as a user would ask it."""

from collections.abc import Mapping

from components.alarms import Alarm
from components.metric import Metric
from settings.severity import Severity

_MINUTE_SECONDS = 60


def probe_alarms(namespace: str, dimensions: Mapping[str, str], steps: Mapping[str, int]) -> list[Alarm]:
    """Failure and silence of each of `steps`, given with the minutes between two checks; `dimensions` are the
    stack's."""
    return [alarm for step, minutes in steps.items() for alarm in _of_step(namespace, dimensions, step, minutes)]


def _of_step(namespace: str, dimensions: Mapping[str, str], step: str, minutes: int) -> tuple[Alarm, Alarm]:
    def success(statistic: str) -> dict[str, Metric]:
        where = {**dimensions, "Step": step}
        return {"success": Metric(namespace=namespace, name="Success", statistic=statistic, dimensions=where)}

    failed = Alarm(
        name=f"{step}-failed",
        why=f"Asked as a user would, {step} fails",
        runbook="probe#step-failed",
        severity=Severity.PAGE,
        metrics=success("Minimum"),
        threshold=1,
        below=True,
        period_seconds=minutes * _MINUTE_SECONDS,
        datapoints=2,
        of=3,
        patience="Two checks of three: one alone may have been a task on its way out, or a packet lost",
        silence="No check is no failure; that the check is missing is another alarm's",
    )
    silent = Alarm(
        name=f"{step}-silent",
        why=f"Nobody asks {step} any more: whether users reach it is not known",
        runbook="probe#probe-silent",
        severity=Severity.TICKET,
        metrics=success("SampleCount"),
        threshold=1,
        below=True,
        period_seconds=minutes * _MINUTE_SECONDS,
        datapoints=5,
        patience="Five checks in a row: a new version of the function misses one or two",
        missing="breaching",
        silence="Silence is what is looked for",
    )
    return failed, silent
