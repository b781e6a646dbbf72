"""What CloudWatch gets: lengths where they were read, and whether they could be read."""

from collections.abc import Mapping
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from depth_settings import DepthSettings
from errors import refusal


class CloudWatch(Protocol):
    """The part of the CloudWatch client that is used here."""

    def put_metric_data(self, **parameters: Any) -> object: ...


def publish_lengths(client: CloudWatch, settings: DepthSettings, lengths: Mapping[str, int]) -> None:
    """`QueueLength` of each queue, `Backlog` of each worker group (the sum over its queues), and `Reachable` 1.

    In one call, which CloudWatch takes up to 1000 figures in (API reference, PutMetricData). Raises FunctionError.
    """
    queues = [_figure(settings, "QueueLength", length, Queue=queue) for queue, length in lengths.items()]
    groups = [
        _figure(settings, "Backlog", sum(lengths[queue] for queue in names), WorkerGroup=group)
        for group, names in settings.groups.items()
    ]
    _put(client, settings, [*queues, *groups, _figure(settings, "Reachable", 1)])


def publish_unreachable(client: CloudWatch, settings: DepthSettings) -> None:
    """`Reachable` 0 and no length: a zero would scale the workers in while tasks wait. Raises FunctionError."""
    _put(client, settings, [_figure(settings, "Reachable", 0)])


def _put(client: CloudWatch, settings: DepthSettings, figures: list[dict[str, Any]]) -> None:
    try:
        client.put_metric_data(Namespace=settings.namespace, MetricData=figures)
    except (ClientError, BotoCoreError) as error:
        raise refusal(f"namespace {settings.namespace}", "PutMetricData", error) from None


def _figure(settings: DepthSettings, name: str, value: int, **dimensions: str) -> dict[str, Any]:
    named = {"Stack": settings.stack, **dimensions}
    return {
        "MetricName": name,
        "Dimensions": [{"Name": dimension, "Value": text} for dimension, text in named.items()],
        "Value": value,
        "Unit": "Count",
    }
