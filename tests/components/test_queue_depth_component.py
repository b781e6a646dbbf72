"""The measuring of queues: what is measured, when, and with which permissions."""

import json
from typing import Any

import pytest

from components.queue_depth import NAMESPACE, QueueDepth
from dify.queues import ALL_QUEUES
from tests.components.component_graphs import below, container, document, pairs, program
from tests.components.function_packages import module_of, on_aws, secret_arn
from tests.components.program_variants import variant
from tests.recorder import Graph

_GROUPS = {
    "services.workerGroups": [
        {"name": name, "queues": list(ALL_QUEUES[at::2])} for at, name in enumerate(("even", "odd"))
    ],
    "database.poolSize": 4,
    "database.maxOverflow": 4,
}


def _settings(graph: Graph) -> Any:
    """The settings, as the function itself understands them."""
    text = graph.named("queue-depth-function").inputs["environment"]["variables"]["QUEUE_DEPTH"]
    return module_of("queue_depth", "depth_settings").parse_settings(json.dumps(on_aws(text)))


def _statements() -> dict[str, dict[str, Any]]:
    return {s["Sid"]: s for s in document(program().named("queue-depth-role-policy").inputs["policy"])}


@pytest.mark.parametrize("changes", [{}, _GROUPS], ids=["one-worker", "groups"])
def test_every_queue_is_measured_once(changes: dict[str, Any]) -> None:
    groups = _settings(variant(changes)).groups
    assert sorted(queue for queues in groups.values() for queue in queues) == list(ALL_QUEUES)


@pytest.mark.parametrize("changes", [{}, _GROUPS], ids=["one-worker", "groups"])
def test_what_is_measured_for_a_worker_is_what_it_listens_to(changes: dict[str, Any]) -> None:
    graph = variant(changes)
    for worker, queues in _settings(graph).groups.items():
        assert pairs(container(graph, worker)["environment"])["CELERY_WORKER_QUEUES"].split(",") == list(queues)


def test_the_queues_are_read_where_celery_writes_them() -> None:
    graph = program()
    settings = _settings(graph)
    assert (settings.host, settings.port) == ("cache-group-primaryEndpointAddress", 6379)
    assert settings.secret_arn == secret_arn("secrets-cache-arn")
    filled = graph.named("secrets-keeper-filled").inputs["input"]
    assert f"@{{host}}:{{port}}/{settings.database}" in filled
    assert pairs(container(graph, "worker")["environment"]).get("REDIS_KEY_PREFIX", "") == settings.key_prefix


def test_what_workers_scale_on_is_what_the_function_publishes() -> None:
    graph = variant(_GROUPS)
    settings, metrics = _settings(graph), module_of("queue_depth", "depth_metrics")
    published: list[tuple[str, str, frozenset[tuple[str, str]]]] = []

    class _Recorder:
        def put_metric_data(self, **given: Any) -> None:
            published.extend(
                (given["Namespace"], data["MetricName"], frozenset((d["Name"], d["Value"]) for d in data["Dimensions"]))
                for data in given["MetricData"]
            )

    metrics.publish_lengths(_Recorder(), settings, dict.fromkeys(ALL_QUEUES, 1))
    for worker in ("worker-even", "worker-odd"):
        tracked = graph.named(f"{worker}-backlog").inputs["targetTrackingScalingPolicyConfiguration"]
        metric = tracked["customizedMetricSpecification"]["metrics"][0]["metricStat"]["metric"]
        dimensions = frozenset((d["name"], d["value"]) for d in metric["dimensions"])
        assert (metric["namespace"], metric["metricName"], dimensions) in published
    alarm = graph.named("queues-unmeasured").inputs["metricQueries"][0]["metric"]
    rings = frozenset(dict(alarm["dimensions"]).items())
    assert (alarm["namespace"], alarm["metricName"], rings) in published


def test_the_function_may_publish_in_its_own_namespace_only() -> None:
    publish = _statements()["PublishMetrics"]
    assert publish["Action"] == ["cloudwatch:PutMetricData"]
    assert publish["Condition"] == {"StringEquals": {"cloudwatch:namespace": NAMESPACE}}
    assert _settings(program()).namespace == NAMESPACE


def test_the_function_reads_the_caches_secret_and_may_do_nothing_more() -> None:
    statements = _statements()
    assert set(statements) == {"ReadSecrets", "DecryptSecrets", "PublishMetrics", "WriteLogs"}
    assert statements["ReadSecrets"]["Resource"] == ["secrets-cache-arn"]


def test_it_measures_every_minute_and_a_late_measure_is_dropped() -> None:
    graph = program()
    assert graph.named("queue-depth-minute").inputs["scheduleExpression"] == "rate(1 minute)"
    target = graph.named("queue-depth-target").inputs
    assert (target["rule"], target["arn"]) == ("queue-depth-minute-name", "queue-depth-function-arn")
    assert target["retryPolicy"] == {"maximumEventAgeInSeconds": 60, "maximumRetryAttempts": 0}
    assert graph.named("queue-depth-function").inputs["timeout"] < 60


def test_only_that_rule_may_call_the_function() -> None:
    assert program().named("queue-depth-may-call").inputs == {
        "function": "dify-prod-queue-depth",
        "action": "lambda:InvokeFunction",
        "principal": "events.amazonaws.com",
        "sourceArn": "queue-depth-minute-arn",
    }


def test_the_function_reaches_the_cache_from_a_group_of_its_own() -> None:
    place = program().named("queue-depth-function").inputs["vpcConfig"]
    assert place["securityGroupIds"] == ["firewall-queue-depth-id"]


def test_everything_of_the_measuring_belongs_to_the_component() -> None:
    names = {resource.name for resource in below(program(), QueueDepth, "queue-depth")}
    assert names == {"queue-depth", "queue-depth-minute", "queue-depth-may-call", "queue-depth-target"}
