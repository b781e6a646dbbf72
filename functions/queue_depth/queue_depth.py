"""Entry point, run each minute: reads the length of every Celery queue and publishes it."""

import logging
import os
from typing import Any, cast

import boto3
from botocore.config import Config
from celery_queues import queue_lengths
from depth_metrics import CloudWatch, publish_lengths, publish_unreachable
from depth_settings import VARIABLE, DepthSettings, parse_settings
from errors import FunctionError
from stored_secret import current_version

__all__ = ["FunctionError", "handler"]

# botocore's debug records hold whole answers, the secret included; they stay off whatever the root logger's level.
for _name in ("boto3", "botocore"):
    logging.getLogger(_name).setLevel(logging.INFO)

_PATIENCE = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2, "mode": "standard"})
"""An API that does not answer must leave time to say so through the other."""


def handler(_event: object, _context: object) -> dict[str, int]:
    """Publish and return the length of every queue of the settings (see depth_settings.py).

    When they cannot be read, publishes that alone and raises FunctionError: the run counts as failed as well.
    """
    settings = parse_settings(os.environ.get(VARIABLE))
    try:
        lengths = _read(settings)
    except FunctionError as error:
        publish_unreachable(_cloudwatch(), settings)
        raise FunctionError(f"cache {settings.host}:{settings.port}: {error}") from None
    publish_lengths(_cloudwatch(), settings, lengths)
    return lengths


def _read(settings: DepthSettings) -> dict[str, int]:
    """The login is read on every run, so that a rotation needs no restart."""
    login = current_version(_client("secretsmanager"), settings.secret_arn)
    return queue_lengths(settings, login.text("username"), login.text("password"))


def _cloudwatch() -> CloudWatch:
    return _client("cloudwatch")


def _client(service: str) -> Any:
    make = cast("Any", boto3.client)  # pyright: ignore[reportUnknownMemberType]
    return make(service, config=_PATIENCE)
