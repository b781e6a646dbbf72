"""What AWS measures, as its guides say: metrics, the dimensions that each is kept under, how often it is sent.

CloudWatch takes an alarm on any name. One on a metric that nobody sends never rings, and nobody notices.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .values import items, mapping, number

FOLDER = Path(__file__).resolve().parent.parent / "cloudwatch"

PLAIN = frozenset({"Average", "Minimum", "Maximum", "Sum"})
PERCENTILE = "percentile"

_OF_GROUP = {"source", "namespace", "dimensions", "every", "statistics", "bounds", "metrics"}
_OF_METRIC = {"unit", "dimensions", "every", "statistics", "bounds"}


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A metric under certain sets of `dimensions`. CloudWatch gets a value of it `every` so many seconds, from `least`
    to `most`, None where there is no end; `statistics` are those that mean something, `percentile` all percentiles.
    `source` is the guide that says so."""

    namespace: str
    name: str
    dimensions: frozenset[frozenset[str]]
    unit: str
    statistics: frozenset[str]
    every: int
    least: float | None
    most: float | None
    source: str


class Catalogue:
    """Measures by namespace and name. One name may stand for several, told apart by their dimensions."""

    def __init__(self, measures: list[Measure]) -> None:
        self._by_name: dict[tuple[str, str], list[Measure]] = {}
        for measure in measures:
            self._by_name.setdefault((measure.namespace, measure.name), []).append(measure)
        self.namespaces = frozenset(measure.namespace for measure in measures)

    def named(self, namespace: str, name: str) -> list[Measure]:
        """All measures of that name."""
        return self._by_name.get((namespace, name), [])

    def find(self, namespace: str, name: str, dimensions: frozenset[str]) -> Measure | None:
        """The one that is kept under exactly these dimensions."""
        return next((one for one in self.named(namespace, name) if dimensions in one.dimensions), None)


def parse(text: str) -> list[Measure]:
    """The measures in the text of one file. Raises ValueError on any other shape: a slip would let alarms pass."""
    groups: Any = yaml.safe_load(text)
    if not items(groups):
        raise ValueError("a list of groups of metrics is expected")
    return [measure for group in items(groups) for measure in _group(mapping(group))]


def _group(group: dict[str, Any]) -> Iterator[Measure]:
    if set(group) != _OF_GROUP:
        raise ValueError(f"a group has exactly {sorted(_OF_GROUP)}, got {sorted(group)}")
    for name, own in mapping(group["metrics"]).items():
        unknown = set(mapping(own)) - _OF_METRIC
        if unknown or "unit" not in mapping(own):
            raise ValueError(f"{name}: has a unit and otherwise only {sorted(_OF_METRIC)}")
        yield _measure(str(name), {**group, **mapping(own)})


def _measure(name: str, given: dict[str, Any]) -> Measure:
    statistics = frozenset(items(given["statistics"]))
    least, most = given["bounds"]
    if not statistics or statistics - PLAIN - {PERCENTILE}:
        raise ValueError(f"{name}: statistics are some of {sorted(PLAIN)} and {PERCENTILE}")
    if not items(given["dimensions"]) or number(given["every"]) < 1 or not str(given["source"]).strip():
        raise ValueError(f"{name}: has sets of dimensions, seconds between two values, and a source")
    return Measure(
        namespace=given["namespace"],
        name=name,
        dimensions=frozenset(frozenset(items(one)) for one in items(given["dimensions"])),
        unit=given["unit"],
        statistics=statistics,
        every=given["every"],
        least=least,
        most=most,
        source=given["source"],
    )


AWS = Catalogue([measure for file in sorted(FOLDER.glob("*.yaml")) for measure in parse(file.read_text("utf-8"))])
"""All that policies/cloudwatch knows."""
