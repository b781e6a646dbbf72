"""What rings when Dify does not answer a user's question, and when nobody asks any more."""

import pytest

from components.alarm_tables.probe import probe_alarms
from components.alarms import Alarm
from settings.severity import Severity

_STEPS = {"console": 1, "api": 1, "web": 1, "stream": 5}
_ALARMS = {alarm.name: alarm for alarm in probe_alarms("Dify/Probe", {"Stack": "dify-prod"}, _STEPS)}


def _watched(alarm: Alarm) -> tuple[str, str, str, dict[str, object]]:
    metric = alarm.metrics["success"]
    return metric.namespace, metric.name, metric.statistic, dict(metric.dimensions)


def test_every_step_has_an_alarm_of_failure_and_one_of_silence() -> None:
    assert set(_ALARMS) == {f"{step}-{kind}" for step in _STEPS for kind in ("failed", "silent")}


@pytest.mark.parametrize("step", _STEPS)
def test_two_failures_of_three_wake_somebody(step: str) -> None:
    failed = _ALARMS[f"{step}-failed"]
    assert failed.severity is Severity.PAGE
    assert (failed.datapoints, failed.of, failed.period_seconds) == (2, 3, 60 * _STEPS[step])
    assert (failed.threshold, failed.below, failed.expression) == (1, True, None)
    assert _watched(failed) == ("Dify/Probe", "Success", "Minimum", {"Stack": "dify-prod", "Step": step})


@pytest.mark.parametrize("step", _STEPS)
def test_silence_is_a_ticket_and_no_failure(step: str) -> None:
    silent, failed = _ALARMS[f"{step}-silent"], _ALARMS[f"{step}-failed"]
    assert silent.severity is Severity.TICKET
    assert (silent.missing, failed.missing) == ("breaching", "notBreaching")
    assert silent.period_seconds == 60 * _STEPS[step]
    assert _watched(silent)[2] == "SampleCount"


def test_failure_and_silence_have_a_runbook_each() -> None:
    assert {alarm.runbook for name, alarm in _ALARMS.items() if name.endswith("failed")} == {"probe#step-failed"}
    assert {alarm.runbook for name, alarm in _ALARMS.items() if name.endswith("silent")} == {"probe#probe-silent"}
