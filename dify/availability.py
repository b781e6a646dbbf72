"""How available a stack can be by what AWS promises of its parts.

Hard dependencies multiply: a chat needs all of them (AWS Well-Architected, Reliability Pillar, "Availability", with
hard dependencies). Soft ones take a function away and not the chat. The figures are the monthly uptime percentages of
AWS's service level agreements, whose dates stand beside them: what AWS pays for, which is neither a forecast nor a
guarantee that Dify itself works. A part that nothing was promised of is named and not counted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

_BOTH_ZONES = 2


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What of a stack decides its availability. A `web_firewall` refuses what it cannot judge, `tasks` are the fewest
    of each service that every chat passes, `search_zones` is None for vectors in the database."""

    zone_hosted: bool
    delivered: bool
    web_firewall: bool
    internet: bool
    pooled: bool
    standby_database: bool
    cache_nodes: int
    search_zones: int | None
    tasks: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One dependency. `percent` is the promised share of a month, None where there is no promise."""

    name: str
    why: str
    percent: float | None
    source: str


@dataclass(frozen=True, kw_only=True)
class Availability:
    """`hard` is what every chat needs, `soft` what only some functions need."""

    hard: tuple[Part, ...]
    soft: tuple[Part, ...]

    @property
    def percent(self) -> float:
        """The product of the hard parts that something is promised of, in per cent of a month."""
        return 100 * prod(part.percent / 100 for part in self.hard if part.percent is not None)

    @property
    def minutes_a_month(self) -> float:
        """What that leaves without service in thirty days."""
        return (100 - self.percent) / 100 * 30 * 24 * 60

    def as_output(self) -> dict[str, Any]:
        """The figures as a stack output."""
        return {
            "percent": round(self.percent, 3),
            "downtime_minutes_a_month": round(self.minutes_a_month, 1),
            "hard": {part.name: part.percent for part in self.hard if part.percent is not None},
            "soft": {part.name: part.percent for part in self.soft if part.percent is not None},
            "not_counted": {part.name: part.why for part in (*self.hard, *self.soft) if part.percent is None},
        }


def availability_of(shape: Shape) -> Availability:
    """The parts of a stack of that shape."""
    return Availability(hard=tuple(_hard(shape)), soft=tuple(_soft(shape)))


def _hard(shape: Shape) -> Iterator[Part]:
    if shape.zone_hosted:
        yield Part(name="Route 53", why="finds the stack", percent=100, source="Amazon Route 53 SLA")
    if shape.delivered:
        yield Part(name="CloudFront", why="the way in", percent=99.9, source="Amazon CloudFront SLA, 2022-05-05")
    if shape.web_firewall:
        # A load balancer that does not fail open refuses what it cannot ask AWS WAF about.
        yield Part(name="AWS WAF", why="judges every request", percent=99.95, source="AWS WAF SLA, 2022-05-05")
    yield Part(
        name="load balancer",
        why="passes every request on",
        percent=99.99,
        source="Elastic Load Balancing SLA, 2022-07-25, over several zones",
    )
    yield from _compute(shape)
    yield Part(
        name="database",
        why="keeps apps, users and conversations",
        percent=99.95 if shape.standby_database else 99.5,
        source="Amazon RDS SLA, 2024-01-22, Multi-AZ and single instance",
    )
    yield Part(
        name="cache",
        why="carries queues and every streamed event",
        percent=99.99 if shape.cache_nodes >= _BOTH_ZONES else 99.5,
        source="Amazon ElastiCache SLA, Multi-AZ and single zone (AWS Database Blog, 2023)",
    )
    if shape.pooled:
        yield _without("RDS Proxy", "stands before the database")
    if shape.internet:
        yield _without("NAT gateways", "the way to models on the internet")
    yield _without("models", "their providers promise for themselves")


def _compute(shape: Shape) -> Iterator[Part]:
    spread = [service for service, tasks in shape.tasks.items() if tasks >= _BOTH_ZONES]
    if spread:
        yield Part(
            name="Fargate",
            why=f"runs {', '.join(spread)}",
            percent=99.99,
            source="Amazon Compute SLA, 2022-05-05, region level: tasks in two or more zones at once",
        )
    for service in (service for service in shape.tasks if service not in spread):
        yield _without(service, "runs once: away while ECS starts it again, after a fault and at each deployment")


def _soft(shape: Shape) -> Iterator[Part]:
    yield Part(name="S3", why="files and plugin packages", percent=99.9, source="Amazon S3 SLA, 2023-11-28, Standard")
    if shape.search_zones is not None:
        yield Part(
            name="OpenSearch",
            why="knowledge",
            percent=99.9 if shape.search_zones >= _BOTH_ZONES else None,
            source="Amazon OpenSearch Service SLA without standby (AWS Big Data Blog, 2023)",
        )
    yield Part(
        name="KMS",
        why="starts of tasks, and files",
        percent=99.999,
        source="AWS Key Management Service SLA, 2022-11-29",
    )
    yield _without("Secrets Manager", "starts of tasks")


def _without(name: str, why: str) -> Part:
    return Part(name=name, why=why, percent=None, source="")
