"""What a function has published, as CloudWatch answers it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any


def only_point(client: Any, namespace: str, metric: Mapping[str, Any]) -> dict[str, Any]:
    """The only value of a metric as `list_metrics` names it, with its `Sum` and `Unit`; it was published once."""
    now = datetime.now(UTC)
    answer = client.get_metric_statistics(
        Namespace=namespace,
        MetricName=metric["MetricName"],
        Dimensions=metric["Dimensions"],
        StartTime=now - timedelta(days=1),
        EndTime=now + timedelta(days=1),
        Period=2 * 24 * 3600,
        Statistics=["Sum", "SampleCount"],
    )
    (point,) = answer["Datapoints"]
    assert point["SampleCount"] == 1
    return point
