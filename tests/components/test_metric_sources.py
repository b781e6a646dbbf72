"""What rings on a measure of this stack's own is sent by this repository's code, under exactly those dimensions.

CloudWatch knows a metric by all of its dimensions: an alarm that names one more, or one less, never rings.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from components.business_metrics import NAMESPACE as BUSINESS
from components.probe import NAMESPACE as PROBE
from components.queue_depth import NAMESPACE as QUEUES
from functions.business_metrics import published as business
from functions.probe import published as probe
from tests.components.component_graphs import program
from tests.components.function_packages import module_of, secret_arn
from tests.recorder import Graph

Measure = tuple[str, str, frozenset[str]]
"""Namespace, name and names of dimensions."""


def measure(namespace: str, name: str, dimensions: Any) -> Measure:
    return namespace, name, frozenset(dimensions)


class _CloudWatch:
    """Keeps what a function publishes."""

    def __init__(self) -> None:
        self.sent: set[Measure] = set()

    def put_metric_data(self, **given: Any) -> None:
        for figure in given["MetricData"]:
            names = (dimension["Name"] for dimension in figure["Dimensions"])
            self.sent.add(measure(given["Namespace"], figure["MetricName"], names))


def sent_by_queue_depth() -> set[Measure]:
    settings = module_of("queue_depth", "depth_settings").DepthSettings(
        stack="dify-prod",
        namespace=QUEUES,
        secret_arn=secret_arn("cache-arn"),
        host="cache",
        port=6379,
        database=1,
        key_prefix="",
        groups={"worker": ("dataset",)},
    )
    client = _CloudWatch()
    metrics = module_of("queue_depth", "depth_metrics")
    metrics.publish_lengths(client, settings, {"dataset": 1})
    metrics.publish_unreachable(client, settings)
    return client.sent


def declared(namespace: str, table: Mapping[str, tuple[tuple[str, ...], ...]]) -> set[Measure]:
    """What a function says that it publishes."""
    return {measure(namespace, name, dimensions) for name, sets in table.items() for dimensions in sets}


def counted(graph: Graph) -> Iterator[Measure]:
    """What filters count in logs."""
    for one in graph.of(":LogMetricFilter"):
        found = one.inputs["metricTransformation"]
        yield measure(found["namespace"], found["name"], found.get("dimensions", ()))


def ringing(graph: Graph) -> set[Measure]:
    """Our own measures that an alarm looks at."""
    looked_at = (
        query["metric"]
        for alarm in graph.of(":MetricAlarm")
        for query in alarm.inputs["metricQueries"]
        if "metric" in query
    )
    return {
        measure(metric["namespace"], metric["metricName"], metric.get("dimensions", ()))
        for metric in looked_at
        if metric["namespace"].startswith("Dify/")
    }


def published(graph: Graph) -> set[Measure]:
    return {
        *sent_by_queue_depth(),
        *declared(BUSINESS, business.PUBLISHED),
        *declared(PROBE, probe.PUBLISHED),
        *counted(graph),
    }


@pytest.mark.parametrize("stack", ["prod", "staging", "dev"])
def test_what_rings_is_published_under_exactly_those_dimensions(stack: str) -> None:
    graph = program(stack)
    assert ringing(graph)
    assert ringing(graph) - published(graph) == set()


def test_whether_the_queues_can_be_measured_is_published_either_way() -> None:
    assert measure(QUEUES, "Reachable", ["Stack"]) in sent_by_queue_depth()
    assert measure(QUEUES, "Backlog", ["Stack"]) not in sent_by_queue_depth()
