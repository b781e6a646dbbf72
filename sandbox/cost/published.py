"""How many metrics the stack's functions publish, at most: CloudWatch bills each name with each set of values."""

import json
from collections.abc import Callable, Iterable, Mapping
from math import prod
from typing import Any, cast

from functions.business_metrics.published import PUBLISHED as BUSINESS
from functions.business_metrics.published import REASONS
from functions.probe.published import PUBLISHED as PROBE


def published(function: Mapping[str, Any]) -> int:
    """Metrics of one function, known by the variable that says what it does."""
    variables = cast("Mapping[str, str]", function.get("environment", {}).get("variables", {}))
    return sum(count(json.loads(variables[name])) for name, count in _PUBLISHING.items() if name in variables)


def published_at_most(sets: Mapping[str, Iterable[Iterable[str]]], values: Mapping[str, int]) -> int:
    """Metrics that are published at one time: for each name and set of dimensions, one for every combination of their
    `values`. Raises KeyError for a dimension whose number of values nobody bounds."""
    return sum(prod(values[dimension] for dimension in chosen) for each in sets.values() for chosen in each)


def _of_queues(settings: Mapping[str, Any]) -> int:
    """QueueLength of each queue, Backlog of each group, and Reachable."""
    groups = cast("Mapping[str, list[str]]", settings["groups"])
    return len(set[str]().union(*groups.values())) + len(groups) + 1


def _of_business(settings: Mapping[str, Any]) -> int:
    """The most used apps and models, and all others together."""
    values = {"App": settings["apps"] + 1, "Model": settings["models"] + 1, "Currency": len(settings["currencies"])}
    return published_at_most(BUSINESS, {"Stack": 1, "Reason": len(REASONS), **values})


def _of_probe(settings: Mapping[str, Any]) -> int:
    steps = len(settings["checks"]) + (settings["stream"] is not None)
    return published_at_most(PROBE, {"Stack": 1, "Step": steps})


_PUBLISHING: Mapping[str, Callable[[Mapping[str, Any]], int]] = {
    "QUEUE_DEPTH": _of_queues,
    "BUSINESS_METRICS": _of_business,
    "PROBE": _of_probe,
}
