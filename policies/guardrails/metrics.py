"""Alarms look at metrics that exist, in a way that means something."""

import re
from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from .catalogue import AWS, PERCENTILE, Measure
from .documents import Statement, statements
from .graph import Graph, once_per_graph
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import ALARM, FUNCTION, METRIC_FILTER, ROLE, ROLE_POLICY
from .values import UNKNOWN, UndecidedError, items, mapping, number
from .watching import metrics

CONCEPTS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html"
SERVICES = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html"
EVALUATION = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html"

HEARD = "SampleCount"
"""The statistic that asks whether anything was measured at all, which fits every metric."""

SHORT_PERIODS = (10, 20, 30)
STANDARD_PERIOD = 60
"""Seconds. Whoever does not ask for high resolution has one value a minute (API reference, PutMetricAlarm)."""

_PERCENTILE = re.compile(r"p(100|\d{1,2}(\.\d{1,10})?)")


@rule(
    "cloudwatch-alarm-must-watch-a-known-metric",
    ALARM,
    severity=Severity.HIGH,
    description="Each metric of an alarm exists: AWS sends it under these dimensions, or this stack does.",
    remediation="Name the metric and its dimensions as in policies/cloudwatch, or let a function or a LogMetricFilter "
    "of this stack publish it.",
    references=References(practice="REL06-BP01"),
    url=SERVICES,
    late=("policy",),
)
def watches_a_known_metric(resource: Resource, graph: Graph) -> Iterator[Finding]:
    found = list(metrics(resource))
    if not found:
        yield "watches no metric"
    for metric in found:
        namespace, name = _said(metric, "namespace"), _said(metric, "metricName")
        if namespace in AWS.namespaces:
            if not AWS.named(namespace, name):
                yield f"watches {name}, which {namespace} does not have"
            elif measured(metric) is None:
                yield f"watches {name} of {namespace} under {_listed(_dimensions(metric))}, under which there is none"
        elif namespace in counted(graph):
            under = counted(graph)[namespace].get(name)
            if under is not None and under != _dimensions(metric):
                yield f"watches {name} under {_listed(_dimensions(metric))}, but its filter counts {_listed(under)}"
        elif UNKNOWN in _published(graph) and namespace not in _published(graph):
            yield UndecidedError(("policy",))
        elif namespace not in _published(graph):
            yield f"watches {namespace}, which nothing in this stack publishes"


@rule(
    "cloudwatch-alarm-must-use-a-fitting-statistic",
    ALARM,
    severity=Severity.HIGH,
    description="The statistic of an alarm says something about its metric: the average of a count says nothing.",
    remediation="Take one of the statistics that policies/cloudwatch lists for the metric.",
    references=References(practice="REL06-BP02"),
    url=CONCEPTS,
)
def uses_a_fitting_statistic(resource: Resource) -> Iterator[Finding]:
    for metric in metrics(resource):
        statistic, measure = _said(metric, "stat"), measured(metric)
        if not statistic:
            yield f"takes no statistic of {metric.get('metricName')}"
        elif measure is not None and statistic != HEARD and not _fits(statistic, measure):
            yield f"takes {statistic} of {measure.name}, of which only {_listed(measure.statistics)} says something"


@rule(
    "cloudwatch-alarm-period-must-fit-the-metric",
    ALARM,
    severity=Severity.MEDIUM,
    description="Each period of an alarm holds a value of its metric, or the alarm takes a gap for silence.",
    remediation="Set the period to a multiple of 60 seconds, and no shorter than the metric's interval in "
    "policies/cloudwatch.",
    references=References(practice="REL06-BP02"),
    url=EVALUATION,
)
def period_fits(resource: Resource) -> Iterator[Finding]:
    for metric in metrics(resource):
        period, measure = number(_said(metric, "period")), measured(metric)
        every = STANDARD_PERIOD if measure is None else measure.every
        if period not in SHORT_PERIODS and (period < STANDARD_PERIOD or period % STANDARD_PERIOD):
            yield f"has a period of {period:g} s for {metric.get('metricName')}, which CloudWatch does not know"
        elif period < every:
            yield f"looks each {period:g} s at {metric.get('metricName')}, which comes each {every} s"


def measured(metric: dict[str, Any]) -> Measure | None:
    """What AWS says of it; None for what it does not send. Raises UndecidedError where its name is unknown."""
    return AWS.find(_said(metric, "namespace"), _said(metric, "metricName"), _dimensions(metric))


@once_per_graph
def counted(graph: Graph) -> dict[str, dict[str, frozenset[str]]]:
    """Namespace -> name -> dimensions of what the stack's filters count in logs."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for one in graph.of(METRIC_FILTER):
        namespace, name = one.get("metricTransformation", "namespace"), one.get("metricTransformation", "name")
        dimensions = frozenset(mapping(one.get("metricTransformation", "dimensions")))
        found.setdefault(str(namespace), {})[str(name)] = dimensions
    return found


def _fits(statistic: str, measure: Measure) -> bool:
    return (PERCENTILE if _PERCENTILE.fullmatch(statistic) else statistic) in measure.statistics


def _dimensions(metric: dict[str, Any]) -> frozenset[str]:
    return frozenset(mapping(_known(metric, "dimensions")))


def _said(metric: dict[str, Any], name: str) -> str:
    return str(_known(metric, name) or "")


def _known(metric: dict[str, Any], name: str) -> Any:
    if metric.get(name) is UNKNOWN:
        raise UndecidedError(("metricQueries", name))
    return metric.get(name)


def _listed(names: frozenset[str]) -> str:
    return " and ".join(sorted(names)) or "no dimension"


@once_per_graph
def _published(graph: Graph) -> frozenset[Any]:
    """Namespaces that a function of the stack may publish in, as its role's permission names them. UNKNOWN stands for
    those of a permission that cannot be read yet."""
    roles = {role.urn for function in graph.of(FUNCTION) for role in graph.linked(function, "role", ROLE)}
    found: set[Any] = set()
    for policy in graph.of(ROLE_POLICY):
        if any(role.urn in roles for role in graph.linked(policy, "role", ROLE)):
            given = policy.props.get("policy")
            found.update([UNKNOWN] if given is UNKNOWN else _admitted(statements(given, "policy")))
    return frozenset(found)


def _admitted(found: list[Statement]) -> Iterator[Any]:
    for statement in found:
        if statement.allows and "cloudwatch:PutMetricData" in statement.actions:
            given = mapping(statement.condition.get("StringEquals")).get("cloudwatch:namespace")
            yield from items(given) if isinstance(given, list) else [given]
