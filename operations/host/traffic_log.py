"""nginx's access log, read from Docker line by line (its form: dify/nginx/configuration.py)."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from docker import errors

from operations.host.docker_host import DockerHost
from operations.outcome import FailedError

PART = "nginx"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request. `passed_on` says that a service was asked: what nginx answers by itself has none but that of its
    path. `seconds` until the answer began, as a load balancer counts them: a stream may go on for minutes, and is not
    slow for it. None where no service answered. `sent` in bytes."""

    method: str
    path: str
    service: str
    route_class: str
    status: int
    passed_on: bool
    seconds: float | None
    sent: int


@dataclass(frozen=True, kw_only=True)
class TrafficLog:
    """What Docker keeps of the log of the nginx on `host`: no more than `dify:logs` says, and of this container only.
    Every method raises FailedError in one line where Docker does not give it."""

    host: DockerHost

    def begins(self) -> datetime | None:
        """When the first request of all that is kept ended; None where there is none."""
        return next((datetime.fromisoformat(one["time"]) for one in self._lines(None)), None)

    def requests(self, since: datetime, *, newest: int | None = None) -> Iterator[Request]:
        """All that ended since then, one by one: a log of a month does not fit into memory. Or only so many of the
        `newest`: for a time Docker reads all that it keeps, for a number the end."""
        return map(_request, self._lines(since, newest))

    def _lines(self, since: datetime | None, newest: int | None = None) -> Iterator[dict[str, Any]]:
        container = self.host.part(PART).container
        rest = b""
        try:
            with closing(self._pieces(container, since, newest)) as pieces:
                for piece in pieces:
                    # Docker cuts what is longer than 16 KiB.
                    *lines, rest = (rest + piece).split(b"\n")
                    for line in lines:
                        yield from _parsed(line)
        except (errors.DockerException, OSError) as error:
            why = " ".join(str(error).split())
            raise FailedError(f"Docker at {self.host.address}: reading the log of {container}: {why}") from None

    def _pieces(self, container: str, since: datetime | None, newest: int | None) -> Any:
        asked: dict[str, Any] = {"stdout": True, "stderr": False, "stream": True, "follow": False}
        if since is not None:
            asked["since"] = since.timestamp()
        return self.host.client.logs(container, tail="all" if newest is None else newest, **asked)


def _parsed(line: bytes) -> Iterator[dict[str, Any]]:
    """Nothing for a line that a full disk or a crash has cut."""
    try:
        found = json.loads(line)
    except ValueError:
        return
    if isinstance(found, dict) and "status" in found:
        yield found


def _request(line: dict[str, Any]) -> Request:
    return Request(
        method=line["method"],
        path=line["path"],
        service=line["service"],
        route_class=line["class"],
        status=line["status"],
        passed_on=bool(line["upstream"]),
        seconds=_until_answer(line["upstream_header_seconds"], line["upstream_seconds"]),
        sent=line["response_bytes"],
    )


def _until_answer(headers: str, whole: str) -> float | None:
    """Until the last instance that was asked began to answer, with the time that others before it took; each is a list
    with `-` for one that did not answer (nginx, ngx_http_upstream_module, $upstream_header_time)."""
    *_, answered = headers.split(", ")
    if answered in ("", "-"):
        return None
    *before, _ = whole.split(", ")
    return sum(float(one) for one in before if one != "-") + float(answered)
