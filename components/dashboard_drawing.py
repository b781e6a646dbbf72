"""Draws the dashboards for the documentation: `python -m components.dashboard_drawing` writes
docs/generated/dashboard-<page>.svg for the stack prod.

The layout, titles, units and curves' names are the dashboards' own. The curves are invented, and say so.
"""

import math
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from components.application_errors import log_filters, sources
from components.dashboard_pages.page import COLUMNS, AlarmStates, Graph, Page, Placed, Text, placed
from components.dashboard_pages.shown import Shown
from components.dashboards import pages
from components.site import LogPolicy, Site
from dify.capacity import admitted_connections
from dify.services import WORKER
from settings import Settings
from settings.plan import deployments
from settings.stack_file import parse_file

FOLDER = Path(__file__).parents[1] / "docs" / "generated"

_COLUMN, _LINE, _GAP, _TOP = 52, 34, 4, 28
"""Pixels: a column and a line of the grid, between widgets, and for the words over all of them."""

_POINTS = 60
_COLOURS = (
    "#1f77b4",
    "#ff7f0e",
    "#2ca02c",
    "#d62728",
    "#9467bd",
    "#8c564b",
    "#e377c2",
    "#7f7f7f",
    "#bcbd22",
    "#17becf",
)
_NOTE = "Illustration: the layout is the dashboard's, all curves are invented."


class _Box(NamedTuple):
    """Where something is drawn, in pixels."""

    left: int
    top: int
    right: int
    bottom: int


def drawing(page: Page) -> str:
    """The page as SVG."""
    spots = list(placed(page))
    width, height = COLUMNS * _COLUMN, _TOP + max(spot.y + spot.height for spot in spots) * _LINE
    parts = [part for spot in spots for part in _widget(spot)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
            f"<title>Dashboard {escape(page.name)}</title>",
            f'<rect width="{width}" height="{height}" fill="#f2f3f3"/>',
            _text(8, 19, _NOTE, size=13, colour="#b00020"),
            *parts,
            "</svg>\n",
        ]
    )


def example(settings: Settings, site: Site) -> Shown:
    """The stack of `settings` with names as AWS gives them."""
    planned = deployments(settings)
    facing = [one.name for one in planned if one.service.health is not None]
    logs = LogPolicy(path=f"/{site.name}", retention_days=settings.logs.retention_days, key_arn="key")
    filters = log_filters(sources(logs, planned, f"{site.name}-database"))
    return Shown(
        stack=site.name,
        account=site.account,
        zones=settings.network.zones,
        load_balancer="app/load-balancer/0123456789abcdef",
        target_groups={service: f"targetgroup/{service}/0123456789abcdef" for service in facing},
        cluster=site.name,
        services=[one.name for one in planned],
        workers=[one.name for one in planned if one.service.kind == WORKER.kind],
        log_groups=[f"/{site.name}/{one.name}" for one in planned],
        database=f"{site.name}-database",
        connections=admitted_connections(settings.database.instance_class),
        cache_nodes=[f"cache-{node:03d}" for node in range(1, settings.cache.nodes + 1)],
        search=site.name if settings.vector_store.has_opensearch else None,
        errors={service: one.metric(site) for service, one in filters.errors.items()},
        deadlocks=filters.deadlocks.metric(site),
        pagers={part: f"{part}-pager" for part in ("edge", "services", "database", "cache", "queues", "backup")},
        currencies=["USD"],
    )


def drawings() -> dict[str, str]:
    """File name -> contents, for the stack file of prod."""
    settings = parse_file(Path(__file__).parents[1] / "Pulumi.prod.yaml", "prod")
    site = Site(name="dify-prod", account=settings.account, region=settings.region, lifecycle=settings.lifecycle)
    found = pages(example(settings, site), "docs/runbooks")
    return {f"dashboard-{page.name}.svg": drawing(page) for page in found}


def _widget(spot: Placed) -> Iterator[str]:
    left, top = spot.x * _COLUMN + _GAP, _TOP + spot.y * _LINE + _GAP
    box = _Box(left, top, left + spot.width * _COLUMN - 2 * _GAP, top + spot.height * _LINE - 2 * _GAP)
    match spot.widget:
        case Text(markdown=markdown) if markdown.startswith("## "):
            yield _text(left, top + 20, markdown.removeprefix("## "), size=17)
        case Text(markdown=markdown):
            yield _frame(box)
            yield from (_text(left + 8, top + 22 + 18 * at, line) for at, line in enumerate(markdown.split("\n")))
        case AlarmStates(title=title, alarms=alarms):
            yield _frame(box)
            yield _text(left + 8, top + 20, title, size=14)
            for at, alarm in enumerate(alarms):
                x, y = left + 8 + at % 4 * 145, top + 34 + at // 4 * 34
                yield f'<rect x="{x}" y="{y}" width="138" height="28" rx="3" fill="#1d8102"/>'
                yield _text(x + 8, y + 18, str(alarm), colour="#ffffff")
        case Graph() as graph:
            yield _frame(box)
            yield from _graph(graph, box)


def _graph(graph: Graph, box: _Box) -> Iterator[str]:
    yield _text(box.left + 8, box.top + 20, graph.title, size=14)
    yield _text(box.left + 8, box.top + 36, graph.unit, size=11, colour="#687078")
    plot = _Box(box.left + 12, box.top + 50, box.right - 12, box.bottom - 30)
    yield f'<line x1="{plot.left}" y1="{plot.bottom}" x2="{plot.right}" y2="{plot.bottom}" stroke="#aab7b8"/>'
    below = [0.0] * (_POINTS + 1)
    for at, series in enumerate(graph.series):
        values = _values(graph, series.label)
        if graph.stacked:
            values = below = [low + value / len(graph.series) for low, value in zip(below, values, strict=True)]
        yield _curve(values, plot, _COLOURS[at % len(_COLOURS)])
    for limit in graph.limits:
        ends = f'x1="{plot.left}" y1="{plot.top}" x2="{plot.right}" y2="{plot.top}"'
        yield f'<line {ends} stroke="#d13212" stroke-dasharray="4 3"/>'
        yield _text(plot.left, plot.top - 3, f"{limit.label}: {limit.value:g}", size=10, colour="#d13212")
    yield from _legend([series.label for series in graph.series], plot.left, plot.right, box.bottom - 10)


def _values(graph: Graph, label: str) -> list[float]:
    """Shares of the graph's height, the same each time for the same curve. What counts tasks stands still, and what is
    yes or no is no."""
    seed = crc32(f"{graph.title}/{label}".encode())
    level, phase = 0.25 + seed % 50 / 100, seed % 7
    match graph.unit:
        case "1 is yes":
            return [0.0] * (_POINTS + 1)
        case "tasks":
            return [level] * (_POINTS + 1)
        case _:
            return [
                level + 0.12 * math.sin(at / 6 + phase) + 0.04 * math.sin(at * (1 + phase)) for at in range(_POINTS + 1)
            ]


def _curve(values: Sequence[float], plot: _Box, colour: str) -> str:
    width, height = plot.right - plot.left, plot.bottom - plot.top
    points = " ".join(
        f"{plot.left + width * at / _POINTS:.0f},{plot.bottom - height * value * 0.95:.0f}"
        for at, value in enumerate(values)
    )
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _legend(labels: Sequence[str], left: int, right: int, y: int) -> Iterator[str]:
    """As many as there is room for."""
    at = left
    for number, label in enumerate(labels):
        if at + 12 + 6 * len(label) > right:
            yield _text(at, y, "...", size=10)
            return
        yield f'<rect x="{at}" y="{y - 8}" width="8" height="8" fill="{_COLOURS[number % len(_COLOURS)]}"/>'
        yield _text(at + 11, y, label, size=10)
        at += 22 + 6 * len(label)


def _frame(box: _Box) -> str:
    size = f'width="{box.right - box.left}" height="{box.bottom - box.top}"'
    return f'<rect x="{box.left}" y="{box.top}" {size} fill="#ffffff" stroke="#d5dbdb"/>'


def _text(x: int, y: int, words: str, *, size: int = 12, colour: str = "#16191f") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}">{escape(words)}</text>'


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file, contents in drawings().items():
        (FOLDER / file).write_text(contents, encoding="utf-8")
