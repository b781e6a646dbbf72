"""Saved questions to the logs, asked of lines as the services write them.

What this does not prove: that CloudWatch reads a query as tests/components/insights.py does.
"""

import json
import re
from typing import Any

import pytest

from components.log_queries import REPLACE, Logged, LogQueries, LogQueriesArgs, firewall_group, log_queries
from settings.plan import deployments
from tests.components.component_graphs import ROOT, program, settings, site
from tests.components.insights import answer
from tests.recorder import record

_LOGGED = Logged(
    path="/dify-prod",
    deployments=deployments(settings()),
    database="dify-prod-database",
    firewall=firewall_group(site()),
    names_guarded=True,
)
_QUERIES = {f"{one.topic}/{one.question}": one for one in log_queries(_LOGGED)}


def _line(severity: str, message: str, **more: Any) -> str:
    return json.dumps({"severity": severity, "message": message, **more})


def _asked(name: str, *lines: str) -> list[dict[str, Any]]:
    return answer(_QUERIES[name].text, lines)


def test_errors_are_counted_by_message_the_most_frequent_first() -> None:
    lines = [_line("ERROR", "a"), _line("ERROR", "b"), _line("ERROR", "b"), _line("INFO", "c")]
    assert [(row["message"], row["errors"]) for row in _asked("services/errors-by-message", *lines)] == [
        ("b", 2),
        ("a", 1),
    ]


def test_one_trace_is_followed_through_all_services_in_order() -> None:
    lines = [
        _line("INFO", "api asks", trace_id=REPLACE),
        _line("INFO", "another", trace_id="0af7651916cd43dd"),
        _line("ERROR", "plugin fails", trace_id=REPLACE),
    ]
    assert [row["message"] for row in _asked("services/one-trace", *lines)] == ["api asks", "plugin fails"]


def test_processes_lost_are_found_in_lines_that_are_no_json() -> None:
    lines = ["[1] [CRITICAL] WORKER TIMEOUT (pid:25)", "[1] [INFO] Booting worker with pid: 26"]
    assert [row["@message"] for row in _asked("services/processes-lost", *lines)] == [lines[0]]


def test_jobs_are_compared_by_how_long_they_take() -> None:
    lines = [
        _line("INFO", "Task tasks.mail.send[1f] succeeded in 0.5s: None"),
        _line("INFO", "Task tasks.index.add[2f] succeeded in 90.25s: None"),
        _line("INFO", "Task tasks.index.add[3f] succeeded in 30.75s: None"),
        _line("INFO", "Task tasks.index.add[3f] received"),
    ]
    assert [(row["task"], row["jobs"], row["longest"]) for row in _asked("workers/slow-jobs", *lines)] == [
        ("tasks.index.add", 2, 90.25),
        ("tasks.mail.send", 1, 0.5),
    ]


def test_failures_of_workflows_are_told_from_those_of_the_system() -> None:
    lines = [
        _line("ERROR", "Node failed", error_source="workflow", context={"app_id": "a", "node_id": "n"}),
        _line("ERROR", "No connection", error_source="system"),
    ]
    (row,) = _asked("workflows/failed-runs", *lines)
    assert (row["context.app_id"], row["context.node_id"], row["failures"]) == ("a", "n", 1)


def test_the_start_of_a_plugin_shows_from_its_first_word_to_its_last() -> None:
    lines = [
        _line("INFO", "local runtime starting", attributes={"plugin": "a/b:1"}),
        _line("INFO", "local runtime ready", attributes={"plugin": "a/b:1"}),
        _line("INFO", "plugin instance log", attributes={"plugin": "a/b:1"}),
    ]
    found = {(row["attributes.plugin"], row["message"]) for row in _asked("plugins/start-up", *lines)}
    assert found == {("a/b:1", "local runtime starting"), ("a/b:1", "local runtime ready")}


def test_slow_statements_are_ordered_by_the_time_they_take_together() -> None:
    start = "2026-11-24 10:00:00 UTC:10.20.48.4(40000):dify@dify:[7]:LOG:  "
    lines = [
        f"{start}duration: 1500.5 ms  statement: select 1",
        f"{start}duration: 1100 ms  execute <unnamed>: select 2",
        f"{start}duration: 1200 ms  execute <unnamed>: select 2",
        f"{start}connection received",
    ]
    found = [(row["statement"], row["times"], row["together"]) for row in _asked("database/slow-statements", *lines)]
    assert found == [("select 2", 2, 2300), ("select 1", 1, 1500.5)]


def test_deadlocks_and_waits_for_locks_are_found_the_latest_first() -> None:
    lines = ["LOG:  process 7 still waiting for ShareLock", "ERROR:  deadlock detected", "LOG:  checkpoint starting"]
    assert [row["@message"] for row in _asked("database/deadlocks", *lines)] == [lines[1], lines[0]]


def _request(**more: Any) -> str:
    return json.dumps(
        {"ms": 10, "client": "10.20.0.1", "host": "a.example", "port": "443", "result": "TCP_TUNNEL"} | more
    )


def test_requests_that_the_proxy_denies_or_that_take_long_are_counted_by_host() -> None:
    lines = [_request(), _request(result="TCP_DENIED", host="169.254.169.254"), _request(ms=9000, host="slow.example")]
    (denied,) = _asked("sandbox/denied-by-proxy", *lines)
    (slow,) = _asked("sandbox/slow-requests", *lines)
    assert (denied["host"], denied["refused"]) == ("169.254.169.254", 1)
    assert (slow["host"], slow["longest"]) == ("slow.example", 9000)


def test_failed_logins_are_counted_by_address_with_the_accounts_that_were_tried() -> None:
    lines = [
        _line("WARN", f"Console login failed: email={email} reason=invalid_credentials ip_address=203.0.113.9")
        for email in ("a@example.com", "b@example.com", "b@example.com")
    ]
    (row,) = _asked("sign-in/failed-logins", *lines)
    assert (row["address"], row["failures"], row["accounts"]) == ("203.0.113.9", 3, 2)


def test_refused_requests_and_names_are_counted() -> None:
    asked = {"clientIp": "203.0.113.9", "country": "DE", "uri": "/console/api/login"}
    lines = [
        json.dumps({"action": "BLOCK", "terminatingRuleId": "rate", "httpRequest": asked}),
        json.dumps({"action": "ALLOW", "terminatingRuleId": "Default_Action", "httpRequest": asked}),
    ]
    (row,) = _asked("firewall/refused", *lines)
    assert (row["terminatingRuleId"], row["refused"]) == ("rate", 1)
    names = [
        json.dumps({"query_name": "tunnel.example.", "srcaddr": "10.20.0.1", "firewall_rule_action": "BLOCK"}),
        json.dumps({"query_name": "models.example.", "srcaddr": "10.20.0.1"}),
    ]
    (row,) = _asked("names/refused", *names)
    assert row["query_name"] == "tunnel.example."


def test_a_query_that_the_language_has_not_is_refused() -> None:
    for wrong in ("fields @timestamp\n| where a = 1", 'filter a ~ "b"', 'parse a "* *" as b', "sort a"):
        with pytest.raises(ValueError, match=r"no |has not"):
            answer(wrong, ['{"a": "b"}'])


def test_every_query_is_saved_under_the_name_of_its_stack_and_topic() -> None:
    graph = record(lambda: LogQueries("log-queries", LogQueriesArgs(site=site(), logged=_LOGGED)))
    saved = {one.inputs["name"]: one.inputs for one in graph.of(":QueryDefinition")}
    assert set(saved) == {f"dify-prod/{name}" for name in _QUERIES}
    assert saved["dify-prod/database/deadlocks"]["logGroupNames"] == ["/aws/rds/instance/dify-prod-database/postgresql"]


def test_every_query_asks_logs_that_the_stack_has() -> None:
    groups = {group.inputs["name"] for group in program().of("cloudwatch/logGroup:LogGroup")}
    assert {group for one in _QUERIES.values() for group in one.groups} <= groups
    assert all(one.groups for one in _QUERIES.values())


def test_every_query_that_a_runbook_names_is_saved() -> None:
    texts = [page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "runbooks").glob("*.md")]
    named = {name for text in texts for name in re.findall(r"`dify-prod/([a-z-]+/[a-z-]+)`", text)}
    assert named
    assert named <= set(_QUERIES)


def test_what_is_not_guarded_is_not_asked_about() -> None:
    bare = Logged(path="/dify-prod", deployments=_LOGGED.deployments, database="dify-prod-database")
    assert not {one.topic for one in log_queries(bare)} & {"firewall", "names"}
