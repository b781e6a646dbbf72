"""What rings about the use of Dify, at which threshold, and what silence means."""

import pytest

from components.alarm_tables.business import business_alarms
from components.alarms import Alarm, Band
from functions.business_metrics.published import PUBLISHED
from settings.severity import Severity
from tests.components.component_graphs import ROOT

_ALARMS = {
    alarm.name: alarm
    for alarm in business_alarms("Dify/Business", {"Stack": "dify-prod"}, loud_factor=7, currencies=["USD", "EUR"])
}


@pytest.mark.parametrize("alarm", _ALARMS.values(), ids=lambda alarm: alarm.name)
def test_an_alarm_looks_at_what_the_function_publishes(alarm: Alarm) -> None:
    for metric in alarm.metrics.values():
        assert metric.namespace == "Dify/Business"
        assert tuple(metric.dimensions) in PUBLISHED[metric.name]
        assert metric.dimensions["Stack"] == "dify-prod"


def test_only_the_absence_of_all_figures_rings_by_silence() -> None:
    assert {name for name, alarm in _ALARMS.items() if alarm.missing == "breaching"} == {"missing"}


def test_nothing_about_use_wakes_anybody() -> None:
    assert {alarm.severity for alarm in _ALARMS.values()} == {Severity.TICKET, Severity.INFO}
    assert {name for name, alarm in _ALARMS.items() if alarm.severity is Severity.INFO} == {"incomplete", "orphans"}


def test_what_differs_by_the_hour_of_the_week_is_compared_with_what_is_usual_then() -> None:
    bands = {name: alarm.threshold.side for name, alarm in _ALARMS.items() if isinstance(alarm.threshold, Band)}
    assert bands == {"tokens": "either", "active-users": "either", "cost-usd": "above", "cost-eur": "above"}


def test_each_currency_has_an_alarm_on_its_own_cost() -> None:
    watched = {name: alarm.metrics["cost"].dimensions["Currency"] for name, alarm in _ALARMS.items() if "cost" in name}
    assert watched == {"cost-usd": "USD", "cost-eur": "EUR"}


def test_the_factor_of_a_loud_user_is_in_what_the_alarm_says() -> None:
    assert "more than 7 times" in _ALARMS["loud-user"].why


def test_every_stock_is_watched_for_a_jump_within_an_hour() -> None:
    jumps = [alarm for name, alarm in _ALARMS.items() if name.endswith("-jumped")]
    assert {alarm.metrics["highest"].name for alarm in jumps} == {"Apps", "Datasets", "Documents", "Accounts"}
    for alarm in jumps:
        assert (alarm.metrics["highest"].statistic, alarm.metrics["lowest"].statistic) == ("Maximum", "Minimum")
        assert (alarm.period_seconds, alarm.datapoints, alarm.threshold) == (3600, 1, 20)
        assert alarm.expression == "IF(highest - lowest > 20, 100 * (highest - lowest) / highest, 0)"


@pytest.mark.parametrize("name", ["missing", "incomplete", "runs-stuck", "documents-stuck", "loud-user"])
def test_a_figure_of_each_window_is_read_window_by_window(name: str) -> None:
    assert _ALARMS[name].period_seconds == 300


def test_hourly_figures_are_read_hour_by_hour() -> None:
    assert _ALARMS["orphans"].period_seconds == 3600


def test_every_alarm_has_a_chapter_in_the_runbook() -> None:
    headings = {
        line.removeprefix("## ").lower().replace(" ", "-")
        for line in (ROOT / "docs" / "runbooks" / "business.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("## ")
    }
    assert {alarm.runbook for alarm in _ALARMS.values()} <= {f"business#{heading}" for heading in headings}
