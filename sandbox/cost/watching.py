"""What watches the stack itself: metrics, alarms, dashboards and logs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.cost.line import Line, steady, unpriced
from sandbox.cost.published import published
from sandbox.cost.stack import Stack
from sandbox.cost.usage import Usage

_PART = "watching"

_ANOMALY_BOUNDS = 2
"""An alarm on what is unusual is billed for the upper and the lower bound beside its metrics (Amazon CloudWatch
pricing, "Alarms")."""


def watching(stack: Stack, usage: Usage) -> Iterator[Line]:
    """What another region has to watch is counted with the rest. Questions to logs are not counted."""
    home = stack.home
    metrics = len(stack.of(":LogMetricFilter")) + sum(map(published, stack.of(":Function")))
    compared = sum(_compared(one["metricQueries"]) for one in stack.of(":MetricAlarm"))
    yield steady(_PART, "metrics of functions and log filters", "metric", home, metrics)
    yield steady(_PART, "alarms", "alarm", home, compared)
    yield steady(_PART, "composite alarms", "composite-alarm", home, len(stack.of(":CompositeAlarm")))
    yield steady(_PART, "dashboards", "dashboard", home, len(stack.of(":Dashboard")))
    yield steady(_PART, "logs", "logs", home, usage.logs_gb, assumed=True)
    for one in stack.of("ecs/cluster:Cluster"):
        if any(setting["value"] == "enhanced" for setting in one.get("settings", [])):
            yield unpriced(_PART, "Container Insights", home, "by metric of each task")
    if stack.of("ec2/flowLog:FlowLog"):
        yield unpriced(_PART, "flow logs", home, "by GB that are delivered")


def _compared(queries: Sequence[Mapping[str, Any]]) -> int:
    """Metrics that an alarm is billed for."""
    unusual = any("ANOMALY_DETECTION_BAND" in query.get("expression", "") for query in queries)
    return sum("metric" in query for query in queries) + (_ANOMALY_BOUNDS if unusual else 0)
