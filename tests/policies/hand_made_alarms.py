"""Alarms made by hand, as they should be but for what a test changes."""

from typing import Any

from policies.guardrails import tokens as t
from policies.guardrails.rule import RULES
from tests.policies.graph_adapter import Declared, Verdict, judge

CPU: dict[str, Any] = {
    "namespace": "AWS/RDS",
    "metricName": "CPUUtilization",
    "stat": "Average",
    "period": 60,
    "dimensions": {"DBInstanceIdentifier": "dify"},
}


def alarm(
    *metrics: dict[str, Any], name: str = "alarm", links: dict[str, list[str]] | None = None, **props: Any
) -> Declared:
    """An alarm as it should be, but for `props`, on `metrics`."""
    queries = [{"id": f"m{number}", "metric": metric} for number, metric in enumerate(metrics or (CPU,))]
    whole = {
        "metricQueries": queries,
        "threshold": 80,
        "comparisonOperator": "GreaterThanThreshold",
        "alarmDescription": "Too much. https://example.com/docs/runbooks/database.md#cpu",
    }
    return Declared(type=t.ALARM, name=name, props={**whole, **props}, links=links or {})


def verdict(rule: str, *stack: Declared) -> Verdict:
    """The verdict of the rule about alarms whose name ends so."""
    (policy,) = [one.policy for one in RULES if one.name == f"cloudwatch-alarm-{rule}"]
    return judge(list(stack), [policy])


def said(rule: str, *stack: Declared) -> list[str]:
    """What that rule finds wrong."""
    return [message for _, _, message in verdict(rule, *stack).violations]
