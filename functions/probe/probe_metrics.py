"""What CloudWatch gets of each step: whether it succeeded and how long it took."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from errors import refusal
from probe_settings import ProbeSettings


class CloudWatch(Protocol):
    """The part of the CloudWatch client that is used here."""

    def put_metric_data(self, **parameters: Any) -> object: ...


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One step, tried. `failure` is the kind of its failure, None where it succeeded."""

    step: str
    seconds: float
    failure: str | None


def publish(client: CloudWatch, settings: ProbeSettings, outcomes: Sequence[Outcome]) -> None:
    """`Success`, 1 or 0, and `Seconds` of each step, in one call. Raises FunctionError."""
    figures = [
        _figure(settings, outcome.step, *measure)
        for outcome in outcomes
        for measure in (
            ("Success", float(outcome.failure is None), "Count"),
            ("Seconds", outcome.seconds, "Seconds"),
        )
    ]
    try:
        client.put_metric_data(Namespace=settings.namespace, MetricData=figures)
    except (ClientError, BotoCoreError) as error:
        raise refusal(f"namespace {settings.namespace}", "PutMetricData", error) from None


def _figure(settings: ProbeSettings, step: str, name: str, value: float, unit: str) -> dict[str, Any]:
    return {
        "MetricName": name,
        "Dimensions": [{"Name": "Stack", "Value": settings.stack}, {"Name": "Step", "Value": step}],
        "Value": value,
        "Unit": unit,
    }
