"""A server inside, which must not be reached, and what the tests say about the proxy in front of it."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.servers.process import LOOPBACK
from tests.servers.squid import Squid

Start = Callable[..., Squid]
"""Starts the proxy for a template and variables, once for each."""

EVERY_LOOPBACK_SPELLING = (
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0.0.0.0",  # noqa: S104  the address as a destination
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "localhost",
    "LOCALHOST",
    "rebound.example",
)
"""Each arrives at a server on 127.0.0.1 unless it is refused; the last is a public-looking name in the hosts file."""

NAMES = {
    "localhost": "127.0.0.1",
    "rebound.example": "127.0.0.1",
    "metadata.example": "169.254.169.254",
    "task-role.example": "169.254.170.2",
    "nitro.example": "fd00:ec2::254",
    "ssrf_proxy": "127.0.0.1",
    "router.example": "fe80::1",
    "office.example": "10.1.2.3",
    "wiki.corp.example": "127.0.0.1",
    "agent_backend": "127.0.0.1",
    "api": "127.0.0.1",
}


@dataclass
class Origin:
    """An HTTP server on the loopback that remembers what reached it."""

    port: int
    connections: int = 0
    requests: list[str] = field(default_factory=list[str])
    headers: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    @contextmanager
    def start(cls) -> Generator["Origin"]:
        """A server that answers every GET with `inside`, until the block ends."""

        class Handler(BaseHTTPRequestHandler):
            def setup(self) -> None:
                origin.connections += 1
                super().setup()

            def do_GET(self) -> None:
                origin.requests.append(self.path)
                origin.headers = dict(self.headers.items())
                self.send_response(200)
                self.send_header("Content-Length", "6")
                self.end_headers()
                self.wfile.write(b"inside")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it
                """Quiet: what was asked is remembered instead."""

        with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
            origin = cls(port=server.server_address[1])
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                yield origin
            finally:
                server.shutdown()
                thread.join()
