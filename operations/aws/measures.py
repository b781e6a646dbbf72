"""Figures of CloudWatch, as GetMetricData gives them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from components.metric import Metric

_AT_ONCE = 100
"""Series of one GetMetricData, which takes 500 queries: a series has up to three metrics and an expression (Amazon
CloudWatch API Reference)."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """A metric in periods of `period_seconds`."""

    metric: Metric
    period_seconds: int


@dataclass(frozen=True, kw_only=True)
class Computed:
    """An `expression` over the ids of `metrics`, in periods of `period_seconds`."""

    metrics: Mapping[str, Metric]
    expression: str
    period_seconds: int


Wanted = Mapping[str, Series | Computed]


def measured(client: Any, wanted: Wanted, *, since: datetime, until: datetime) -> dict[str, Sequence[float]]:
    """The values of each of `wanted`, oldest first; empty where nothing was measured. `client` is CloudWatch's, and the
    caller needs `cloudwatch:GetMetricData`."""
    names = list(wanted)
    found: dict[str, list[float]] = {name: [] for name in names}
    for at in range(0, len(names), _AT_ONCE):
        some = names[at : at + _AT_ONCE]
        queries = [query for number, name in enumerate(some) for query in _queries(f"s{number}", wanted[name])]
        pages = client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=since, EndTime=until, ScanBy="TimestampAscending"
        )
        for page in pages:
            for result in cast("list[Mapping[str, Any]]", page["MetricDataResults"]):
                found[some[int(result["Id"][1:])]] += result["Values"]
    return dict(found)


def last(client: Any, wanted: Wanted, *, now: datetime, within: timedelta) -> dict[str, float | None]:
    """The newest value of each of `wanted`, not older than `within`."""
    values = measured(client, wanted, since=now - within, until=now)
    return {name: series[-1] if series else None for name, series in values.items()}


def _queries(name: str, series: Series | Computed) -> Iterator[dict[str, Any]]:
    """What is returned has the id `name`; ids of an expression's metrics are made its own."""
    if isinstance(series, Series):
        yield {"Id": name, "MetricStat": _statistic(series.metric, series.period_seconds), "ReturnData": True}
        return
    for identifier, metric in series.metrics.items():
        statistic = _statistic(metric, series.period_seconds)
        yield {"Id": f"{identifier}_{name}", "MetricStat": statistic, "ReturnData": False}
    ids = "|".join(map(re.escape, series.metrics))
    expression = re.sub(rf"\b({ids})\b", rf"\g<1>_{name}", series.expression)
    yield {"Id": name, "Expression": expression, "ReturnData": True}


def _statistic(metric: Metric, period_seconds: int) -> dict[str, Any]:
    return {
        "Metric": {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions.items()],
        },
        "Period": period_seconds,
        "Stat": metric.statistic,
    }
