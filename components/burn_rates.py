"""Error budgets that burn too fast: each seen by a long window, which is sure, and a short one, which is now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch

from components.alarms import runbook_url
from components.component import Component
from components.metric import Metric
from components.site import Site
from settings.severity import Severity

_WAIT_SECONDS = 120
"""How long a burning budget waits for its cause to ring first."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """It is over the rate while the `expression` over `metrics` is above `threshold` in each of `periods` in a row."""

    period_seconds: int
    metrics: Mapping[str, Metric]
    expression: str
    threshold: float
    periods: int = 1


@dataclass(frozen=True, kw_only=True)
class BurnRate:
    """It rings while both windows are over the rate: the long one says that it matters, the short one that it goes on.
    `runbook` is `<page>#<heading>` below docs/runbooks."""

    name: str
    why: str
    runbook: str
    severity: Severity
    long: Window
    short: Window


@dataclass(frozen=True, kw_only=True)
class BurnRatesArgs:
    """`topics` by severity, as ARNs; `runbooks` is the address of the folder docs/runbooks. Where the alarm with the
    ARN `suppressed_by` rings, nobody is woken once more for what it costs; tickets are written all the same."""

    site: Site
    topics: Mapping[Severity, pulumi.Input[str]]
    runbooks: str
    rates: Sequence[BurnRate]
    suppressed_by: pulumi.Input[str] | None = None


class BurnRates(Component):
    """For each rate two alarms that tell nobody, and a composite one that does."""

    type_token = "dify:observability:BurnRates"  # noqa: S105

    def __init__(self, name: str, args: BurnRatesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for rate in args.rates:
            self._rate(f"{name}-{rate.name}", rate, args)
        self.done()

    def _rate(self, name: str, rate: BurnRate, args: BurnRatesArgs) -> None:
        description = f"{rate.why}. {runbook_url(args.runbooks, rate.runbook)}"
        windows = [
            self._window(f"{name}-{length}", description, window, rate.severity)
            for length, window in (("long", rate.long), ("short", rate.short))
        ]
        topic = args.topics[rate.severity]
        cloudwatch.CompositeAlarm(
            name,
            alarm_name=f"{args.site.name}-{name}",
            alarm_description=description,
            alarm_rule=pulumi.Output.all(*(window.arn for window in windows)).apply(
                lambda arns: " AND ".join(f"ALARM({arn})" for arn in arns)
            ),
            alarm_actions=[topic],
            ok_actions=[topic],
            actions_suppressor=_suppressor(rate, args.suppressed_by),
            tags={"severity": rate.severity.value},
            opts=self.child(),
        )

    def _window(self, name: str, description: str, window: Window, severity: Severity) -> cloudwatch.MetricAlarm:
        return cloudwatch.MetricAlarm(
            name,
            alarm_description=description,
            comparison_operator="GreaterThanThreshold",
            threshold=window.threshold,
            evaluation_periods=window.periods,
            datapoints_to_alarm=window.periods,
            # Nobody asked: no budget burns.
            treat_missing_data="notBreaching",
            metric_queries=_queries(window),
            alarm_actions=[],
            ok_actions=[],
            tags={"severity": severity.value},
            opts=self.child(),
        )


def _suppressor(
    rate: BurnRate, cause: pulumi.Input[str] | None
) -> cloudwatch.CompositeAlarmActionsSuppressorArgs | None:
    if cause is None or rate.severity is not Severity.PAGE:
        return None
    # When the cause is over, the short window remembers it for as long as it is.
    return cloudwatch.CompositeAlarmActionsSuppressorArgs(
        alarm=cause, wait_period=_WAIT_SECONDS, extension_period=rate.short.period_seconds
    )


def _queries(window: Window) -> list[cloudwatch.MetricAlarmMetricQueryArgs]:
    measured = [
        cloudwatch.MetricAlarmMetricQueryArgs(
            id=identifier,
            return_data=False,
            metric=cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=metric.namespace,
                metric_name=metric.name,
                stat=metric.statistic,
                period=window.period_seconds,
                dimensions=metric.dimensions,
            ),
        )
        for identifier, metric in window.metrics.items()
    ]
    result = cloudwatch.MetricAlarmMetricQueryArgs(
        id="result", expression=window.expression, label="burning", return_data=True
    )
    return [*measured, result]
