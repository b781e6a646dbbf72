"""Which alarms watch a resource, by what they depend on or by its name in their dimensions."""

from collections.abc import Iterator
from typing import Any

from .graph import Graph
from .resource import Resource
from .values import UNKNOWN, UndecidedError, items, mapping

WATCHING = ("dimensions", "metricQueries")
"""Properties of an alarm that say what it is about."""

NAMED_BY = ("identifier", "replicationGroupId", "domainName", "name")
"""Properties by which the dimensions of a metric name a resource."""


def watches(alarm: Resource, resource: Resource, graph: Graph) -> bool:
    """Whether `alarm` is about `resource`."""
    if any(linked.urn == resource.urn for name in WATCHING for linked in graph.linked(alarm, name, resource.type)):
        return True
    # An alarm may also name it in so many words, when the program chose its identifier.
    names = {resource.props.get(name) for name in NAMED_BY} - {None, UNKNOWN, ""}
    return any(_mentions(alarm.props.get(name), names) for name in WATCHING)


def metrics(alarm: Resource) -> Iterator[dict[str, Any]]:
    """All that it looks at, each with `namespace`, `metricName` and `stat`. Raises UndecidedError where unknown."""
    if alarm.has("metricName"):
        given = {name: alarm.get(name) for name in ("namespace", "metricName")}
        yield {**given, "stat": alarm.get("statistic") or alarm.get("extendedStatistic")}
    for query in alarm.entries("metricQueries"):
        if query is UNKNOWN:
            raise UndecidedError(("metricQueries",))
        if metric := mapping(mapping(query).get("metric")):
            yield metric


def _mentions(value: Any, names: set[Any]) -> bool:
    if isinstance(value, dict):
        return any(_mentions(entry, names) for entry in mapping(value).values())
    return any(_mentions(entry, names) for entry in items(value)) if isinstance(value, list) else value in names
