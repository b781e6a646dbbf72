"""What rings about the functions that keep logins and measures working."""

from collections.abc import Mapping

import pulumi

from components.alarms import Alarm
from components.metric import Metric
from settings.severity import Severity

_NOT_CALLED = "Most functions are called once a month or with a deployment: no call is no failure"


def function_alarms(functions: Mapping[str, pulumi.Input[str]]) -> list[Alarm]:
    """Calls that failed or were turned away; `functions` are the names in AWS by what they do.

    None pages: a login that is not rotated stays valid, workers also scale on their CPU, and whoever deploys sees the
    error of a function that a deployment calls. No function has a queue for what failed: each is called again, by its
    schedule or by who deploys. Source: AWS Lambda Developer Guide, "Types of metrics for Lambda functions"; a call that
    ran out of time counts as an error.
    """
    return [alarm for name, physical in functions.items() for alarm in _failures(name, physical)]


def _metric(name: str, statistic: str, physical: pulumi.Input[str]) -> dict[str, Metric]:
    where = {"FunctionName": physical}
    return {"value": Metric(namespace="AWS/Lambda", name=name, statistic=statistic, dimensions=where)}


def _failures(name: str, physical: pulumi.Input[str]) -> list[Alarm]:
    return [
        Alarm(
            name=f"{name}-failed",
            why=f"A call of {name} failed: its log says why",
            runbook="functions#call-failed",
            severity=Severity.TICKET,
            metrics=_metric("Errors", "Sum", physical),
            threshold=0,
            period_seconds=300,
            datapoints=1,
            patience="A single call: each one has work that nobody else does",
            silence=_NOT_CALLED,
        ),
        Alarm(
            name=f"{name}-throttled",
            why=f"AWS turned calls of {name} away: too many functions of the account run at once",
            runbook="functions#throttled",
            severity=Severity.TICKET,
            metrics=_metric("Throttles", "Sum", physical),
            threshold=0,
            period_seconds=300,
            datapoints=1,
            patience="A single call: what was turned away may not be called again for a month",
            silence=_NOT_CALLED,
        ),
    ]
