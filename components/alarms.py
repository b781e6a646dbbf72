"""CloudWatch alarms: a table of what can go wrong, each line one alarm with its runbook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_aws import cloudwatch

from components.component import Component
from components.metric import Metric
from components.site import Site
from settings.severity import Severity

Missing = Literal["breaching", "notBreaching", "ignore"]
Side = Literal["above", "below", "either"]

SHORT_PEAKS = "Five minutes in a row: shorter peaks are ordinary work"
"""Why most alarms wait for five periods of a minute."""

_WAIT_SECONDS, _EXTENSION_SECONDS = 120, 300
"""How long a fault waits for its cause to ring first, and how long after the cause it stays quiet."""

_BEYOND = {
    "above": "GreaterThanUpperThreshold",
    "below": "LessThanLowerThreshold",
    "either": "LessThanLowerOrGreaterThanUpperThreshold",
}


@dataclass(frozen=True, kw_only=True)
class Band:
    """What CloudWatch expects at this hour of the week, `width` standard deviations wide, and the side of it that is
    wrong (CloudWatch User Guide, "Using CloudWatch anomaly detection")."""

    width: float
    side: Side = "above"


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """`metrics` by id and, where there are several, the `expression` over their ids that is compared with `threshold`.

    It rings when `datapoints` of the last `of` periods (None: all of them) of `period_seconds` breach; `patience` is
    the reason for that number. `missing` says what silence means and `silence` why. `runbook` is `<page>#<heading>`
    below docs/runbooks, the heading as GitHub writes it in an address.
    """

    name: str
    why: str
    runbook: str
    severity: Severity
    metrics: Mapping[str, Metric]
    threshold: float | Band
    silence: str
    patience: str = SHORT_PEAKS
    expression: str | None = None
    below: bool = False
    period_seconds: int = 60
    datapoints: int = 5
    of: int | None = None
    missing: Missing = "notBreaching"


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """`topics` by severity, as ARNs; `runbooks` is the address of the folder docs/runbooks. Where the alarm with the
    ARN `suppressed_by` rings, this part's pager stays silent: it is the consequence of another fault."""

    site: Site
    topics: Mapping[Severity, pulumi.Input[str]]
    runbooks: str
    alarms: Sequence[Alarm]
    suppressed_by: pulumi.Input[str] | None = None


class Alarms(Component):
    """The alarms of one part of the stack. What wakes somebody does so through one composite alarm, the part's pager,
    so that one fault pages once; tickets and notes go to their topics alone."""

    type_token = "dify:observability:Alarms"  # noqa: S105

    pager_arn: pulumi.Output[str] | None

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        made = {alarm.name: self._alarm(f"{name}-{alarm.name}", alarm, args) for alarm in args.alarms}
        waking = [alarm for alarm in args.alarms if alarm.severity is Severity.PAGE]
        self.pager_arn = None
        if waking:
            self.pager_arn = self._pager(name, waking, [made[alarm.name] for alarm in waking], args)
        self.done()

    def _alarm(self, name: str, alarm: Alarm, args: AlarmsArgs) -> cloudwatch.MetricAlarm:
        actions = [] if alarm.severity is Severity.PAGE else [args.topics[alarm.severity]]
        limit = alarm.threshold
        return cloudwatch.MetricAlarm(
            name,
            alarm_description=f"{alarm.why}. {runbook_url(args.runbooks, alarm.runbook)}",
            comparison_operator=_comparison(alarm),
            threshold=None if isinstance(limit, Band) else limit,
            threshold_metric_id="band" if isinstance(limit, Band) else None,
            evaluation_periods=alarm.of or alarm.datapoints,
            datapoints_to_alarm=alarm.datapoints,
            treat_missing_data=alarm.missing,
            metric_queries=_queries(alarm),
            alarm_actions=actions,
            ok_actions=actions,
            tags={"severity": alarm.severity.value},
            opts=self.child(),
        )

    def _pager(
        self, name: str, waking: Sequence[Alarm], made: Sequence[cloudwatch.MetricAlarm], args: AlarmsArgs
    ) -> pulumi.Output[str]:
        page = waking[0].runbook.split("#")[0]
        topic = args.topics[Severity.PAGE]
        suppressor = None
        if args.suppressed_by is not None:
            suppressor = cloudwatch.CompositeAlarmActionsSuppressorArgs(
                alarm=args.suppressed_by, wait_period=_WAIT_SECONDS, extension_period=_EXTENSION_SECONDS
            )
        composite = cloudwatch.CompositeAlarm(
            f"{name}-pager",
            alarm_name=f"{args.site.name}-{name}-pager",
            alarm_description=f"{name} needs somebody now: see what rings below. {runbook_url(args.runbooks, page)}",
            alarm_rule=pulumi.Output.all(*(alarm.arn for alarm in made)).apply(
                lambda arns: " OR ".join(f"ALARM({arn})" for arn in arns)
            ),
            alarm_actions=[topic],
            ok_actions=[topic],
            actions_suppressor=suppressor,
            tags={"severity": Severity.PAGE.value},
            opts=self.child(),
        )
        return composite.arn


def runbook_url(runbooks: str, anchor: str) -> str:
    """The address of `<page>#<heading>` or of a whole `<page>`."""
    page, _, heading = anchor.partition("#")
    return f"{runbooks}/{page}.md" + (f"#{heading}" if heading else "")


def _comparison(alarm: Alarm) -> str:
    if isinstance(alarm.threshold, Band):
        return _BEYOND[alarm.threshold.side]
    return "LessThanThreshold" if alarm.below else "GreaterThanThreshold"


def _queries(alarm: Alarm) -> list[cloudwatch.MetricAlarmMetricQueryArgs]:
    compared = next(iter(alarm.metrics)) if alarm.expression is None else "result"
    queries = [
        cloudwatch.MetricAlarmMetricQueryArgs(
            id=identifier,
            return_data=identifier == compared,
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
    if isinstance(alarm.threshold, Band):
        band = f"ANOMALY_DETECTION_BAND({compared}, {alarm.threshold.width:g})"
        queries.append(
            cloudwatch.MetricAlarmMetricQueryArgs(id="band", expression=band, label="expected", return_data=True)
        )
    return queries
