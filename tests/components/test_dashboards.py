"""The dashboards: what they show, within what CloudWatch takes, and the drawings of them."""

import ast
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree as ET

import pulumi
import pytest

from components.business_metrics import NAMESPACE as BUSINESS
from components.dashboard_drawing import FOLDER, drawings, example
from components.dashboard_pages.page import COLUMNS
from components.dashboard_pages.shown import Shown
from components.dashboards import Dashboards, DashboardsArgs
from settings.plan import deployments
from tests.components.component_graphs import REGION, ROOT, settings, site
from tests.recorder import record

MOST_WIDGETS, MOST_METRICS_OF_WIDGET, MOST_METRICS = 500, 500, 2500
"""Of one dashboard (CloudWatch User Guide, "CloudWatch service quotas")."""

PAGES = ("operations", "business", "cost")

Widget = dict[str, Any]


def _stack() -> Shown:
    return example(settings(), site())


@cache
def _bodies() -> dict[str, list[Widget]]:
    """As the engine gets them, with a balancer that is known only later."""

    def build() -> None:
        later = replace(_stack(), load_balancer=pulumi.Output.from_input("app/later/1"), budget=4000)
        Dashboards("dashboards", DashboardsArgs(site=site(), shown=later, runbooks="https://example.com/runbooks"))

    made = record(build).of(":Dashboard")
    return {one.inputs["dashboardName"]: json.loads(one.inputs["dashboardBody"])["widgets"] for one in made}


def _metrics(widget: Widget) -> list[list[Any]]:
    return cast("list[list[Any]]", widget["properties"].get("metrics", []))


def _series(page: str) -> list[list[Any]]:
    return [entry for widget in _bodies()[f"dify-prod-{page}"] for entry in _metrics(widget)]


def test_there_are_three_pages_named_after_their_stack() -> None:
    assert set(_bodies()) == {f"dify-prod-{page}" for page in PAGES}


def test_no_page_has_more_than_cloudwatch_takes() -> None:
    for widgets in _bodies().values():
        assert len(widgets) <= MOST_WIDGETS
        assert max(len(_metrics(widget)) for widget in widgets) <= MOST_METRICS_OF_WIDGET
        assert sum(len(_metrics(widget)) for widget in widgets) <= MOST_METRICS


def test_widgets_fill_the_grid_without_covering_each_other() -> None:
    for widgets in _bodies().values():
        taken: set[tuple[int, int]] = set()
        for one in widgets:
            assert one["x"] + one["width"] <= COLUMNS
            cells = {
                (x, y)
                for x in range(one["x"], one["x"] + one["width"])
                for y in range(one["y"], one["y"] + one["height"])
            }
            assert not cells & taken
            taken |= cells
        assert len(taken) == COLUMNS * (max(y for _, y in taken) + 1)


@pytest.mark.parametrize("page", PAGES)
def test_every_expression_reads_metrics_of_its_own_graph_that_are_hidden(page: str) -> None:
    for widget in _bodies()[f"dify-prod-{page}"]:
        entries = _metrics(widget)
        identifiers = [entry[-1]["id"] for entry in entries]
        assert len(set(identifiers)) == len(identifiers)
        hidden = {entry[-1]["id"] for entry in entries if entry[-1].get("visible") is False}
        read = {
            name for entry in entries if len(entry) == 1 for name in re.findall(r"\bm\d+_\w+", entry[0]["expression"])
        }
        assert read == hidden


def test_every_service_shows_its_load_its_tasks_and_where_known_its_errors() -> None:
    running = {one.name for one in deployments(settings())}
    shown = _series("operations")
    for name in ("CpuUtilized", "MemoryUtilized", "RunningTaskCount"):
        assert {entry[-2] for entry in shown if entry[:2] == ["ECS/ContainerInsights", name]} == running
    counted = {entry[1] for entry in shown if entry[0] == "Dify/Application"}
    assert counted == {
        *(f"dify-prod-{name}-errors" for name in ("api", "api-websocket", "worker", "beat", "plugin-daemon")),
        "dify-prod-deadlocks",
    }


def test_healthy_tasks_are_shown_for_every_zone() -> None:
    shown = [entry for entry in _series("operations") if entry[1:2] == ["HealthyHostCount"]]
    zones = {entry[entry.index("AvailabilityZone") + 1] for entry in shown}
    assert zones == set(settings().network.zones)
    assert len(shown) == len(zones) * len(_stack().target_groups)


def test_the_first_page_begins_with_the_runbooks_and_the_alarms_that_ring() -> None:
    _, words, states = _bodies()["dify-prod-operations"][:3]
    assert "(https://example.com/runbooks)" in words["properties"]["markdown"]
    assert (states["type"], len(states["properties"]["alarms"])) == ("alarm", len(_stack().pagers))


def test_a_stack_in_which_nothing_pages_has_no_empty_list_of_alarms() -> None:
    args = DashboardsArgs(site=site(), shown=replace(_stack(), pagers={}), runbooks="docs/runbooks")
    made = record(lambda: Dashboards("dashboards", args)).named("dashboards-operations")
    assert "alarm" not in {one["type"] for one in json.loads(made.inputs["dashboardBody"])["widgets"]}


def test_what_is_known_only_after_an_update_stands_in_the_body() -> None:
    balancers = {entry[entry.index("LoadBalancer") + 1] for entry in _series("operations") if "LoadBalancer" in entry}
    assert balancers == {"app/later/1"}


def test_a_stack_without_opensearch_shows_none() -> None:
    bare = replace(_stack(), search=None)
    args = DashboardsArgs(site=site(), shown=bare, runbooks="docs/runbooks")
    made = record(lambda: Dashboards("dashboards", args)).named("dashboards-operations")
    assert "AWS/ES" not in made.inputs["dashboardBody"]


def test_where_use_is_not_counted_no_page_asks_for_it() -> None:
    bare = replace(_stack(), currencies=())
    args = DashboardsArgs(site=site(), shown=bare, runbooks="docs/runbooks")
    made = record(lambda: Dashboards("dashboards", args)).of(":Dashboard")
    assert {one.name for one in made} == {"dashboards-operations", "dashboards-cost"}
    assert not any(BUSINESS in one.inputs["dashboardBody"] for one in made)


def _published() -> dict[str, set[tuple[str, ...]]]:
    """Names and dimensions that functions/business_metrics publishes, read without its Lambda's own imports."""
    tree = ast.parse((ROOT / "functions" / "business_metrics" / "published.py").read_text())
    scope: dict[str, Any] = {}
    exec(compile(tree, "published.py", "exec"), scope)  # noqa: S102  our own file
    return {name: set(sets) for name, sets in scope["PUBLISHED"].items()}


def test_the_business_page_shows_only_what_is_published() -> None:
    shown = [entry for page in ("business", "cost") for entry in _series(page) if entry[0] == BUSINESS]
    published = _published()
    assert shown
    for _, name, *dimensions, _ in shown:
        assert tuple(dimensions[::2]) in published[name], name


def test_the_bill_is_asked_where_aws_keeps_it_and_has_the_budget_as_its_line() -> None:
    bill = next(one for one in _bodies()["dify-prod-cost"] if _metrics(one) and _metrics(one)[0][0] == "AWS/Billing")
    assert bill["properties"]["region"] == "us-east-1"
    assert bill["properties"]["annotations"] == {"horizontal": [{"label": "the stack's budget", "value": 4000}]}
    others = {one["properties"]["region"] for one in _bodies()["dify-prod-cost"] if _metrics(one) and one is not bill}
    assert others == {REGION}


def test_the_kept_drawings_are_those_of_the_dashboards_as_they_are() -> None:
    kept = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("dashboard-*.svg")}
    assert kept == drawings(), "run: python -m components.dashboard_drawing"


def test_a_drawing_is_well_formed_shows_every_graph_and_says_that_its_curves_are_invented() -> None:
    for name, contents in drawings().items():
        page = Path(name).stem.removeprefix("dashboard-")
        words = {text.text for text in ET.fromstring(contents).iter() if text.tag.endswith("text")}  # noqa: S314
        titles = {one["properties"]["title"] for one in _bodies()[f"dify-prod-{page}"] if one["type"] == "metric"}
        assert titles <= words
        assert any("all curves are invented" in (word or "") for word in words)
