"""Which alarms watch a resource, by what they depend on or by its name in their dimensions."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from .graph import Graph, once_per_graph
from .resource import Resource
from .tokens import ALARM
from .values import UNKNOWN, UndecidedError, items, mapping

WATCHING = ("dimensions", "metricQueries")
"""Properties of an alarm that say what it is about."""

NAMED_BY = ("identifier", "replicationGroupId", "domainName", "name")
"""Properties by which the dimensions of a metric name a resource."""

Metrics = list[dict[str, Any]]
"""All that one alarm looks at."""


class Watched:
    """The alarms of a stack by what they are about, read once for all resources that a rule judges."""

    def __init__(self, graph: Graph) -> None:
        self._by_link: dict[str, dict[str, Metrics]] = defaultdict(dict)
        self._by_name: dict[str, dict[str, Metrics]] = defaultdict(dict)
        for alarm in graph.of(ALARM):
            found = list(metrics(alarm))
            for name in WATCHING:
                for linked in graph.linked(alarm, name):
                    self._by_link[linked.urn][alarm.urn] = found
                for text in _texts(alarm.props.get(name)):
                    self._by_name[text][alarm.urn] = found

    def by(self, resource: Resource) -> list[Metrics]:
        """What each alarm about `resource` looks at."""
        found = dict(self._by_link.get(resource.urn, {}))
        # An alarm may also name it in so many words, when the program chose its identifier.
        for name in NAMED_BY:
            given = resource.props.get(name)
            if isinstance(given, str) and given:
                found.update(self._by_name.get(given, {}))
        return list(found.values())


@once_per_graph
def watched(graph: Graph) -> Watched:
    """The alarms of `graph`. Raises UndecidedError where one cannot be read: it may be about anything."""
    return Watched(graph)


def metrics(alarm: Resource) -> Iterator[dict[str, Any]]:
    """All that it looks at, each with `namespace`, `metricName`, `stat`, `period` and `dimensions`. Raises
    UndecidedError where unknown."""
    if alarm.has("metricName"):
        given = {name: alarm.get(name) for name in ("namespace", "metricName", "period", "dimensions")}
        yield {**given, "stat": alarm.get("statistic") or alarm.get("extendedStatistic")}
    for query in alarm.entries("metricQueries"):
        if query is UNKNOWN or mapping(query).get("metric") is UNKNOWN:
            raise UndecidedError(("metricQueries",))
        if metric := mapping(mapping(query).get("metric")):
            yield metric


def _texts(value: Any) -> Iterator[str]:
    """Every text anywhere in `value`."""
    if isinstance(value, str):
        yield value
    for entry in [*mapping(value).values(), *items(value)]:
        yield from _texts(entry)
