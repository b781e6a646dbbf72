"""The bill of a rehearsed stack's monitoring."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.business_metrics.published import PUBLISHED
from sandbox import monitoring_cost
from sandbox.monitoring_cost import main, watching


def _resource(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"type": f"aws:x/{kind[0].lower()}{kind[1:]}:{kind}", "inputs": inputs}


def _function(**variables: object) -> dict[str, Any]:
    texts = {name: json.dumps(value) for name, value in variables.items()}
    return _resource("Function", environment={"variables": texts})


_MATH = [
    {"id": "a", "metric": {"metricName": "A"}},
    {"id": "b", "metric": {"metricName": "B"}},
    {"id": "result", "expression": "a / b"},
]
_UNUSUAL = [
    {"id": "a", "metric": {"metricName": "A"}},
    {"id": "band", "expression": "ANOMALY_DETECTION_BAND(a, 3)"},
]


def test_a_component_that_is_called_like_a_resource_is_none() -> None:
    assert watching([{"type": "dify:compute:Function"}], 0).metrics == 0


def test_alarms_are_counted_by_the_metrics_that_they_read() -> None:
    found = watching(
        [_resource("MetricAlarm", metricQueries=_MATH), _resource("MetricAlarm", metricQueries=_UNUSUAL)], 0
    )
    assert found.alarms == ((2, False), (1, True))


def test_everything_else_is_counted_as_it_is_and_other_resources_are_not() -> None:
    kinds = ("CompositeAlarm", "Dashboard", "Dashboard", "LogMetricFilter", "Bucket")
    found = watching([*map(_resource, kinds), _function(OTHER={})], 7)
    assert (found.composites, found.dashboards, found.metrics, found.log_gb) == (1, 2, 1, 7)


def test_functions_that_publish_are_counted_by_what_bounds_them() -> None:
    queues = {"groups": {"worker": ["mail", "dataset"], "worker-rag": ["dataset"]}}
    assert watching([_function(QUEUE_DEPTH=queues)], 0).metrics == 2 + 2 + 1
    probe: dict[str, Any] = {"checks": [{}, {}, {}], "stream": None}
    assert watching([_function(PROBE=probe)], 0).metrics == 2 * 3
    assert watching([_function(PROBE={**probe, "stream": {}})], 0).metrics == 2 * 4


def test_each_app_more_costs_one_metric_for_every_figure_by_app() -> None:
    def metrics(apps: int) -> int:
        settings = {"apps": apps, "models": 10, "currencies": ["USD"]}
        return watching([_function(BUSINESS_METRICS=settings)], 0).metrics

    assert metrics(11) - metrics(10) == sum(("Stack", "App") in sets for sets in PUBLISHED.values())


def test_the_bill_of_a_state_ends_with_its_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state = {"deployment": {"resources": [_resource("Dashboard"), _resource("MetricAlarm", metricQueries=_UNUSUAL)]}}
    (tmp_path / "prod.state.json").write_text(json.dumps(state))
    monkeypatch.setattr(monitoring_cost, "BUILD", tmp_path)
    assert main(["prod", "10"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["USD", "a", "month,", "us-east-1", "=", "8.30"]


def test_a_stack_that_was_not_rehearsed_is_one_line_and_no_bill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(monitoring_cost, "BUILD", tmp_path)
    assert main(["prod"]) == 1
    assert capsys.readouterr().err == "prod: no rehearsed state; run make rehearse STACK=prod first\n"
    assert main([]) == 2
    assert main(["prod", "much"]) == 2
