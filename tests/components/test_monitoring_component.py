"""Alarms: what rings, at which threshold, and where."""

from typing import Any

import pytest

from components.alarms import Alarm, Alarms, AlarmsArgs, Metric
from tests.components.component_graphs import program
from tests.components.program_variants import AGENTS, variant
from tests.recorder import record

_TASKS = {
    "web": 2,
    "api": 3,
    "api-websocket": 2,
    "worker": 3,
    "beat": 1,
    "plugin-daemon": 1,
    "sandbox": 2,
    "ssrf-proxy": 2,
}
_FACING = ("web", "api", "api-websocket", "plugin-daemon")


def _alarm(name: str, stack: str = "prod") -> dict[str, Any]:
    return program(stack).named(name).inputs


def test_every_alarm_reaches_the_topic_when_it_rings_and_when_it_is_over() -> None:
    alarms = program().of(":MetricAlarm")
    assert len(alarms) > 30
    for alarm in alarms:
        # An alarm on copies is where they are, and acts on a topic there.
        told = "topic-eu-west-1-topic-arn" if alarm.name.startswith("replica-") else "notifications-topic-arn"
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [told], alarm.name
        assert alarm.inputs["alarmDescription"]


def test_every_alarm_compares_exactly_one_series() -> None:
    for alarm in program().of(":MetricAlarm"):
        assert [query.get("returnData") for query in alarm.inputs["metricQueries"]].count(True) == 1, alarm.name


def _named(prefix: str, suffix: str = "", stack: str = "prod") -> set[str]:
    names = {alarm.name for alarm in program(stack).of(":MetricAlarm")}
    return {name for name in names if name.startswith(prefix) and name.endswith(suffix)}


def test_every_service_of_the_stack_is_watched_in_four_ways() -> None:
    running = {service.inputs["name"] for service in program().of("ecs/service:Service")}
    assert running == set(_TASKS)
    parts = ("cpu", "memory", "disk", "missing")
    assert _named("services-") == {f"services-{service}-{part}" for service in running for part in parts}


def test_the_services_of_agents_are_watched_where_they_run() -> None:
    names = {alarm.name for alarm in variant(AGENTS).of(":MetricAlarm")}
    for service in ("agent-backend", "local-sandbox", "agent-ssrf-proxy"):
        assert f"services-{service}-missing" in names


@pytest.mark.parametrize("service", _TASKS)
def test_every_service_has_the_guides_thresholds(service: str) -> None:
    found = {part: _alarm(f"services-{service}-{part}")["threshold"] for part in ("cpu", "memory", "disk")}
    assert found == {"cpu": 80, "memory": 85, "disk": 90}


def test_errors_ring_above_five_percent_and_answers_above_five_seconds() -> None:
    assert _alarm("edge-errors")["threshold"] == 5
    for service in ("web", "api"):
        response = _alarm(f"edge-{service}-response")
        assert response["threshold"] == 5
        assert response["metricQueries"][0]["metric"]["stat"] == "p95"


def test_what_is_slow_by_design_has_no_alarm_on_its_answers() -> None:
    assert _named("edge-", "-response") == {"edge-web-response", "edge-api-response"}
    assert _named("edge-", "-unavailable") == {f"edge-{service}-unavailable" for service in _FACING}


def test_a_single_failed_call_of_a_function_rings() -> None:
    called = {
        alarm.inputs["metricQueries"][0]["metric"]["dimensions"]["FunctionName"]: alarm.inputs
        for alarm in program().of(":MetricAlarm")
        if alarm.name.startswith("functions-")
    }
    assert set(called) == {function.inputs["name"] for function in program().of("lambda/function:Function")}
    for alarm in called.values():
        assert alarm["metricQueries"][0]["metric"]["metricName"] == "Errors"
        assert (alarm["threshold"], alarm["evaluationPeriods"]) == (0, 1)
        assert alarm["comparisonOperator"] == "GreaterThanThreshold"


def test_queues_that_nobody_measures_ring_because_workers_no_longer_scale_on_them() -> None:
    unmeasured = _alarm("queues-unmeasured")
    assert (unmeasured["threshold"], unmeasured["comparisonOperator"]) == (1, "LessThanThreshold")
    assert unmeasured["treatMissingData"] == "breaching"
    metric = unmeasured["metricQueries"][0]["metric"]
    assert (metric["namespace"], metric["dimensions"]) == ("Dify/Queues", {"Stack": "dify-prod"})


@pytest.mark.parametrize(("stack", "watched"), [("prod", True), ("dev", False)])
def test_the_search_domain_is_watched_exactly_where_there_is_one(stack: str, watched: bool) -> None:
    assert bool(_named("search-", stack=stack)) is watched
    assert bool(program(stack).of("opensearch/domain:Domain")) is watched


def test_the_databases_memory_and_disk_follow_from_its_size() -> None:
    gib = 1024**3
    assert _alarm("database-cpu")["threshold"] == 80
    assert _alarm("database-memory")["threshold"] == pytest.approx(16 * gib * 0.15)
    assert _alarm("database-disk")["threshold"] == pytest.approx(100 * gib * 0.10)
    assert _alarm("database-memory")["comparisonOperator"] == "LessThanThreshold"
    assert _alarm("database-disk")["comparisonOperator"] == "LessThanThreshold"


def test_connections_ring_at_four_fifths_of_what_the_class_admits() -> None:
    assert _alarm("database-connections")["threshold"] == pytest.approx(1802 * 0.8)


@pytest.mark.parametrize(("stack", "nodes"), [("prod", 2), ("dev", 1)])
def test_every_cache_node_is_watched(stack: str, nodes: int) -> None:
    watched = {f"cache-{node}-{part}" for node in range(1, nodes + 1) for part in ("cpu", "memory")}
    assert {alarm.name for alarm in program(stack).of(":MetricAlarm") if alarm.name.startswith("cache-")} == watched
    assert (_alarm("cache-1-cpu")["threshold"], _alarm("cache-1-memory")["threshold"]) == (80, 85)


@pytest.mark.parametrize(("service", "minimum"), _TASKS.items())
def test_a_service_rings_when_fewer_tasks_run_than_asked_and_when_it_says_nothing(service: str, minimum: int) -> None:
    missing = _alarm(f"services-{service}-missing")
    assert (missing["threshold"], missing["comparisonOperator"]) == (minimum, "LessThanThreshold")
    assert missing["treatMissingData"] == "breaching"


@pytest.mark.parametrize("name", [*(f"edge-{service}-unavailable" for service in _FACING), "database-unavailable"])
def test_silence_of_what_must_be_there_rings(name: str) -> None:
    assert _alarm(name)["treatMissingData"] == "breaching"


def test_a_single_failed_or_expired_backup_rings() -> None:
    for name in ("backup-failed", "backup-expired"):
        assert (_alarm(name)["threshold"], _alarm(name)["evaluationPeriods"]) == (0, 1)


def test_an_alarm_over_several_metrics_compares_their_expression() -> None:
    def metric(name: str) -> Metric:
        return Metric(namespace="N", name=name, statistic="Sum", dimensions={"D": "d"})

    alarm = Alarm(
        name="share", why="why", metrics={"a": metric("A"), "b": metric("B")}, expression="a / b", threshold=3,
        datapoints=2,
    )  # fmt: skip
    graph = record(lambda: Alarms("part", AlarmsArgs(topic_arn="topic", alarms=[alarm])))
    inputs = graph.named("part-share").inputs
    assert [query["id"] for query in inputs["metricQueries"]] == ["a", "b", "result"]
    assert inputs["metricQueries"][2]["expression"] == "a / b"
    assert [query["returnData"] for query in inputs["metricQueries"]] == [False, False, True]
    assert (inputs["evaluationPeriods"], inputs["datapointsToAlarm"]) == (2, 2)
