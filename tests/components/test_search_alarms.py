"""What rings about the OpenSearch domain."""

import pytest

from components.alarm_tables.search import search_alarms
from components.alarms import Alarm
from components.search_snapshots import snapshot_age
from settings.alarms import Alarms as Thresholds
from tests.components.component_graphs import ACCOUNT, site


def _alarms(*, masters: bool = True, disk_percent: int = 90) -> dict[str, Alarm]:
    limits = Thresholds.model_validate({"diskPercent": disk_percent})
    made = search_alarms(
        limits,
        "dify-prod",
        account=ACCOUNT,
        storage_gib=100,
        dedicated_masters=masters,
        snapshot_age=snapshot_age(site()),
    )
    assert len({alarm.name for alarm in made}) == len(made)
    return {alarm.name: alarm for alarm in made}


def test_every_alarm_of_the_domain_watches_this_one_of_this_account() -> None:
    for alarm in (one for name, one in _alarms().items() if name != "snapshot-late"):
        for metric in alarm.metrics.values():
            assert metric.namespace == "AWS/ES"
            assert metric.dimensions == {"DomainName": "dify-prod", "ClientId": ACCOUNT}


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("red", "ClusterStatus.red"),
        ("yellow", "ClusterStatus.yellow"),
        ("writes-blocked", "ClusterIndexWritesBlocked"),
        ("snapshot", "AutomatedSnapshotFailure"),
        ("key", "KMSKeyError"),
        ("key-lost", "KMSKeyInaccessible"),
    ],
)
def test_a_bad_sign_rings_as_soon_as_it_is_not_zero(name: str, metric: str) -> None:
    alarm = _alarms()[name]
    (watched,) = alarm.metrics.values()
    assert (watched.name, watched.statistic) == (metric, "Maximum")
    assert (alarm.threshold, alarm.below, alarm.missing) == (0, False, "notBreaching")


def test_a_missing_copy_may_heal_for_five_minutes_and_missing_data_may_not() -> None:
    assert (_alarms()["yellow"].datapoints, _alarms()["red"].datapoints) == (5, 1)


def test_an_unreachable_master_rings_when_the_health_check_falls_below_one() -> None:
    master = _alarms()["master"]
    assert (master.metrics["seen"].name, master.threshold, master.below) == ("MasterReachableFromNode", 1, True)


@pytest.mark.parametrize(("disk_percent", "free"), [(90, 25), (75, 25), (60, 40)])
def test_space_rings_before_the_domain_refuses_documents(disk_percent: int, free: int) -> None:
    disk = _alarms(disk_percent=disk_percent)["disk"]
    assert disk.threshold == pytest.approx(100 * 1024 * free / 100)
    assert (disk.metrics["free"].statistic, disk.below) == ("Minimum", True)


def test_cpu_follows_the_stacks_limit_and_the_heap_may_be_nearly_full() -> None:
    assert (_alarms()["cpu"].threshold, _alarms()["heap"].threshold) == (80, 95)


def test_a_snapshot_that_is_late_rings_and_so_does_nobody_who_looks() -> None:
    late = _alarms()["snapshot-late"]
    assert (late.metrics["age"], late.threshold, late.below) == (snapshot_age(site()), 3 * 3600, False)
    assert (late.period_seconds, late.datapoints, late.missing) == (3600, 2, "breaching")


def test_a_silent_domain_rings() -> None:
    assert _alarms()["unavailable"].missing == "breaching"


def test_masters_are_watched_where_there_are_any() -> None:
    assert set(_alarms()) - set(_alarms(masters=False)) == {"master-cpu", "master-heap"}
    assert (_alarms()["master-cpu"].threshold, _alarms()["master-heap"].threshold) == (50, 95)
