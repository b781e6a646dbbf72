"""Entry point, run every five minutes: counts what people did with Dify, publishes it, and keeps a missed day."""

import logging
import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

import boto3
from botocore.config import Config
from business_event import time_of
from business_figures import CloudWatch, Figure, figures_of, publish
from business_reading import Reading, reading
from business_settings import VARIABLE, BusinessSettings, parse_settings
from business_window import window_at
from daily_usage import DAY, S3, keep_day, missed_day
from errors import FunctionError
from postgresql import login_of
from stored_secret import current_version

__all__ = ["FunctionError", "handler"]

_LOG = logging.getLogger("business_metrics")
_LOG.setLevel(logging.INFO)

# botocore's debug records hold whole answers, the secret included; they stay off whatever the root logger's level.
for _name in ("boto3", "botocore"):
    logging.getLogger(_name).setLevel(logging.INFO)

_PATIENCE = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 2, "mode": "standard"})


def handler(event: object, _context: object) -> dict[str, object]:
    """Publish the window that had ended at the event's time (see published.py) and keep one missed day, if any.

    What the database has no table or column for is left out, named in the log, and makes `Incomplete` 1. Where
    anything else is wrong, `Failed` is published and no number at all, and FunctionError is raised. Nothing is tried
    twice: a window that was published twice would count twice.
    """
    settings = parse_settings(os.environ.get(VARIABLE))
    now = time_of(event)
    window = window_at(now)
    try:
        with _database(settings) as read:
            figures, lacking = figures_of(read, settings, window)
    except _StageError as error:
        publish(_cloudwatch(), settings, window, [Figure("Failed", 1, ("Reason", error.reason))])
        raise FunctionError(str(error)) from None
    if lacking:
        _LOG.warning("incomplete: the database lacks %s", ", ".join(lacking))
    state = [Figure("Measured", 1), Figure("Incomplete", int(bool(lacking)))]
    publish(_cloudwatch(), settings, window, [*figures, *state])
    return {"window": window.start.isoformat(), "lacking": lacking, "kept": _keep(settings, now)}


def _keep(settings: BusinessSettings, now: datetime) -> str | None:
    """The day whose record was written, None where none was missing or could be. Raises FunctionError."""
    client = cast("S3", _client("s3"))
    day = missed_day(client, settings.history_bucket, now)
    if day is None:
        return None
    with _database(settings) as read:
        if read.missing(DAY.needs):
            return None
        keep_day(client, settings.history_bucket, day, read)
    return str(day)


class _StageError(FunctionError):
    """A failure, with the one of published.REASONS that it is of."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@contextmanager
def _database(settings: BusinessSettings) -> Generator[Reading]:
    """The login is read on every run, so that a rotation needs no restart. Raises _StageError."""
    reason = "Login"
    try:
        login = login_of(current_version(_client("secretsmanager"), settings.secret_arn))
        reason = "Connection"
        with reading(settings, login) as read:
            reason = "Query"
            yield read
    except FunctionError as error:
        raise _StageError(reason, str(error)) from None


def _cloudwatch() -> CloudWatch:
    return cast("CloudWatch", _client("cloudwatch"))


def _client(service: str) -> Any:
    make = cast("Any", boto3.client)  # pyright: ignore[reportUnknownMemberType]
    return make(service, config=_PATIENCE)
