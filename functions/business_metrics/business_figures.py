"""From answers to what CloudWatch takes. A metric or a dimension that published.py does not list is a KeyError."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from business_questions import QUESTIONS, Question
from business_reading import Reading
from business_settings import BusinessSettings
from business_window import Window
from errors import refusal
from published import OTHER, PUBLISHED, UNITS

_NOTICED_TOKENS = 10_000
"""What a user asks for within an hour is compared with its norm from here on: about ten long answers. Our own
judgement."""

_LONGEST_VALUE = 255
"""Names of models are the operators' own. CloudWatch takes 1024 characters of ASCII (API reference, Dimension)."""


class CloudWatch(Protocol):
    """The part of the CloudWatch client that is used here."""

    def put_metric_data(self, **parameters: Any) -> object: ...


@dataclass(frozen=True)
class Figure:
    """One value; `dimension` is its name and value beside the stack's."""

    metric: str
    value: float
    dimension: tuple[str, str] | None = None


def figures_of(read: Reading, settings: BusinessSettings, window: Window) -> tuple[list[Figure], list[str]]:
    """Every figure that this database can give, and what it lacks for the others. Raises FunctionError."""
    values = {
        **window.times,
        "apps": settings.apps,
        "models": settings.models,
        "currencies": list(settings.currencies),
        "loud_factor": settings.loud_factor,
        "noticed": _NOTICED_TOKENS,
        "other": OTHER,
    }
    figures: list[Figure] = []
    lacking: set[str] = set()
    for question in QUESTIONS:
        if question.hourly and not window.ends_hour:
            continue
        if missing := read.missing(question.needs):
            lacking.update(missing)
            continue
        for row in read.rows(question, values):
            figures += _figures(question, row)
    return figures, sorted(lacking)


def publish(client: CloudWatch, settings: BusinessSettings, window: Window, figures: Sequence[Figure]) -> None:
    """In one call, of which CloudWatch takes all or nothing, and up to 1000 figures (API reference, PutMetricData).
    Raises FunctionError."""
    data = [_datum(settings.stack, window, figure) for figure in figures]
    try:
        client.put_metric_data(Namespace=settings.namespace, MetricData=data)
    except (ClientError, BotoCoreError) as error:
        raise refusal(f"namespace {settings.namespace}", "PutMetricData", error) from None


def _figures(question: Question, row: Sequence[Any]) -> list[Figure]:
    dimension, values = None, row
    if question.dimension is not None:
        dimension, values = (question.dimension, _ascii(row[0])), row[1:]
    named = zip(question.metrics, values, strict=True)
    return [Figure(metric, float(value), dimension) for metric, value in named if value is not None]


def _ascii(value: str) -> str:
    """Printable ASCII, as long as names of dimensions may be; `:` must not come first."""
    plain = value.encode("ascii", "backslashreplace").decode()
    return "".join(one if " " <= one <= "~" else "?" for one in plain).strip().lstrip(":")[:_LONGEST_VALUE] or "unknown"


def _datum(stack: str, window: Window, figure: Figure) -> Mapping[str, Any]:
    named = {"Stack": stack} | ({} if figure.dimension is None else dict([figure.dimension]))
    if tuple(named) not in PUBLISHED[figure.metric]:
        raise KeyError(f"{figure.metric} is not published by {', '.join(named)}")
    return {
        "MetricName": figure.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in named.items()],
        "Timestamp": window.timestamp,
        "Value": figure.value,
        "Unit": UNITS.get(figure.metric, "Count"),
    }
