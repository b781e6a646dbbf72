"""What rings about each part, at which threshold, for whom, and what silence means."""

import re

import pytest

from components.alarm_tables.backup import backup_alarms
from components.alarm_tables.cache import cache_alarms
from components.alarm_tables.database import database_alarms
from components.alarm_tables.load_balancer import load_balancer_alarms
from components.alarm_tables.queues import queue_alarms
from components.alarm_tables.services import service_alarms
from components.alarms import SHORT_PEAKS, Alarm
from dify.capacity import admitted_clients
from dify.plan import Deployment, Tuning
from dify.probe import Step
from dify.services import BEAT, PLUGIN_DAEMON, WEB, WORKER, Service, worker_of
from settings.alarms import Alarms as Limits
from settings.backup import RestoreTests
from settings.severity import Severity
from tests.components.alarm_catalogue import catalogue
from tests.recorder import record

_GIB = 1024**3
_DAY = 86_400
_LIMITS = Limits()

_WAKING = {
    "edge": {
        "errors",
        "rejected",
        "web-unavailable",
        "api-unavailable",
        "plugin-daemon-unavailable",
        "edge-expires-soon",
    },
    "delivery": {"errors"},
    "services-worker": {"none"},
    "services-beat": {"missing", "doubled"},
    "services-plugin-daemon": {"doubled"},
    "services-sandbox": {"none"},
    "services-ssrf-proxy": {"none"},
    "database": {"unavailable", "connections-full", "disk"},
    "database-pool": {"unavailable"},
    "cache": {"no-primary", "evictions", "1-memory", "2-memory"},
    "search": {"red", "writes-blocked", "key", "key-lost", "master", "unavailable"},
    "queues": {"worker-stuck"},
    "audit": {"root-use", "trail-changes", "key-disabled", "detection-stopped", "secret-read-by-others"},
    "network": {"nat-a-ports"},
    "probe": {f"{step}-failed" for step in Step},
}
"""Everything that may get somebody out of bed."""

_SILENCE_RINGS = {
    "edge": {f"{service}-unavailable" for service in ("web", "api", "api-websocket", "plugin-daemon")},
    **{f"services-{name}": {"missing"} for name in ("web", "api", "api-websocket", "beat", "plugin-daemon")},
    **{f"services-{name}": {"missing", "none"} for name in ("worker", "sandbox", "ssrf-proxy")},
    "database": {"unavailable"},
    "database-pool": {"unavailable"},
    "cache": {"no-primary", "1-silent", "2-silent"},
    "search": {"snapshot-late", "unavailable"},
    "queues": {"unmeasured"},
    "backup": {"none", "database-not-restored", "buckets-not-restored"},
    "business": {"missing"},
    "probe": {f"{step}-silent" for step in Step},
}
"""What must always report: an alarm that would sleep through its absence is none."""


def _all() -> list[tuple[str, Alarm]]:
    return [(f"{part}-{alarm.name}", alarm) for part, alarms in catalogue().items() for alarm in alarms]


def _by_name(alarms: list[Alarm]) -> dict[str, Alarm]:
    return {alarm.name: alarm for alarm in alarms}


def _service(service: Service, minimum: int) -> dict[str, Alarm]:
    return _by_name(service_alarms(_LIMITS, service, "dify-prod", service.name, minimum))


def test_only_what_cannot_wait_for_the_next_working_day_wakes_somebody() -> None:
    waking = {
        part: {alarm.name for alarm in alarms if alarm.severity is Severity.PAGE}
        for part, alarms in catalogue().items()
    }
    assert {part: names for part, names in waking.items() if names} == _WAKING


def test_silence_rings_exactly_where_something_must_always_report() -> None:
    ringing = {
        part: {alarm.name for alarm in alarms if alarm.missing == "breaching"} for part, alarms in catalogue().items()
    }
    assert {part: names for part, names in ringing.items() if names} == _SILENCE_RINGS


def test_names_are_unique_within_a_part() -> None:
    for part, alarms in catalogue().items():
        assert len({alarm.name for alarm in alarms}) == len(alarms), part


@pytest.mark.parametrize(("name", "alarm"), _all())
def test_an_alarm_says_why_it_waits_as_long_as_it_does_and_what_silence_means(name: str, alarm: Alarm) -> None:
    ordinary = (alarm.period_seconds, alarm.datapoints, alarm.of) == (60, 5, None)
    assert ordinary or alarm.patience != SHORT_PEAKS, name
    assert alarm.patience
    assert alarm.silence


@pytest.mark.parametrize(("name", "alarm"), _all())
def test_an_alarm_looks_back_no_further_than_cloudwatch_can(name: str, alarm: Alarm) -> None:
    # Seven days with periods of an hour or more, else one (Amazon CloudWatch API Reference, PutMetricAlarm).
    furthest = 7 * _DAY if alarm.period_seconds >= 3600 else _DAY
    of = alarm.of or alarm.datapoints
    assert alarm.datapoints <= of, name
    assert of * alarm.period_seconds <= furthest, name


@pytest.mark.parametrize(("name", "alarm"), _all())
def test_an_expression_reads_every_metric_of_its_alarm_and_no_other(name: str, alarm: Alarm) -> None:
    assert alarm.expression is not None or len(alarm.metrics) == 1, name
    if alarm.expression is not None:
        assert set(re.findall(r"\b[a-z]\w*", alarm.expression)) == set(alarm.metrics), name


def test_errors_ring_above_five_percent_and_answers_above_five_seconds() -> None:
    alarms = _by_name(load_balancer_alarms(_LIMITS, "app/edge/1", {"web": "tg/web", "api": "tg/api"}))
    assert alarms["errors"].threshold == 5
    for service in ("web", "api"):
        response = alarms[f"{service}-response"]
        assert (response.threshold, response.metrics["response"].statistic) == (5, "p95")


def test_whenever_the_share_of_errors_pages_one_of_its_halves_says_whose_they_are() -> None:
    alarms = _by_name(load_balancer_alarms(_LIMITS, "app/edge/1", {}))
    assert alarms["errors"].threshold == 5
    for half in ("service-errors", "balancer-errors"):
        assert alarms[half].threshold == 2.5
        assert alarms[half].severity is Severity.INFO


def test_what_is_slow_by_design_has_no_alarm_on_its_answers() -> None:
    edge = {alarm.name for alarm in catalogue()["edge"]}
    assert {name for name in edge if name.endswith("-response")} == {"web-response", "api-response"}


def test_the_plugin_daemon_has_the_time_that_installing_plugins_takes() -> None:
    edge = _by_name(catalogue()["edge"])
    assert edge["plugin-daemon-unavailable"].datapoints == 20
    assert edge["api-unavailable"].datapoints == 2
    assert _service(PLUGIN_DAEMON, 1)["missing"].datapoints == 20


def test_every_service_has_the_guides_thresholds() -> None:
    alarms = _service(WORKER, 3)
    assert {name: alarms[name].threshold for name in ("cpu", "memory", "disk")} == {"cpu": 80, "memory": 85, "disk": 90}


def test_one_task_less_is_a_ticket_and_no_task_at_all_wakes_somebody() -> None:
    alarms = _service(WORKER, 3)
    assert (alarms["missing"].threshold, alarms["missing"].severity) == (3, Severity.TICKET)
    assert (alarms["none"].threshold, alarms["none"].severity) == (1, Severity.PAGE)


def test_what_stands_behind_the_load_balancer_is_paged_for_there_and_not_twice() -> None:
    assert "none" not in _service(WEB, 2)
    assert _service(WEB, 1)["missing"].severity is Severity.TICKET


@pytest.mark.parametrize(("service", "watched"), [(BEAT, True), (PLUGIN_DAEMON, True), (WORKER, False)])
def test_a_second_task_rings_exactly_where_there_may_be_one_only(service: Service, watched: bool) -> None:
    alarms = _service(service, 1)
    assert ("doubled" in alarms) is watched
    if watched:
        assert (alarms["doubled"].threshold, alarms["doubled"].below) == (1, False)


def _database(instance_class: str) -> dict[str, Alarm]:
    made = database_alarms(
        _LIMITS, "dify-prod-database", instance_class=instance_class, storage_gib=100, connections=1000
    )
    return _by_name(made)


def test_the_databases_memory_and_disk_follow_from_its_size() -> None:
    alarms = _database("db.m7g.xlarge")
    assert alarms["memory"].threshold == pytest.approx(16 * _GIB * 0.15)
    assert alarms["disk"].threshold == pytest.approx(100 * _GIB * 0.10)
    assert alarms["memory"].below
    assert alarms["disk"].below


def test_a_disk_that_rds_makes_larger_by_itself_wakes_nobody() -> None:
    disk = _database("db.m7g.xlarge")["disk"]
    assert disk.datapoints * disk.period_seconds > 5 * 60


def test_connections_ring_with_a_fifth_left_and_wake_somebody_with_a_twentieth() -> None:
    alarms = _database("db.m7g.xlarge")
    assert alarms["connections"].threshold == pytest.approx(800)
    assert alarms["connections-full"].threshold == pytest.approx(950)


@pytest.mark.parametrize(("kind", "watched"), [("t4g.large", True), ("m7g.large", False)])
def test_credits_are_watched_exactly_where_there_are_any(kind: str, watched: bool) -> None:
    assert ("credits" in _database(f"db.{kind}")) is watched
    assert ("1-credits" in _cache(f"cache.{kind}", nodes=2)) is watched


def _cache(node_type: str, nodes: int) -> dict[str, Alarm]:
    found: list[Alarm] = []
    record(lambda: found.extend(cache_alarms(_LIMITS, "dify-prod", nodes=nodes, node_type=node_type)))
    return _by_name(found)


@pytest.mark.parametrize("nodes", [1, 2, 3])
def test_every_cache_node_is_watched_and_a_replica_by_its_lag_too(nodes: int) -> None:
    alarms = _cache("cache.m7g.large", nodes)
    for number in range(1, nodes + 1):
        assert (alarms[f"{number}-cpu"].threshold, alarms[f"{number}-memory"].threshold) == (80, 85)
        assert alarms[f"{number}-connections"].threshold == admitted_clients("cache.m7g.large") * 0.8
        assert (f"{number}-lag" in alarms) is (nodes > 1)
    assert alarms["no-primary"].expression == " + ".join(f"FILL(node{number}, 0)" for number in range(1, nodes + 1))


def test_a_single_eviction_rings_because_jobs_are_among_the_keys() -> None:
    evictions = _cache("cache.m7g.large", 2)["evictions"]
    assert (evictions.threshold, evictions.datapoints) == (0, 1)
    assert {metric.name for metric in evictions.metrics.values()} == {"Evictions"}


def test_the_pool_is_asked_by_dimensions_under_which_aws_publishes() -> None:
    pool = _by_name(catalogue()["database-pool"])
    proxy = {"ProxyName": "dify-prod-database-proxy"}
    assert pool["borrow"].metrics["value"].dimensions == proxy
    assert pool["unavailable"].metrics["value"].dimensions == {
        **proxy,
        "TargetGroup": "default",
        "TargetRole": "READ_WRITE",
    }


def _queues(queues: tuple[str, ...]) -> dict[str, Alarm]:
    worker = Deployment(
        service=worker_of("some"), cpu=1024, memory=2048, max_tasks=5, tuning=Tuning(backlog_per_task=8), queues=queues
    )
    return _by_name(queue_alarms("Dify/Queues", {"Stack": "dify-prod"}, [worker]))


def test_more_jobs_than_all_tasks_are_for_are_a_ticket() -> None:
    backlog = _queues(("dataset",))["worker-some-backlog"]
    assert (backlog.threshold, backlog.severity) == (40, Severity.TICKET)
    assert backlog.metrics["waiting"].dimensions == {"Stack": "dify-prod", "WorkerGroup": "worker-some"}


@pytest.mark.parametrize(
    ("queues", "wakes"), [((), True), (("workflow_based_app_execution",), True), (("dataset",), False)]
)
def test_an_hour_of_waiting_wakes_somebody_where_users_look_at_it(queues: tuple[str, ...], wakes: bool) -> None:
    assert ("worker-some-stuck" in _queues(queues)) is wakes


def test_a_single_failed_call_of_a_function_rings() -> None:
    failed = _by_name(catalogue()["functions"])["rotation-failed"]
    assert (failed.threshold, failed.datapoints, failed.below) == (0, 1, False)


def test_a_single_failed_or_expired_backup_rings_and_a_day_without_any_does() -> None:
    alarms = _by_name(catalogue()["backup"])
    for name in ("failed", "expired"):
        assert (alarms[name].threshold, alarms[name].datapoints) == (0, 1)
    assert (alarms["none"].period_seconds, alarms["none"].threshold, alarms["none"].below) == (_DAY, 1, True)


def test_a_single_failed_restore_rings() -> None:
    failed = _by_name(catalogue()["backup"])["restore-failed"]
    assert (failed.threshold, failed.datapoints, failed.below) == (0, 1, False)
    assert failed.metrics["jobs"].name == "NumberOfRestoreJobsFailed"


@pytest.mark.parametrize("every_days", [1, 3, 6])
@pytest.mark.parametrize(("what", "kind"), [("database", "RDS"), ("buckets", "S3")])
def test_a_restore_test_that_is_a_day_late_rings_for_each_kind_of_store(what: str, kind: str, every_days: int) -> None:
    alarms = _by_name(backup_alarms("dify-prod", RestoreTests.model_validate({"everyDays": every_days})))
    missed = alarms[f"{what}-not-restored"]
    assert missed.metrics["jobs"].name == "NumberOfRestoreJobsCompleted"
    assert missed.metrics["jobs"].dimensions == {"BackupVaultName": "dify-prod", "ResourceType": kind}
    assert (missed.threshold, missed.below, missed.missing) == (1, True, "breaching")
    assert (missed.period_seconds, missed.datapoints) == (_DAY, every_days + 1)


def test_where_no_restore_is_tried_none_is_missed() -> None:
    alarms = backup_alarms("dify-prod", RestoreTests.model_validate({"everyDays": 0}))
    assert {alarm.name for alarm in alarms} == {"failed", "expired", "none"}


def test_ports_of_a_gateway_wake_somebody_and_its_lost_packets_may_heal_for_a_quarter_of_an_hour() -> None:
    alarms = _by_name(catalogue()["network"])
    assert (alarms["nat-a-ports"].threshold, alarms["nat-a-ports"].datapoints) == (0, 5)
    assert (alarms["nat-a-drops"].threshold, alarms["nat-a-drops"].datapoints) == (0.01, 15)
    assert alarms["nat-a-connections"].threshold == 44_000
