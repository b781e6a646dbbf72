"""What the filters of Dify's logs find, as a table of lines.

What this does not prove: that CloudWatch Logs reads a pattern as tests/components/filter_patterns.py does.
"""

import json
import re
from functools import cache
from typing import Any

import pytest

from components.alarm_tables.application import application_alarms
from components.alarms import Band
from components.application_errors import (
    NAMESPACE,
    ApplicationErrors,
    ApplicationErrorsArgs,
    LogFilter,
    log_filters,
    sources,
)
from settings.plan import deployments
from settings.severity import Severity
from tests.components.component_graphs import LOGS, program, settings, site
from tests.components.filter_patterns import finds
from tests.recorder import Graph, record

_SOURCES = sources(LOGS, deployments(settings()), "dify-prod-database")
_FILTERS = {one.name: one for one in log_filters(_SOURCES).all}


@cache
def _graph() -> Graph:
    return record(lambda: ApplicationErrors("application-errors", ApplicationErrorsArgs(site=site(), sources=_SOURCES)))


def _finds(found: LogFilter, line: str) -> bool:
    """As CloudWatch Logs does: JSON by `finds`, other lines by terms, of which one that begins with ? is enough."""
    if found.pattern.startswith("{"):
        return line.startswith("{") and finds(found.pattern, json.loads(line))
    terms = re.findall(r'(\??)"([^"]+)"', found.pattern)
    optional = [term for mark, term in terms if mark]
    return all(term in line for mark, term in terms if not mark) and (
        not optional or any(term in line for term in optional)
    )


def _line(severity: str, message: str, **more: Any) -> str:
    return json.dumps({"ts": "2026-11-24T10:00:00.000Z", "severity": severity, "message": message, **more})


_TABLE = [
    ("/dify-prod/api", _line("ERROR", "Failed to connect", error_source="system"), {"api-errors"}),
    ("/dify-prod/api", _line("ERROR", "Failed to connect"), {"api-errors"}),
    ("/dify-prod/api", _line("ERROR", "Node failed", error_source="workflow"), set[str]()),
    ("/dify-prod/api", _line("INFO", "ERROR is only a word here"), set[str]()),
    ("/dify-prod/api", _line("WARN", "Console login failed: email=a@b.c reason=account_not_found"), {"failed-logins"}),
    ("/dify-prod/api", _line("INFO", "Console login succeeded"), set[str]()),
    ("/dify-prod/api", "[2026-11-24 10:00:00 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:25)", {"api-workers-lost"}),
    (
        "/dify-prod/api-websocket",
        "[2026-11-24 10:00:00 +0000] [1] [ERROR] Worker (pid:25) was sent SIGKILL! Perhaps out of memory?",
        {"api-websocket-workers-lost"},
    ),
    ("/dify-prod/api", "[2026-11-24 10:00:00 +0000] [1] [INFO] Booting worker with pid: 25", set[str]()),
    ("/dify-prod/worker", _line("ERROR", "Task handler raised error"), {"worker-errors"}),
    ("/dify-prod/worker", _line("WARN", "Console login failed: email=a@b.c"), set[str]()),
    ("/dify-prod/beat", _line("ERROR", "beat: Connection error"), {"beat-errors"}),
    ("/dify-prod/plugin-daemon", _line("ERROR", "plugin instance failed"), {"plugin-daemon-errors"}),
    (
        "/aws/rds/instance/dify-prod-database/postgresql",
        "2026-11-24 10:00:00 UTC:10.20.48.4(40000):dify@dify:[7]:ERROR:  deadlock detected",
        {"deadlocks"},
    ),
    (
        "/aws/rds/instance/dify-prod-database/postgresql",
        "2026-11-24 10:00:00 UTC:10.20.48.4(40000):dify@dify:[7]:STATEMENT:  select 'deadlock detected'",
        set[str](),
    ),
]


@pytest.mark.parametrize(("group", "line", "found"), _TABLE)
def test_a_line_is_found_by_exactly_the_filters_that_mean_it(group: str, line: str, found: set[str]) -> None:
    assert {name for name, one in _FILTERS.items() if one.group == group and _finds(one, line)} == found


def test_every_kind_of_filter_finds_something_in_the_table() -> None:
    assert {name for name in _FILTERS if not any(name in found for *_, found in _TABLE)} == {"api-websocket-errors"}


def test_services_whose_log_has_no_known_form_are_left_out() -> None:
    assert set(_SOURCES.services) == {"api", "api-websocket", "worker", "beat", "plugin-daemon"}


def test_every_log_that_is_searched_is_a_log_group_of_the_stack() -> None:
    groups = {group.inputs["name"] for group in program().of("cloudwatch/logGroup:LogGroup")}
    assert {one.group for one in _FILTERS.values()} <= groups


def test_a_log_in_which_nothing_is_wrong_counts_as_none() -> None:
    made = _graph().of(":LogMetricFilter")
    assert len(made) == len(_FILTERS)
    for one in made:
        counted = one.inputs["metricTransformation"]
        name = one.name.removeprefix("application-errors-")
        assert one.inputs["pattern"] == _FILTERS[name].pattern
        assert counted == {
            "namespace": NAMESPACE,
            "name": f"dify-prod-{name}",
            "value": "1",
            "defaultValue": "0",
            "unit": "Count",
        }


def test_every_filter_has_one_alarm_on_its_own_count() -> None:
    alarms = application_alarms(site(), log_filters(_SOURCES))
    counted = [metric.name for alarm in alarms for metric in alarm.metrics.values()]
    assert sorted(counted) == sorted(f"dify-prod-{name}" for name in _FILTERS)
    assert len({alarm.name for alarm in alarms}) == len(alarms)


def test_what_a_log_says_is_a_ticket_and_wakes_nobody() -> None:
    assert {alarm.severity for alarm in application_alarms(site(), log_filters(_SOURCES))} == {Severity.TICKET}


def test_failed_logins_are_compared_with_the_same_hour_of_other_weeks_and_a_few_never_ring() -> None:
    (alarm,) = [one for one in application_alarms(site(), log_filters(_SOURCES)) if one.name.startswith("failed")]
    assert alarm.threshold == Band(width=3, side="above")
    assert alarm.expression == "IF(found > 10, found, 0)"
