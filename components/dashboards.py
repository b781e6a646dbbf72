"""CloudWatch dashboards: the pages of components/dashboard_pages as CloudWatch draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from components.component import Component
from components.dashboard_pages.business import business_page
from components.dashboard_pages.cost import cost_page
from components.dashboard_pages.operations import operations_page
from components.dashboard_pages.page import AlarmStates, Graph, Page, Placed, Series, Text, placed
from components.dashboard_pages.shown import Shown
from components.site import Site


@dataclass(frozen=True, kw_only=True)
class DashboardsArgs:
    """`runbooks` is the address of the folder docs/runbooks."""

    site: Site
    shown: Shown
    runbooks: str


class Dashboards(Component):
    """Up to three pages: operations, business and cost.

    The first three of an account are free with up to 50 metrics each, others cost three dollars a month (Amazon
    CloudWatch pricing).
    """

    type_token = "dify:observability:Dashboards"  # noqa: S105

    names: list[pulumi.Output[str]]

    def __init__(self, name: str, args: DashboardsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.names = [
            cloudwatch.Dashboard(
                f"{name}-{page.name}",
                dashboard_name=f"{args.site.name}-{page.name}",
                dashboard_body=pulumi.Output.json_dumps(body(page, args.site.region)),
                opts=self.child(),
            ).dashboard_name
            for page in pages(args.shown, args.runbooks)
        ]
        self.done()


def pages(shown: Shown, runbooks: str) -> list[Page]:
    """All of a stack's; none of use where that is not counted."""
    use = [business_page(shown)] if shown.currencies else []
    return [operations_page(shown, runbooks), *use, cost_page(shown)]


def body(page: Page, region: str) -> dict[str, Any]:
    """A dashboard's body before it is JSON (CloudWatch API reference, "Dashboard Body Structure and Syntax")."""
    return {"widgets": [_widget(one, region) for one in placed(page)]}


def _widget(spot: Placed, region: str) -> dict[str, Any]:
    place = {"x": spot.x, "y": spot.y, "width": spot.width, "height": spot.height}
    match spot.widget:
        case Text(markdown=markdown):
            return {"type": "text", **place, "properties": {"markdown": markdown}}
        case AlarmStates(title=title, alarms=alarms):
            return {"type": "alarm", **place, "properties": {"title": title, "alarms": list(alarms)}}
        case Graph() as graph:
            return {"type": "metric", **place, "properties": _properties(graph, region)}


def _properties(graph: Graph, region: str) -> dict[str, Any]:
    limits = [{"label": limit.label, "value": limit.value} for limit in graph.limits]
    return {
        "title": graph.title,
        "region": graph.region or region,
        "view": "timeSeries",
        "stacked": graph.stacked,
        "period": graph.period_seconds,
        "metrics": [entry for at, series in enumerate(graph.series) for entry in _entries(at, series)],
        "yAxis": {"left": {"label": graph.unit, "showUnits": False, "min": 0}},
        **({"annotations": {"horizontal": limits}} if limits else {}),
    }


def _entries(at: int, series: Series) -> Sequence[list[Any]]:
    """The metrics of a series, hidden where an expression stands for them; names are unique in the widget."""
    names = {name: f"m{at}_{name}" for name in series.metrics}
    entries: list[list[Any]] = []
    for name, metric in series.metrics.items():
        dimensions = [part for dimension in metric.dimensions.items() for part in dimension]
        shown: dict[str, Any] = {"id": names[name], "stat": metric.statistic}
        shown |= {"label": series.label} if series.expression is None else {"visible": False}
        entries.append([metric.namespace, metric.name, *dimensions, shown])
    if series.expression is not None:
        entries.append([{"expression": series.expression.format(**names), "label": series.label, "id": f"e{at}"}])
    return entries
