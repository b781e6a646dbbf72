"""Alarms that can ring, and can also stop."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .catalogue import Measure
from .metrics import EVALUATION, HEARD, measured
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import ALARM
from .values import mapping, number
from .watching import metrics

COMPARED = {
    "GreaterThanThreshold": (1, False),
    "GreaterThanOrEqualToThreshold": (1, True),
    "LessThanThreshold": (-1, False),
    "LessThanOrEqualToThreshold": (-1, True),
}
"""Comparison -> the direction in which it rings, and whether it does so at the threshold itself."""


@rule(
    "cloudwatch-alarm-threshold-must-be-reachable",
    ALARM,
    severity=Severity.HIGH,
    description="The threshold of an alarm lies within what its metric can be: no CPU is above 100 percent.",
    remediation="Put the threshold inside the bounds that policies/cloudwatch gives for the metric.",
    references=References(practice="REL06-BP03"),
    url=EVALUATION,
)
def threshold_reachable(resource: Resource) -> Iterator[Finding]:
    if resource.has("thresholdMetricId"):
        return
    threshold, comparison = resource.get("threshold"), COMPARED.get(str(resource.get("comparisonOperator")))
    if threshold is None or comparison is None:
        yield "compares its metric with nothing"
        return
    # What an expression makes of its metrics has other bounds than they.
    if any(mapping(query).get("expression") for query in resource.entries("metricQueries")):
        return
    for metric in metrics(resource):
        measure = measured(metric)
        if measure is not None:
            least, most = _ends(measure, str(metric.get("stat")))
            yield from _judged(measure.name, number(threshold), comparison, least, most)


def _judged(
    name: str, threshold: float, comparison: tuple[int, bool], least: float | None, most: float | None
) -> Iterator[Finding]:
    direction, inclusive = comparison
    # Seen in the direction of the comparison, `last` is the furthest value there is and `first` the nearest.
    first, last = (least, most) if direction > 0 else (most, least)
    beyond = None if last is None else direction * (threshold - last)
    before = None if first is None else direction * (first - threshold)
    if beyond is not None and (beyond > 0 or (beyond == 0 and not inclusive)):
        yield f"can never ring: {name} goes no further than {last:g}"
    if before is not None and (before > 0 or (before == 0 and inclusive)):
        yield f"always rings: {name} is never on the other side of {threshold:g}"


def _ends(measure: Measure, statistic: str) -> tuple[float | None, float | None]:
    """The least and the most that the statistic can be."""
    if statistic == HEARD:
        return 0, None
    if statistic == "Sum":
        return 0 if measure.least == 0 else None, None
    return measure.least, measure.most
