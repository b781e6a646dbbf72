"""How fast an error budget may burn before somebody acts.

Windows, rates and their severities: The Site Reliability Workbook (Google, 2018), chapter 5, "Alerting on SLOs",
table 5-8, with the pair of a day and two hours of its section "Multiwindow, Multi-Burn-Rate Alerts".
"""

from dataclasses import dataclass
from math import ceil

import pulumi

from components.burn_rates import BurnRate, Window
from components.metric import Metric
from settings.objectives import Objectives
from settings.severity import Severity

LEAST_BAD = 10
"""Bad answers in the long window under which nothing rings: with little traffic, one of them is a high share."""

_HOUR, _DAY = 3600, 86_400
"""An alarm's longest period is a day, and its periods together a week at most (Amazon CloudWatch API, "PutMetricAlarm":
Period)."""

_NAMESPACE = "AWS/ApplicationELB"


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """`rate` is how many times faster than the objective allows the budget burns, over `periods` of `long_seconds`
    and over `short_seconds`."""

    name: str
    rate: float
    severity: Severity
    long_seconds: int
    short_seconds: int
    periods: int = 1


_PAIRS = (
    _Pair(name="hour", rate=14.4, severity=Severity.PAGE, long_seconds=_HOUR, short_seconds=300),
    _Pair(name="six-hours", rate=6, severity=Severity.PAGE, long_seconds=6 * _HOUR, short_seconds=1800),
    _Pair(name="day", rate=3, severity=Severity.TICKET, long_seconds=_DAY, short_seconds=2 * _HOUR),
    # Three days are longer than a period can be: each of them has to be over the rate.
    _Pair(name="three-days", rate=1, severity=Severity.TICKET, long_seconds=_DAY, short_seconds=6 * _HOUR, periods=3),
)


def objective_burn_rates(
    objectives: Objectives, load_balancer: pulumi.Input[str], api_target_group: pulumi.Input[str]
) -> list[BurnRate]:
    """The burn rates of both objectives. Arguments are the suffixes of ARNs by which CloudWatch knows a load balancer
    and a target group.

    Availability is that of all requests. Latency is the api's: pages come from a cache or a build, and a socket that
    waits for news is not slow.
    """
    api = {"LoadBalancer": load_balancer, "TargetGroup": api_target_group}
    return [
        *(_availability(objectives, pair, {"LoadBalancer": load_balancer}) for pair in _PAIRS),
        *(_latency(objectives, pair, api) for pair in _PAIRS),
    ]


def _availability(objectives: Objectives, pair: _Pair, where: dict[str, pulumi.Input[str]]) -> BurnRate:
    metrics = {
        "requests": _metric("RequestCount", "Sum", where),
        "target": _metric("HTTPCode_Target_5XX_Count", "Sum", where),
        "balancer": _metric("HTTPCode_ELB_5XX_Count", "Sum", where),
    }
    threshold = round(pair.rate * (100 - objectives.availability_percent), 4)
    bad = "(FILL(target, 0) + FILL(balancer, 0))"

    def window(period_seconds: int, least: int, periods: int = 1) -> Window:
        # The load balancer does not count a request for which it had no target, only the error.
        share = f"100 * {bad} / MAX([FILL(requests, 0), {bad}])"
        return Window(
            period_seconds=period_seconds,
            periods=periods,
            metrics=metrics,
            expression=f"IF({bad} >= {least}, {share}, 0)",
            threshold=threshold,
        )

    return BurnRate(
        name=f"availability-{pair.name}",
        why=f"Server errors are more than {threshold:g} % of requests: {_budget(objectives, pair)}",
        runbook=f"probe#availability-burns-{_speed(pair)}",
        severity=pair.severity,
        long=window(pair.long_seconds, LEAST_BAD, pair.periods),
        short=window(pair.short_seconds, 1),
    )


def _latency(objectives: Objectives, pair: _Pair, where: dict[str, pulumi.Input[str]]) -> BurnRate:
    """More than so many per cent are slow where the percentile that leaves as many above it is slow."""
    slow = round(pair.rate * (100 - objectives.latency_percent), 2)
    metrics = {
        "requests": _metric("RequestCount", "Sum", where),
        "response": _metric("TargetResponseTime", f"p{100 - slow:g}", where),
    }

    def window(period_seconds: int, least: int, periods: int = 1) -> Window:
        return Window(
            period_seconds=period_seconds,
            periods=periods,
            metrics=metrics,
            expression=f"IF(FILL(requests, 0) >= {least}, response, 0)",
            threshold=objectives.latency_seconds,
        )

    return BurnRate(
        name=f"latency-{pair.name}",
        why=f"More than {slow:g} % of the api's answers begin after {objectives.latency_seconds} s: "
        f"{_budget(objectives, pair)}",
        runbook=f"probe#latency-burns-{_speed(pair)}",
        severity=pair.severity,
        long=window(pair.long_seconds, ceil(LEAST_BAD * 100 / slow), pair.periods),
        short=window(pair.short_seconds, 1),
    )


def _metric(name: str, statistic: str, where: dict[str, pulumi.Input[str]]) -> Metric:
    return Metric(namespace=_NAMESPACE, name=name, statistic=statistic, dimensions=where)


def _budget(objectives: Objectives, pair: _Pair) -> str:
    return f"the budget of {objectives.days} days is gone in {objectives.days * 24 / pair.rate:.0f} hours"


def _speed(pair: _Pair) -> str:
    return "fast" if pair.severity is Severity.PAGE else "slowly"
