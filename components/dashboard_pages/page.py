"""What a page of graphs is made of, and where on it everything stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.metric import Metric

COLUMNS = 24
"""A dashboard's grid is so many units wide (CloudWatch API reference, "Dashboard Body Structure and Syntax")."""

_HEADING_HEIGHT = 1


@dataclass(frozen=True, kw_only=True)
class Series:
    """A curve: one metric, or the `expression` in which each `{id}` stands for a metric."""

    label: str
    metrics: Mapping[str, Metric]
    expression: str | None = None


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A line across a graph: what must not be crossed, in the graph's unit."""

    label: str
    value: float


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Curves of one `unit` over time. `region` is None for the stack's own."""

    title: str
    unit: str
    series: Sequence[Series]
    limits: Sequence[Limit] = ()
    stacked: bool = False
    period_seconds: int = 60
    region: str | None = None


@dataclass(frozen=True, kw_only=True)
class Text:
    """Markdown."""

    markdown: str


@dataclass(frozen=True, kw_only=True)
class AlarmStates:
    """Whether each of the alarms, by ARN, rings now."""

    title: str
    alarms: Sequence[pulumi.Input[str]]


Widget = Graph | Text | AlarmStates


@dataclass(frozen=True, kw_only=True)
class Row:
    """Widgets of the same size beside each other, under a `heading`."""

    heading: str
    widgets: Sequence[Widget]
    height: int = 6


@dataclass(frozen=True, kw_only=True)
class Page:
    """One dashboard. `name` tells it from others of the stack."""

    name: str
    rows: Sequence[Row]


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A widget with its place on the grid."""

    widget: Widget
    x: int
    y: int
    width: int
    height: int


def one(label: str, metric: Metric) -> Series:
    """The curve of a metric as it is."""
    return Series(label=label, metrics={"value": metric})


def placed(page: Page) -> Iterator[Placed]:
    """Every widget, row by row, with each heading over its row."""
    y = 0
    for row in page.rows:
        heading = Text(markdown=f"## {row.heading}")
        yield Placed(widget=heading, x=0, y=y, width=COLUMNS, height=_HEADING_HEIGHT)
        y += _HEADING_HEIGHT
        width = COLUMNS // len(row.widgets)
        for at, widget in enumerate(row.widgets):
            yield Placed(widget=widget, x=at * width, y=y, width=width, height=row.height)
        y += row.height
