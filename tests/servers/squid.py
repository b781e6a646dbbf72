"""The real squid under the SSRF proxy's own entrypoint and configuration, kept on the loopback."""

import json
import socket
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPResponse
from pathlib import Path
from signal import SIGKILL

from tests.servers.process import LOOPBACK, find_program, free_port, running

IMAGE = Path(__file__).parents[2] / "images" / "ssrf_proxy"
TEMPLATE = (IMAGE / "squid.conf").read_text()

USER = "proxy"
"""Debian's user of the package; the image runs as its number."""

_ON_THE_LOOPBACK = """
hosts_file {hosts}
dns_nameservers {nameserver}
dns_timeout 1 second
dns_retransmit_interval 1 second
tcp_outgoing_address 127.0.0.1
tcp_outgoing_address ::1
"""
"""Names come from the test, and the kernel refuses to connect from these addresses to anything but the loopback."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the proxy answered to one request, and its line in the access log."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    logged: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def refused(self) -> bool:
        """Squid's rules said no, and it contacted nobody."""
        denied = self.status == 403 and self.headers.get("X-Squid-Error", "").startswith("ERR_ACCESS_DENIED")
        return denied and (self.logged["result"], self.logged["server"]) == ("TCP_DENIED", "-")


@dataclass(frozen=True, kw_only=True)
class Squid:
    """One running proxy on a loopback port."""

    port: int
    log: Path

    @classmethod
    @contextmanager
    def start(
        cls,
        folder: Path,
        *,
        hosts: Mapping[str, str] | None = None,
        nameserver: str = LOOPBACK,
        environment: Mapping[str, str] | None = None,
        template: str = TEMPLATE,
    ) -> Generator["Squid"]:
        """A proxy until the block ends. `folder` is one of process.server_folder.

        It knows the names in `hosts` and asks `nameserver`, on port 53, for others.

        Started as in a task that runs an upstream image: the script as a command, the template as a variable.
        Raises ServerMissingError, ServerFailedError.
        """
        find_program("squid")
        names, log, port = folder / "hosts", folder / "log", free_port()
        service = f"ssrf{port}"
        names.write_text("".join(f"{address} {name}\n" for name, address in (hosts or {}).items()))
        log.touch()
        # Squid opens its standard output anew, by name, as its own user.
        log.chmod(0o666)
        variables = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "SSRF_PROXY_LISTEN": f"{LOOPBACK}:{port}",
            "SSRF_PROXY_TEMPLATE": template + _ON_THE_LOOPBACK.format(hosts=names, nameserver=nameserver),
            **(environment or {}),
        }
        script = (IMAGE / "entrypoint.sh").read_text()
        with (
            _shared_memory(service),
            running(
                ["/bin/sh", "-c", script, "ssrf_proxy", "-n", service],
                ready=lambda: _listens(port),
                user=USER,
                environment=variables,
                log=log,
                stop=SIGKILL,
            ),
        ):
            yield cls(port=port, log=log)

    def get(self, url: str, *headers: str) -> Answer:
        """The answer to exactly this URL; clients would rewrite it first."""
        return self._once(lambda connection: _ask(connection, "GET", url, headers))

    def connect(self, authority: str, *, then: str | None = None) -> Answer:
        """The answer to CONNECT; where that opened a tunnel and `then` is a path, the answer through it."""

        def ask(connection: socket.socket) -> Answer:
            answer = _ask(connection, "CONNECT", authority, ())
            return _ask(connection, "GET", then, ()) if then and answer.status == 200 else answer

        return self._once(ask)

    def _once(self, ask: Callable[[socket.socket], Answer]) -> Answer:
        """Squid writes a request's line when all of it is over, which may be after the answer."""
        before = len(self._lines())
        with socket.create_connection((LOOPBACK, self.port), timeout=30) as connection:
            answer = ask(connection)
        deadline = time.monotonic() + 30
        while len(lines := self._lines()) == before and time.monotonic() < deadline:
            time.sleep(0.002)
        (line,) = lines[before:]
        return replace(answer, logged=json.loads(line))

    def _lines(self) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if line.startswith("{")]


@contextmanager
def _shared_memory(service: str) -> Generator[None]:
    """Squid's segments, which carry its service name, go when it is gone: it is not given the time to do so itself."""
    try:
        yield
    finally:
        for segment in Path("/dev/shm").glob(f"{service}-*"):  # noqa: S108  where Linux keeps them
            segment.unlink()


def _ask(connection: socket.socket, method: str, target: str, headers: tuple[str, ...]) -> Answer:
    lines = [f"{method} {target} HTTP/1.1", "Host: somewhere.invalid", *headers]
    if method != "CONNECT":
        lines.append("Connection: close")
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    with HTTPResponse(connection, method=method) as response:
        response.begin()
        tunnel = method == "CONNECT" and response.status == 200
        return Answer(
            status=response.status, headers=dict(response.getheaders()), body=b"" if tunnel else response.read()
        )


def _listens(port: int) -> bool:
    """Squid says that it accepts connections a moment before it does. A connection without a request is not logged."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0
