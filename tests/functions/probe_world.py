"""What the probe meets: a real HTTPS server in Dify's place, and moto's Secrets Manager and CloudWatch."""

import json
import ssl
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, cast

import boto3
import pytest

from functions.probe import probe
from functions.probe.probe import FunctionError, handler
from tests.functions.published_metrics import only_point
from tests.servers.certificates import loopback_certificate
from tests.servers.process import LOOPBACK

STACK, NAMESPACE = "dify-prod", "Dify/Probe"
KEY = "app-0123456789abcdefghij"
WHOLE = ('{"event": "message", "answer": "yes"}', '{"event": "message_end"}')

Say = Callable[["Asked"], None]


class Asked(BaseHTTPRequestHandler):
    """One request, and the means to answer it."""

    protocol_version = "HTTP/1.1"
    dify: "StandIn"

    def do_GET(self) -> None:
        self._respond(b"")

    def do_POST(self) -> None:
        self._respond(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's own name
        """Say nothing."""

    def say(self, status: int, body: bytes = b"{}", **headers: str) -> None:
        """A whole answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def stream(self, *pieces: bytes, ends: bool = True) -> None:
        """An answer of unknown length, each of `pieces` on its own. One that does not end is cut off."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        if ends:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def _respond(self, body: bytes) -> None:
        self.dify.asked.append((self.command, self.path, dict(self.headers), body))
        self.dify.answers[self.path](self)


@dataclass
class StandIn:
    """Answers each path as it is told to, and remembers what it was asked."""

    port: int
    ca_file: Path
    answers: dict[str, Say] = field(default_factory=dict[str, Say])
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(
        default_factory=list[tuple[str, str, dict[str, str], bytes]]
    )

    def works(self) -> None:
        """Answer as a Dify in good health does."""
        self.asked.clear()
        self.answers = {
            "/console/api/setup": lambda asked: asked.say(200, b'{"step": "finished"}'),
            "/v1/": lambda asked: asked.say(200, b'{"welcome": "Dify OpenAPI"}'),
            "/favicon.ico": lambda asked: asked.say(200, b"\x00" * 5000),
            "/v1/chat-messages": lambda asked: asked.stream(*events(*WHOLE)),
        }

    @classmethod
    @contextmanager
    def start(cls, folder: Path) -> Generator["StandIn"]:
        certificate = loopback_certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate_file, certificate.key_file)
        asked = cast("type[Asked]", type("AskedHere", (Asked,), {}))
        with ThreadingHTTPServer((LOOPBACK, 0), asked) as server:
            server.socket = context.wrap_socket(server.socket, server_side=True)
            server.daemon_threads, server.block_on_close = True, False
            # Clients that refuse the certificate are part of the tests.
            server.handle_error = lambda request, client_address: None
            asked.dify = cls(port=server.server_port, ca_file=certificate.ca_file)
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
            yield asked.dify
            server.shutdown()


def events(*data: str) -> list[bytes]:
    """Server-sent events, each a piece of its own."""
    return [f"data: {text}\n\n".encode() for text in data]


@dataclass(frozen=True)
class World:
    """One Dify, one account, and the function's environment."""

    dify: StandIn
    monkeypatch: pytest.MonkeyPatch
    secret_arn: str

    def run(self, event: Mapping[str, Any] | None = None, **changed: object) -> dict[str, str]:
        """One run of the function, with its settings changed."""
        self.monkeypatch.setenv("PROBE", json.dumps(self.settings(**changed)))
        return handler(event or {}, None)

    def failure(self, **changed: Any) -> str:
        """The line of a run that must fail."""
        with pytest.raises(FunctionError) as caught:
            self.run(**changed)
        return str(caught.value)

    def settings(self, **changed: object) -> dict[str, object]:
        return {
            "stack": STACK,
            "namespace": NAMESPACE,
            "url": f"https://{LOOPBACK}:{self.dify.port}",
            "checks": [
                {"step": "console", "path": "/console/api/setup", "status": 200},
                {"step": "api", "path": "/v1/", "status": 200},
                {"step": "web", "path": "/favicon.ico", "status": 200},
            ],
            "stream": {"secretArn": self.secret_arn, "everyMinutes": 5},
            **changed,
        }

    def hurry(self, seconds: float) -> None:
        """Make the function wait no longer than that for any step."""
        self.monkeypatch.setattr(probe, "CHECK_SECONDS", seconds)
        self.monkeypatch.setattr(probe, "STREAM_SECONDS", seconds)

    def answers(self, path: str, say: Say) -> None:
        self.dify.answers[path] = say

    def streams(self, *pieces: bytes, ends: bool = True) -> str:
        """What a run says of an app that answers so."""
        self.answers("/v1/chat-messages", lambda asked: asked.stream(*pieces, ends=ends))
        return self.run()["stream"]

    def store_key(self, key: str) -> None:
        _aws("secretsmanager").put_secret_value(SecretId=self.secret_arn, SecretString=json.dumps({"apiKey": key}))

    def published(self) -> dict[tuple[str, str], float]:
        """Every figure in CloudWatch, by metric name and step."""
        client = _aws("cloudwatch")
        found: dict[tuple[str, str], float] = {}
        for metric in client.list_metrics(Namespace=NAMESPACE)["Metrics"]:
            dimensions = {dimension["Name"]: dimension["Value"] for dimension in metric["Dimensions"]}
            assert dimensions.pop("Stack") == STACK
            step = dimensions.pop("Step")
            assert dimensions == {}
            found[metric["MetricName"], step] = only_point(client, NAMESPACE, metric)["Sum"]
        return found

    def successes(self) -> dict[str, float]:
        """Whether each step succeeded, as CloudWatch has it."""
        return {step: value for (name, step), value in self.published().items() if name == "Success"}


def make_secret() -> str:
    """The operator's secret with the key of an app."""
    return _aws("secretsmanager").create_secret(Name="probe", SecretString=json.dumps({"apiKey": KEY}))["ARN"]


def _aws(service: str) -> Any:
    return cast("Any", boto3).client(service)
