"""Alarms: how one rings, whom it tells, and which part is silent while another rings."""

import re
from typing import Any

import pytest

from components.alarms import Alarm, Alarms, AlarmsArgs, Band
from components.causes import Causes, CausesArgs
from components.metric import Metric
from settings.severity import Severity
from tests.components.component_graphs import program, site
from tests.components.program_variants import AGENTS, DELIVERED, POOLED, variant
from tests.recorder import Graph, Recorded, record

_TOPICS = {severity: f"topic-{severity.value}" for severity in Severity}
_RUNBOOKS = "https://git.example.com/runbooks"
_SERVICES = ("web", "api", "api-websocket", "worker", "beat", "plugin-daemon", "sandbox", "ssrf-proxy")
_SUPPRESSED = {
    "database-pool": "database-pager-arn",
    "queues": "cache-pager-arn",
    "services-worker": "stores-alarm-arn",
    "services-beat": "stores-alarm-arn",
    "services-plugin-daemon": "stores-alarm-arn",
    "edge": "stores-alarm-arn",
    "probe": "edge-pager-arn",
}
"""Part -> the alarm while which it stays silent; every other part answers for itself."""


def _metric(name: str) -> Metric:
    return Metric(namespace="N", name=name, statistic="Sum", dimensions={"D": "d"})


def _alarm(name: str, severity: Severity, **more: Any) -> Alarm:
    given: dict[str, Any] = {"metrics": {"a": _metric("A")}, "threshold": 3, "why": "why", "silence": "quiet", **more}
    return Alarm(name=name, severity=severity, runbook="page#heading", **given)


def _part(*alarms: Alarm, suppressed_by: str | None = None) -> Graph:
    args = AlarmsArgs(site=site(), topics=_TOPICS, runbooks=_RUNBOOKS, alarms=alarms, suppressed_by=suppressed_by)
    return record(lambda: Alarms("part", args))


def _alarms(stack: str = "prod") -> list[Recorded]:
    return program(stack).of(":MetricAlarm")


def _pagers(graph: Graph) -> dict[str, dict[str, Any]]:
    """Part -> its pager."""
    found = graph.of(":CompositeAlarm")
    return {one.name.removesuffix("-pager"): one.inputs for one in found if one.name.endswith("-pager")}


@pytest.mark.parametrize("severity", [Severity.TICKET, Severity.INFO])
def test_what_wakes_nobody_tells_its_topic_when_it_rings_and_when_it_is_over(severity: Severity) -> None:
    graph = _part(_alarm("x", severity))
    inputs = graph.named("part-x").inputs
    assert inputs["alarmActions"] == inputs["okActions"] == [f"topic-{severity.value}"]
    assert graph.of(":CompositeAlarm") == []


def test_what_wakes_somebody_does_so_through_one_pager_of_the_part() -> None:
    graph = _part(_alarm("x", Severity.PAGE), _alarm("y", Severity.PAGE), _alarm("z", Severity.TICKET))
    assert graph.named("part-x").inputs["alarmActions"] == []
    pager = graph.one(":CompositeAlarm").inputs
    assert pager["alarmRule"] == "ALARM(part-x-arn) OR ALARM(part-y-arn)"
    assert pager["alarmActions"] == pager["okActions"] == ["topic-page"]
    assert pager["alarmName"] == "dify-prod-part-pager"
    assert "actionsSuppressor" not in pager


def test_a_consequence_is_silent_while_its_cause_rings() -> None:
    pager = _part(_alarm("x", Severity.PAGE), suppressed_by="cause").one(":CompositeAlarm").inputs
    assert pager["actionsSuppressor"] == {"alarm": "cause", "waitPeriod": 120, "extensionPeriod": 300}


def test_an_alarm_leads_to_its_heading_and_a_pager_to_its_page() -> None:
    graph = _part(_alarm("x", Severity.PAGE))
    assert graph.named("part-x").inputs["alarmDescription"] == f"why. {_RUNBOOKS}/page.md#heading"
    assert graph.one(":CompositeAlarm").inputs["alarmDescription"].endswith(f" {_RUNBOOKS}/page.md")


def test_an_alarm_over_several_metrics_compares_their_expression() -> None:
    alarm = _alarm(
        "share", Severity.TICKET, metrics={"a": _metric("A"), "b": _metric("B")}, expression="a / b", datapoints=2, of=3
    )
    inputs = _part(alarm).named("part-share").inputs
    assert [query["id"] for query in inputs["metricQueries"]] == ["a", "b", "result"]
    assert inputs["metricQueries"][2]["expression"] == "a / b"
    assert [query["returnData"] for query in inputs["metricQueries"]] == [False, False, True]
    assert (inputs["evaluationPeriods"], inputs["datapointsToAlarm"]) == (3, 2)


@pytest.mark.parametrize(
    ("side", "comparison"),
    [
        ("above", "GreaterThanUpperThreshold"),
        ("below", "LessThanLowerThreshold"),
        ("either", "LessThanLowerOrGreaterThanUpperThreshold"),
    ],
)
def test_an_unusual_value_is_compared_with_what_is_expected_at_that_hour(side: Any, comparison: str) -> None:
    inputs = _part(_alarm("x", Severity.INFO, threshold=Band(width=3, side=side))).named("part-x").inputs
    assert inputs["comparisonOperator"] == comparison
    assert inputs["thresholdMetricId"] == "band"
    assert inputs["metricQueries"][-1]["expression"] == "ANOMALY_DETECTION_BAND(a, 3)"
    assert "threshold" not in inputs


def test_several_causes_are_one_alarm_that_tells_nobody() -> None:
    args = CausesArgs(site=site(), pager_arns=["first", "second"])
    inputs = record(lambda: Causes("stores", args)).one(":CompositeAlarm").inputs
    assert inputs["alarmRule"] == "ALARM(first) OR ALARM(second)"
    assert not {"alarmActions", "okActions"} & inputs.keys()


def test_every_alarm_of_the_program_tells_its_own_topic_in_its_own_region() -> None:
    pagers = program().of(":CompositeAlarm")
    paging = {arn for one in pagers for arn in re.findall(r"ALARM\((.+?)\)", one.inputs["alarmRule"])}
    assert len(_alarms()) > 100
    for alarm in _alarms():
        severity = alarm.inputs["tags"]["severity"]
        # An alarm on copies is where they are, and acts on a topic there.
        place = "notifications-eu-west-1" if alarm.name.startswith("replica-") else "notifications"
        # What wakes somebody does so through a pager, and one window of an error budget through both.
        joined = severity == "page" or alarm.name.startswith("objectives-")
        told = [] if joined else [f"{place}-{severity}-topic-arn"]
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == told, alarm.name
        assert (f"{alarm.name}-arn" in paging) is joined, alarm.name


def test_every_alarm_compares_one_series_or_one_with_what_is_expected_of_it() -> None:
    for alarm in _alarms():
        compared = [query.get("returnData") for query in alarm.inputs["metricQueries"]].count(True)
        assert compared == (2 if "thresholdMetricId" in alarm.inputs else 1), alarm.name


def test_every_part_has_one_pager_at_most() -> None:
    names = [one.name for one in program().of(":CompositeAlarm")]
    assert len(set(names)) == len(names)
    assert set(_pagers(program())) >= {"database", "cache", "search", "edge", "network", "audit"}


@pytest.mark.parametrize("changes", [{}, POOLED], ids=["prod", "pooled"])
def test_one_fault_of_a_store_pages_once(changes: dict[str, Any]) -> None:
    graph = variant(changes)
    silenced = {
        part: inputs["actionsSuppressor"]["alarm"]
        for part, inputs in _pagers(graph).items()
        if "actionsSuppressor" in inputs
    }
    assert silenced == {part: cause for part, cause in _SUPPRESSED.items() if part in _pagers(graph)}
    causes = graph.named("stores-alarm").inputs["alarmRule"]
    assert causes == "ALARM(database-pager-arn) OR ALARM(cache-pager-arn) OR ALARM(search-pager-arn)"


def test_every_service_is_a_part_of_its_own() -> None:
    parts = {one.name for one in program().resources if one.type == Alarms.type_token}
    assert {f"services-{service}" for service in _SERVICES} <= parts
    agents = {one.name for one in variant(AGENTS).resources if one.type == Alarms.type_token}
    assert {"services-agent-backend", "services-local-sandbox", "services-agent-ssrf-proxy"} <= agents


def test_every_function_of_the_stack_is_watched() -> None:
    watched = {
        query["metric"]["dimensions"]["FunctionName"]
        for alarm in _alarms()
        if alarm.name.startswith("functions-")
        for query in alarm.inputs["metricQueries"]
    }
    assert watched == {function.inputs["name"] for function in program().of("lambda/function:Function")}


@pytest.mark.parametrize(("stack", "zones"), [("prod", {"a", "b", "c"}), ("dev", {"a"})])
def test_every_nat_gateway_is_watched_by_its_zone(stack: str, zones: set[str]) -> None:
    watched = {alarm.name.split("-")[2] for alarm in _alarms(stack) if alarm.name.startswith("network-nat-")}
    assert watched == zones


@pytest.mark.parametrize(("stack", "there"), [("prod", True), ("dev", False)])
def test_the_search_domain_is_watched_exactly_where_there_is_one(stack: str, there: bool) -> None:
    assert any(alarm.name.startswith("search-") for alarm in _alarms(stack)) is there
    assert bool(program(stack).of("opensearch/domain:Domain")) is there


def test_behind_cloud_front_the_firewall_rings_where_its_measures_are() -> None:
    graph = variant(DELIVERED)
    assert not [one.name for one in graph.of(":MetricAlarm") if one.name.startswith("firewall-")]
    (topic,) = graph.named("delivery-pager").inputs["alarmActions"]
    assert topic == "notifications-us-east-1-page-topic-arn"
