"""Entry point, run each minute: asks Dify what its users ask, all at once, and publishes whether it answered."""

import logging
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from time import monotonic
from typing import Any, cast

import boto3
from botocore.config import Config
from chat_stream import question, read_to_end
from errors import FunctionError
from exchange import Answer, Request, StepError, ask
from probe_metrics import Outcome, publish
from probe_settings import VARIABLE, Check, ProbeSettings, Stream, parse_settings
from stored_secret import current_version

__all__ = ["FunctionError", "handler"]

STREAM = "stream"
"""The step that talks to an app."""

CHECK_SECONDS = 10.0
STREAM_SECONDS = 35.0
"""What a user waits for a page, and for a short answer of a model. All steps together stay below a minute, with the
time that AWS may take before and after them."""

_LOG = logging.getLogger(__name__)
_PATIENCE = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 1, "mode": "standard"})

# botocore's debug records hold whole answers, the secret included; they stay off whatever the root logger's level.
for _name in ("boto3", "botocore"):
    logging.getLogger(_name).setLevel(logging.INFO)


def handler(event: Mapping[str, Any], _context: object) -> dict[str, str]:
    """Ask, publish, and return `ok` or the kind of failure of each step of the settings (see probe_settings.py).

    A step that fails is a measure, not a failure of the run. Raises FunctionError where nothing can be published.
    """
    settings = parse_settings(os.environ.get(VARIABLE))
    steps = {check.step: partial(_check, settings, check) for check in settings.checks}
    if settings.stream is not None and _is_due(event, settings.stream.every_minutes):
        steps[STREAM] = partial(_converse, settings, settings.stream)
    with ThreadPoolExecutor(max_workers=len(steps)) as together:
        outcomes = list(together.map(_tried, steps, steps.values()))
    for outcome in outcomes:
        if outcome.failure is not None:
            _LOG.warning("step %s failed: %s", outcome.step, outcome.failure)
    publish(_client("cloudwatch"), settings, outcomes)
    return {outcome.step: outcome.failure or "ok" for outcome in outcomes}


def _tried(step: str, attempt: Callable[[], None]) -> Outcome:
    begun, failure = monotonic(), None
    try:
        attempt()
    except (StepError, FunctionError) as error:
        failure = str(error)
    return Outcome(step=step, seconds=monotonic() - begun, failure=failure)


def _check(settings: ProbeSettings, check: Check) -> None:
    with ask(Request(host=settings.host, port=settings.port, path=check.path), CHECK_SECONDS) as answer:
        _require(answer, check.status)
        for _piece in answer.pieces:
            pass


def _converse(settings: ProbeSettings, stream: Stream) -> None:
    """The key is read on every run, so that a new one needs no restart."""
    key = current_version(_client("secretsmanager"), stream.secret_arn).text("apiKey")
    with ask(question(settings.host, settings.port, key), STREAM_SECONDS) as answer:
        _require(answer, HTTPStatus.OK)
        read_to_end(answer.pieces)


def _require(answer: Answer, status: int) -> None:
    if answer.status != status:
        raise StepError(f"status {answer.status}")


def _is_due(event: Mapping[str, Any], every_minutes: int) -> bool:
    """Whether the minute of a scheduled event is one for an app; who calls by hand asks everything."""
    time = str(event.get("time", ""))
    return not time or int(time[14:16]) % every_minutes == 0


def _client(service: str) -> Any:
    make = cast("Any", boto3.client)  # pyright: ignore[reportUnknownMemberType]
    return make(service, config=_PATIENCE)
