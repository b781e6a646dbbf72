"""What CloudWatch bills for watching a stack in a month, before anybody looks at anything."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

_ANOMALY_BOUNDS = 2
"""An alarm on what is unusual is billed for the upper and the lower bound beside its metrics (Amazon CloudWatch
pricing, "Alarms")."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars a month for one `unit`."""

    unit: str
    dollars: float


METRIC = Price(unit="metric of our own", dollars=0.30)
ALARM = Price(unit="metric in an alarm", dollars=0.10)
COMPOSITE = Price(unit="composite alarm", dollars=0.50)
DASHBOARD = Price(unit="dashboard", dollars=3.00)
WRITTEN = Price(unit="GB written to logs", dollars=0.50)
"""List prices of us-east-1 in the first tier, without the free one (Amazon CloudWatch pricing, February 2026). Most
other regions cost 10 to 25 % more."""


@dataclass(frozen=True, kw_only=True)
class Watching:
    """What there is to bill. `metrics` are those that the stack publishes, log filters included; `alarms` has the
    number of metrics of each alarm and whether it compares with what is usual. Not counted: Container Insights, which
    bills each metric of each task, and questions to logs."""

    metrics: int
    alarms: tuple[tuple[int, bool], ...]
    composites: int
    dashboards: int
    log_gb: float


@dataclass(frozen=True, kw_only=True)
class Line:
    """`amount` units at their price."""

    price: Price
    amount: float

    @property
    def dollars(self) -> float:
        return self.amount * self.price.dollars


def bill(watching: Watching) -> list[Line]:
    """A line for each kind of thing."""
    compared = sum(metrics + (_ANOMALY_BOUNDS if unusual else 0) for metrics, unusual in watching.alarms)
    return [
        Line(price=METRIC, amount=watching.metrics),
        Line(price=ALARM, amount=compared),
        Line(price=COMPOSITE, amount=watching.composites),
        Line(price=DASHBOARD, amount=watching.dashboards),
        Line(price=WRITTEN, amount=watching.log_gb),
    ]


def published_at_most(sets: Mapping[str, Iterable[Iterable[str]]], values: Mapping[str, int]) -> int:
    """Metrics that are published at one time: for each name and set of dimensions, one for every combination of their
    `values`. Raises KeyError for a dimension whose number of values nobody bounds."""
    return sum(prod(values[dimension] for dimension in chosen) for each in sets.values() for chosen in each)
