"""What a report counts: how users were served, what they did, and how near to its limits everything came."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf

from components.alarm_tables.database import database_alarms
from components.alarm_tables.search import search_alarms
from components.alarm_tables.services import service_alarms
from components.alarms import Alarm
from components.business_metrics import NAMESPACE
from components.metric import Metric
from components.search_domain import domain_name
from components.search_snapshots import snapshot_age
from components.site import Site
from dify.capacity.connections import admitted_connections
from dify.services import API
from operations.aws.deployed import Deployed
from operations.aws.measures import Computed, Series, Wanted, measured
from operations.aws.questions import Questions, every
from operations.business_figures import GAUGES, SUMS, amount
from operations.outcome import FailedError
from operations.output import duration, size
from operations.report_page import Section
from settings.plan import deployments

_PERIOD, _HOUR, _DAY = 300, 3600, 86_400
"""Seconds. CloudWatch keeps figures of five minutes for 63 days, of one minute for 15 (Amazon CloudWatch User Guide,
"Metrics retention")."""

_BALANCER, _SEARCH = "AWS/ApplicationELB", "AWS/ES"
"""OpenSearch counts free storage in MiB, the others in bytes."""

_NEAR = 0.9
"""Share of a limit from which on a peak is marked."""

_MIB = 1024**2

_LIMITS = ("cpu", "memory", "connections", "disk", "heap")
"""Alarms whose thresholds are limits of a resource, by their names in components/alarm_tables."""

_PERCENT = ("Utilization", "Percentage", "Pressure")
"""How names of metrics end that are shares."""


@dataclass(frozen=True, kw_only=True)
class _Limit:
    """An alarm's figure, and from where on it rings: `below` or above `at`."""

    series: Series | Computed
    at: float
    below: bool = False

    def row(self, name: str, values: Sequence[float]) -> tuple[str, str, str, str]:
        """The worst of `values` beside the limit."""
        worst = min(values) if self.below else max(values)
        least, most = (self.at, worst) if self.below else (worst, self.at)
        used = least / most if most else inf
        mark = "over" if used > 1 else "near" if used >= _NEAR else ""
        sign = "<" if self.below else ">"
        return name, self._shown(worst), f"{sign} {self._shown(self.at)}", mark

    def _shown(self, value: float) -> str:
        if isinstance(self.series, Computed) or self.series.metric.name.endswith(_PERCENT):
            return f"{value:.0f} %"
        metric = self.series.metric
        if metric.name.startswith("Free"):
            return size(value * _MIB if metric.namespace == _SEARCH else value)
        return f"{value:,.0f}"


@dataclass(frozen=True, kw_only=True)
class FiguresLook:
    """Looks at the figures of `deployed` from `since` until `until`."""

    deployed: Deployed
    questions: Questions
    since: datetime
    until: datetime

    def service_levels(self) -> Section:
        """Objectives, and what was kept of them, counted as their burn rates are
        (components/alarm_tables/objectives.py)."""
        objectives = self.deployed.settings.objectives
        head = ("OBJECTIVE", "PROMISED", "KEPT", "ERROR BUDGET SPENT")
        where = self.questions.ask("the load balancer", "elasticloadbalancing:DescribeLoadBalancers", self._balancer)
        if where is None:
            return Section(title="Service levels", head=head, rows=())
        balancer, group = where
        found = self._measured(
            {
                "requests": _of_balancer("RequestCount", "Sum", balancer, _HOUR),
                "target": _of_balancer("HTTPCode_Target_5XX_Count", "Sum", balancer, _HOUR),
                "balancer": _of_balancer("HTTPCode_ELB_5XX_Count", "Sum", balancer, _HOUR),
                "answers": _of_balancer(
                    "TargetResponseTime", f"p{objectives.latency_percent:g}", {**balancer, **group}, _DAY
                ),
            }
        )
        failed = sum(found["target"]) + sum(found["balancer"])
        # The load balancer does not count a request for which it had no target, only the error.
        asked = max(sum(found["requests"]), failed)
        rows: list[tuple[str, ...]] = []
        if asked:
            share, budget = 100 * failed / asked, 100 - objectives.availability_percent
            rows.append(
                (
                    "requests without a server error",
                    f"{objectives.availability_percent:g} %",
                    f"{100 - share:.3f} % ({failed:,.0f} of {asked:,.0f} failed)",
                    f"{100 * share / budget:.0f} %",
                )
            )
        if found["answers"]:
            slowest = max(found["answers"])
            rows.append(
                (
                    f"{objectives.latency_percent:g} % of the api's answers begin",
                    f"within {objectives.latency_seconds} s",
                    f"within {duration(slowest)} on the worst day",
                    "-",
                )
            )
        return Section(title="Service levels", head=head, rows=rows, nothing="nobody asked for anything")

    def use(self) -> Section:
        """What people did (functions/business_metrics/published.py)."""
        head = ("USE", "IN ALL", "MOST")
        if not self.deployed.settings.business.enabled:
            return Section(title="Use", head=head, rows=(), nothing="use is not counted in this stack")
        stack = {"Stack": self.deployed.name}
        wanted = {
            **{what: _business(name, "Sum", stack, _HOUR) for what, name in SUMS.items()},
            **{what: _business(name, "Maximum", stack, _PERIOD) for what, name in GAUGES.items()},
            **{
                f"cost of models in {currency}": _business("Cost", "Sum", {**stack, "Currency": currency}, _HOUR)
                for currency in self.deployed.settings.business.currencies
            },
        }
        found = self._measured(wanted)
        rows = [
            (what, "-", f"{max(values):,.0f}") if what in GAUGES else (what, amount(sum(values)), _hourly(values))
            for what, values in found.items()
            if values
        ]
        return Section(title="Use", head=head, rows=rows)

    def peaks(self) -> Section:
        """How near everything came to the limits from which on its alarm rings."""
        limits = dict(self._limits())
        found = self._measured({name: limit.series for name, limit in limits.items()})
        rows = [limit.row(name, found[name]) for name, limit in limits.items() if found[name]]
        return Section(
            title="Peaks",
            head=("WHAT", "WORST FIVE MINUTES", "ALARM AT", ""),
            rows=rows,
            note="An alarm rings only where its limit is passed for longer (docs/operate.md, What rings).",
        )

    def _limits(self) -> Iterator[tuple[str, "_Limit"]]:
        settings, outputs = self.deployed.settings, self.deployed.outputs
        limits = settings.alarms
        yield from _limits_of(
            "database",
            database_alarms(
                limits,
                outputs["database"],
                instance_class=settings.database.instance_class,
                storage_gib=settings.database.allocated_storage_gib,
                connections=admitted_connections(settings.database.instance_class),
            ),
        )
        for node in range(1, settings.cache.nodes + 1):
            where = {"CacheClusterId": f"{outputs['cache']}-{node:03d}"}
            for what, name, most in (
                ("cpu", "EngineCPUUtilization", limits.cpu_percent),
                ("memory", "DatabaseMemoryUsagePercentage", limits.memory_percent),
            ):
                metric = Metric(namespace="AWS/ElastiCache", name=name, statistic="Average", dimensions=where)
                yield f"cache node {node} {what}", _Limit(series=Series(metric=metric, period_seconds=_PERIOD), at=most)
        if settings.vector_store.has_opensearch:
            site = Site(
                name=self.deployed.name, account=settings.account, region=settings.region, lifecycle=settings.lifecycle
            )
            chosen = settings.vector_store.opensearch
            alarms = search_alarms(
                limits,
                domain_name(site),
                account=settings.account,
                storage_gib=chosen.storage_gib,
                dedicated_masters=chosen.dedicated_masters,
                snapshot_age=snapshot_age(site),
            )
            yield from _limits_of("vector store", alarms)
        for one in deployments(settings):
            alarms = service_alarms(
                limits, one.service, outputs["cluster"], outputs["services"][one.name], one.min_tasks
            )
            yield from _limits_of(one.name, alarms)

    def _balancer(self) -> tuple[dict[str, str], dict[str, str]]:
        """Dimensions of the load balancer and of the api's target group."""
        client, name = self.deployed.client("elbv2"), self.deployed.outputs["load_balancer"]
        balancers = every(client, "describe_load_balancers", "LoadBalancers")
        arn = next((one["LoadBalancerArn"] for one in balancers if one["DNSName"] == name), None)
        if arn is None:
            raise FailedError(f"{name}: there is no such load balancer; `pulumi up` makes it")
        services = self.deployed.client("ecs").describe_services(
            cluster=self.deployed.outputs["cluster"], services=[self.deployed.outputs["services"][API.name]]
        )["services"]
        groups = [one["targetGroupArn"] for service in services for one in service.get("loadBalancers", ())]
        # By the ends of their ARNs (Elastic Load Balancing, "CloudWatch metrics for your Application Load Balancer").
        api = {"TargetGroup": groups[0].rpartition(":")[2]} if groups else {}
        return {"LoadBalancer": arn.partition(":loadbalancer/")[2]}, api

    def _measured(self, wanted: Wanted) -> Mapping[str, Sequence[float]]:
        client = self.deployed.client("cloudwatch")

        def look() -> Mapping[str, Sequence[float]]:
            return measured(client, wanted, since=self.since, until=self.until)

        found = self.questions.ask("figures", "cloudwatch:GetMetricData", look)
        return dict.fromkeys(wanted, ()) if found is None else found


def _of_balancer(name: str, statistic: str, where: Mapping[str, str], period_seconds: int) -> Series:
    metric = Metric(namespace=_BALANCER, name=name, statistic=statistic, dimensions=where)
    return Series(metric=metric, period_seconds=period_seconds)


def _business(name: str, statistic: str, where: Mapping[str, str], period_seconds: int) -> Series:
    metric = Metric(namespace=NAMESPACE, name=name, statistic=statistic, dimensions=where)
    return Series(metric=metric, period_seconds=period_seconds)


def _limits_of(part: str, alarms: Iterable[Alarm]) -> Iterator[tuple[str, _Limit]]:
    """Those alarms of `part` that are about a resource running out."""
    for alarm in alarms:
        if alarm.name not in _LIMITS or not isinstance(alarm.threshold, int | float):
            continue
        series = (
            Series(metric=next(iter(alarm.metrics.values())), period_seconds=_PERIOD)
            if alarm.expression is None
            else Computed(metrics=alarm.metrics, expression=alarm.expression, period_seconds=_PERIOD)
        )
        left = " left" if alarm.below else ""
        yield f"{part} {alarm.name}{left}", _Limit(series=series, at=alarm.threshold, below=alarm.below)


def _hourly(values: Sequence[float]) -> str:
    return f"{amount(max(values))} in an hour"
