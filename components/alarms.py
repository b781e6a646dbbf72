"""CloudWatch alarms: a table of what can go wrong, each line one alarm that reaches the topic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi
from pulumi_aws import cloudwatch

from components.component import Component

Missing = Literal["breaching", "notBreaching"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One CloudWatch metric. `statistic` is a plain one (`Average`) or a percentile (`p95`)."""

    namespace: str
    name: str
    statistic: str
    dimensions: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """`metrics` by id and, where there are several, the `expression` over their ids that is compared with `threshold`.

    It rings when `datapoints` periods of `period_seconds` in a row breach. `missing` says what silence means.
    """

    name: str
    why: str
    metrics: Mapping[str, Metric]
    threshold: float
    expression: str | None = None
    below: bool = False
    period_seconds: int = 60
    datapoints: int = 5
    missing: Missing = "notBreaching"


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """Every alarm acts on `topic_arn`, when it rings and when it is over."""

    topic_arn: pulumi.Input[str]
    alarms: Sequence[Alarm] = field(default_factory=tuple[Alarm, ...])


class Alarms(Component):
    """The alarms of one part of the stack."""

    type_token = "dify:observability:Alarms"  # noqa: S105

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for alarm in args.alarms:
            self._alarm(f"{name}-{alarm.name}", alarm, args.topic_arn)
        self.done()

    def _alarm(self, name: str, alarm: Alarm, topic_arn: pulumi.Input[str]) -> None:
        comparison = "LessThanThreshold" if alarm.below else "GreaterThanThreshold"
        cloudwatch.MetricAlarm(
            name,
            alarm_description=alarm.why,
            comparison_operator=comparison,
            threshold=alarm.threshold,
            evaluation_periods=alarm.datapoints,
            datapoints_to_alarm=alarm.datapoints,
            treat_missing_data=alarm.missing,
            metric_queries=_queries(alarm),
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
            opts=self.child(),
        )


def _queries(alarm: Alarm) -> list[cloudwatch.MetricAlarmMetricQueryArgs]:
    queries = [
        cloudwatch.MetricAlarmMetricQueryArgs(
            id=identifier,
            return_data=alarm.expression is None,
            metric=cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=metric.namespace,
                metric_name=metric.name,
                stat=metric.statistic,
                period=alarm.period_seconds,
                dimensions=metric.dimensions,
            ),
        )
        for identifier, metric in alarm.metrics.items()
    ]
    if alarm.expression is not None:
        queries.append(
            cloudwatch.MetricAlarmMetricQueryArgs(
                id="result", expression=alarm.expression, label=alarm.why, return_data=True
            )
        )
    return queries
