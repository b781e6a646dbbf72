"""What watching a stack costs, from what there is to bill."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from functions.business_metrics.published import PUBLISHED
from sandbox.cost.line import Line
from sandbox.cost.published import published, published_at_most
from sandbox.cost.stack import Stack
from sandbox.cost.usage import Usage
from sandbox.cost.watching import watching

_AWS = "urn:pulumi:prod::dify::pulumi:providers:aws::aws"


def _resource(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"type": f"aws:x/{kind[0].lower()}{kind[1:]}:{kind}", "inputs": inputs, "urn": "", "provider": f"{_AWS}::id"}


def _function(**variables: object) -> dict[str, Any]:
    texts = {name: json.dumps(value) for name, value in variables.items()}
    return {"environment": {"variables": texts}}


def _lines(resources: Sequence[Mapping[str, Any]], **usage: float) -> dict[str, Line]:
    provider = {"type": "pulumi:providers:aws", "urn": _AWS, "inputs": {"region": "us-east-1"}, "provider": ""}
    cluster = {**_resource("Cluster", name="dify"), "type": "aws:ecs/cluster:Cluster"}
    return {line.price: line for line in watching(Stack(resources=[provider, cluster, *resources]), Usage(**usage))}


_ONE = [{"id": "a", "metric": {"metricName": "A"}}]
_MATH = [*_ONE, {"id": "b", "metric": {"metricName": "B"}}, {"id": "result", "expression": "a / b"}]
_UNUSUAL = [*_ONE, {"id": "band", "expression": "ANOMALY_DETECTION_BAND(a, 3)"}]


def test_every_kind_of_thing_is_billed_at_its_own_price() -> None:
    alarms = [_resource("MetricAlarm", metricQueries=queries) for queries in (_ONE, _MATH)]
    kinds = ["LogMetricFilter"] * 10 + ["CompositeAlarm"] * 4 + ["Dashboard"] * 3 + ["Bucket"]
    lines = _lines([*alarms, *map(_resource, kinds)], logs_gb=100)
    assert {name: (line.least, round(line.dollars[0], 2)) for name, line in lines.items()} == {
        "metric": (10, 3.0),
        "alarm": (3, 0.3),
        "composite-alarm": (4, 2.0),
        "dashboard": (3, 9.0),
        "logs": (100, 50.0),
    }


def test_a_component_that_is_called_like_a_resource_is_none() -> None:
    assert _lines([{"type": "dify:compute:Function", "urn": "", "provider": ""}])["metric"].least == 0


def test_alarms_are_counted_by_the_metrics_that_they_read() -> None:
    assert _lines([_resource("MetricAlarm", metricQueries=_MATH)])["alarm"].least == 2


def test_an_alarm_on_what_is_unusual_is_billed_for_its_two_bounds_as_well() -> None:
    assert _lines([_resource("MetricAlarm", metricQueries=_UNUSUAL)])["alarm"].least == 3


def test_a_function_that_publishes_nothing_costs_no_metric() -> None:
    assert _lines([_resource("Function", **_function(OTHER={})), _resource("Function")])["metric"].least == 0


def test_functions_that_publish_are_counted_by_what_bounds_them() -> None:
    queues = {"groups": {"worker": ["mail", "dataset"], "worker-rag": ["dataset"]}}
    assert published(_function(QUEUE_DEPTH=queues)) == 2 + 2 + 1
    probe: dict[str, Any] = {"checks": [{}, {}, {}], "stream": None}
    assert published(_function(PROBE=probe)) == 2 * 3
    assert published(_function(PROBE={**probe, "stream": {}})) == 2 * 4
    assert _lines([_resource("Function", **_function(PROBE=probe))])["metric"].least == 2 * 3


def test_each_app_more_costs_one_metric_for_every_figure_by_app() -> None:
    def metrics(apps: int) -> int:
        return published(_function(BUSINESS_METRICS={"apps": apps, "models": 10, "currencies": ["USD"]}))

    assert metrics(11) - metrics(10) == sum(("Stack", "App") in sets for sets in PUBLISHED.values())


def test_every_combination_of_values_is_a_metric() -> None:
    sets = {"Messages": [["Stack"], ["Stack", "App"], ["Stack", "App", "Model"]], "Users": [["Stack"]]}
    assert published_at_most(sets, {"Stack": 1, "App": 11, "Model": 4}) == 1 + 11 + 44 + 1


def test_a_dimension_that_nobody_bounds_is_refused() -> None:
    with pytest.raises(KeyError, match="User"):
        published_at_most({"Tokens": [["User"]]}, {"Stack": 1})
