"""nginx' log as Docker gives it, without a Docker."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from types import SimpleNamespace
from typing import Any, cast

from operations.host.docker_host import DockerHost
from operations.host.traffic_log import TrafficLog

SINCE = datetime(2026, 6, 1, 11, 45, tzinfo=UTC)

_LINE: dict[str, Any] = {
    "time": "2026-06-01T11:59:00+00:00",
    "method": "GET",
    "path": "/v1/info",
    "status": 200,
    "seconds": 0.15,
    "response_bytes": 100,
    "service": "api",
    "class": "serviceApi",
    "upstream": "10.0.0.1:5001",
    "upstream_status": "200",
    "upstream_header_seconds": "0.100",
    "upstream_seconds": "0.150",
}


def line(**changes: Any) -> bytes:
    """A line of the log."""
    return json.dumps({**_LINE, **changes}).encode() + b"\n"


def log_of(*pieces: bytes | Iterable[bytes]) -> TrafficLog:
    """A log that Docker gives in these pieces."""

    def given() -> Iterator[bytes]:
        yield from chain.from_iterable([one] if isinstance(one, bytes) else one for one in pieces)

    def logs(*_: object, **__: object) -> Iterator[bytes]:
        return given()

    def part(name: str) -> object:
        return SimpleNamespace(container=f"dify-host-{name}")

    host = SimpleNamespace(
        address="unix:///docker.sock",
        client=SimpleNamespace(logs=logs),
        part=part,
    )
    return TrafficLog(host=cast("DockerHost", host))
