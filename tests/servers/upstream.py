"""An HTTP service of the test's own, on a free port of the loopback: what stands behind a proxy."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.servers.certificates import Certificate, tls_of
from tests.servers.process import LOOPBACK


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as it arrived. Header names are in lower case; `connection` is the client's port."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


Respond = Callable[[BaseHTTPRequestHandler, Asked], None]
"""Answers a request through its handler."""


@dataclass(kw_only=True)
class Upstream:
    """One running service. `asked` are the requests so far."""

    name: str
    port: int
    asked: list[Asked] = field(default_factory=list[Asked])

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @classmethod
    @contextmanager
    def start(
        cls, name: str, respond: Respond | None = None, certificate: Certificate | None = None
    ) -> Generator["Upstream"]:
        """A service until the block ends, by HTTPS where it has a `certificate`. Without `respond` it says its name and
        what it was asked, as JSON."""

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def parse_request(self) -> bool:
                # The standard library would shorten two slashes at the start of a path.
                parsed = super().parse_request()
                if parsed:
                    self.path = self.requestline.split(" ")[1]
                return parsed

            def __getattr__(self, attribute: str) -> Any:
                if attribute.startswith("do_"):
                    return self._answer
                raise AttributeError(attribute)

            def _answer(self) -> None:
                asked = Asked(
                    method=self.command,
                    path=self.path,
                    headers={key.lower(): value for key, value in self.headers.items()},
                    body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
                    connection=self.client_address[1],
                )
                service.asked.append(asked)
                (respond or service.says_its_name)(self, asked)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the standard library's name
                return

        with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
            service = cls(name=name, port=server.server_port)
            if certificate is not None:
                server.socket = tls_of(certificate).wrap_socket(server.socket, server_side=True)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
            thread.start()
            try:
                yield service
            finally:
                server.shutdown()

    def says_its_name(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        """The answer of a service that has nothing else to say."""
        answer(handler, 200, {"service": self.name, "path": asked.path, "headers": asked.headers})


def answer(handler: BaseHTTPRequestHandler, status: int, content: object, **headers: str) -> None:
    """Send one answer of JSON. In names of `headers` an underscore stands for a hyphen."""
    body = json.dumps(content).encode()
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)
