"""Error budgets: which two windows ring together, and who is told."""

from functools import cache

import pytest

from components.alarm_tables.objectives import LEAST_BAD, objective_burn_rates
from components.burn_rates import BurnRate, BurnRates, BurnRatesArgs
from settings.objectives import Objectives
from settings.severity import Severity
from tests.components.component_graphs import below, site
from tests.recorder import Graph, record

_TOPICS = {severity: f"topic-{severity.value}" for severity in Severity}
_RUNBOOKS = "https://example.com/docs/runbooks"
_WEEK, _DAY = 604_800, 86_400


def _rates(**objectives: float) -> dict[str, BurnRate]:
    chosen = Objectives.model_validate(objectives)
    return {rate.name: rate for rate in objective_burn_rates(chosen, "app/dify/1", "targetgroup/api/2")}


@cache
def _graph(suppressed_by: str | None = None) -> Graph:
    rates = list(_rates().values())
    args = BurnRatesArgs(site=site(), topics=_TOPICS, runbooks=_RUNBOOKS, rates=rates, suppressed_by=suppressed_by)
    return record(lambda: BurnRates("objectives", args))


@pytest.mark.parametrize("objective", ["availability", "latency"])
def test_the_pairs_are_those_of_the_workbook(objective: str) -> None:
    pairs = {
        (rate.long.period_seconds * rate.long.periods // 60, rate.short.period_seconds // 60, rate.severity)
        for name, rate in _rates().items()
        if name.startswith(objective)
    }
    assert pairs == {
        (60, 5, Severity.PAGE),
        (360, 30, Severity.PAGE),
        (1440, 120, Severity.TICKET),
        (4320, 360, Severity.TICKET),
    }


def test_the_more_slowly_a_budget_burns_the_less_it_takes_to_ring() -> None:
    rates = _rates(availabilityPercent=99.9)
    thresholds = [
        rates[f"availability-{window}"].long.threshold for window in ("hour", "six-hours", "day", "three-days")
    ]
    assert thresholds == [1.44, 0.6, 0.3, 0.1]


def test_both_windows_of_a_pair_ring_at_the_same_rate() -> None:
    for rate in _rates().values():
        assert rate.long.threshold == rate.short.threshold
        assert rate.long.metrics == rate.short.metrics


def test_so_many_slow_answers_are_seen_by_the_percentile_that_leaves_them_above_it() -> None:
    rates = _rates(latencyPercent=99, latencySeconds=3)
    seen = {name: rate.long.metrics["response"].statistic for name, rate in rates.items() if "latency" in name}
    assert seen == {
        "latency-hour": "p85.6",
        "latency-six-hours": "p94",
        "latency-day": "p97",
        "latency-three-days": "p99",
    }
    assert rates["latency-hour"].long.threshold == 3


def test_only_the_api_is_asked_how_fast_it_is_and_everything_whether_it_answers() -> None:
    for name, rate in _rates().items():
        for metric in rate.long.metrics.values():
            where = {"LoadBalancer": "app/dify/1"}
            if name.startswith("latency"):
                where["TargetGroup"] = "targetgroup/api/2"
            assert metric.dimensions == where


def test_a_total_outage_rings_at_the_lowest_objective_that_may_be_set() -> None:
    for rate in _rates(availabilityPercent=95, latencyPercent=95).values():
        if rate.name.startswith("availability"):
            assert rate.short.threshold < 100
        else:
            assert float(rate.long.metrics["response"].statistic.removeprefix("p")) > 0


def test_a_few_bad_answers_among_few_requests_wake_nobody() -> None:
    rates = _rates(latencyPercent=99)
    assert f">= {LEAST_BAD}, " in rates["availability-hour"].long.expression
    assert ">= 1, " in rates["availability-hour"].short.expression
    assert "requests, 0) >= 70, " in rates["latency-hour"].long.expression  # 70 * 14.4 % are ten
    assert "requests, 0) >= 1000, " in rates["latency-three-days"].long.expression


def test_requests_for_which_there_was_no_target_count_as_well() -> None:
    expression = _rates()["availability-hour"].long.expression
    assert "FILL(target, 0) + FILL(balancer, 0)" in expression
    assert "/ MAX([FILL(requests, 0), (FILL(target, 0) + FILL(balancer, 0))])" in expression


def test_every_window_is_one_that_cloudwatch_keeps() -> None:
    for rate in _rates().values():
        for window in (rate.long, rate.short):
            assert window.period_seconds <= _DAY
            assert window.period_seconds % 60 == 0
            assert window.period_seconds * window.periods <= (_WEEK if window.period_seconds >= 3600 else _DAY)


def test_a_reader_is_told_how_long_the_budget_lasts() -> None:
    assert _rates(days=28)["availability-hour"].why.endswith("the budget of 28 days is gone in 47 hours")


def test_runbooks_are_by_objective_and_speed() -> None:
    anchors = {rate.runbook for rate in _rates().values()}
    assert anchors == {
        f"probe#{objective}-burns-{speed}" for objective in ("availability", "latency") for speed in ("fast", "slowly")
    }


def test_a_window_alone_tells_nobody() -> None:
    alarms = _graph().of("cloudwatch/metricAlarm:MetricAlarm")
    assert len(alarms) == 16
    for alarm in alarms:
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == []
        assert alarm.inputs["treatMissingData"] == "notBreaching"


def test_both_windows_together_tell_the_topic_of_their_severity() -> None:
    for name, rate in _rates().items():
        composite = _graph().named(f"objectives-{name}").inputs
        windows = [f"ALARM(objectives-{name}-{length}-arn)" for length in ("long", "short")]
        assert composite["alarmRule"] == " AND ".join(windows)
        assert composite["alarmActions"] == composite["okActions"] == [f"topic-{rate.severity.value}"]
        assert composite["tags"]["severity"] == rate.severity.value


def test_who_was_woken_for_the_cause_is_not_woken_for_the_budget_and_finds_the_ticket() -> None:
    for name, rate in _rates().items():
        assert "actionsSuppressor" not in _graph().named(f"objectives-{name}").inputs
        inputs = _graph("edge-pager").named(f"objectives-{name}").inputs
        if rate.severity is Severity.PAGE:
            extension = rate.short.period_seconds
            assert inputs["actionsSuppressor"] == {
                "alarm": "edge-pager", "waitPeriod": 120, "extensionPeriod": extension,
            }  # fmt: skip
        else:
            assert "actionsSuppressor" not in inputs


def test_a_composite_is_named_after_the_stack_and_says_why_and_where_to_read_on() -> None:
    composite = _graph().named("objectives-availability-hour").inputs
    assert composite["alarmName"] == "dify-prod-objectives-availability-hour"
    assert composite["alarmDescription"] == (
        "Server errors are more than 1.44 % of requests: the budget of 28 days is gone in 47 hours. "
        f"{_RUNBOOKS}/probe.md#availability-burns-fast"
    )


def test_each_measure_has_the_period_of_its_window_and_the_rate_alone_is_compared() -> None:
    queries = {query["id"]: query for query in _graph().named("objectives-latency-hour-long").inputs["metricQueries"]}
    assert {name for name, query in queries.items() if query["returnData"]} == {"result"}
    assert {query["metric"]["period"] for name, query in queries.items() if name != "result"} == {3600}


def test_everything_belongs_to_the_component() -> None:
    assert len(below(_graph(), BurnRates, "objectives")) == 24
