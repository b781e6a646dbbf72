"""A small OpenSearch domain on the loopback: TLS, IAM by signature, the security plugin's REST API, snapshots."""

import json
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.functions.search_snapshots_world import Kept
from tests.servers.certificates import loopback_certificate

REGION = "eu-central-1"
ROOT = "/_plugins/_security/api"


@dataclass
class World:
    """What the domain keeps, what it was asked, and the answers that it gives before it does anything."""

    kept: Kept = field(default_factory=Kept)

    roles: dict[str, Any] = field(default_factory=dict[str, Any])
    mappings: dict[str, Any] = field(default_factory=dict[str, Any])
    audit: dict[str, Any] = field(default_factory=dict[str, Any])
    asked: list[str] = field(default_factory=list[str])
    first_answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list[tuple[int, dict[str, Any]]])
    host: str = ""
    ca_file: Path = Path()

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Status and JSON answer of the domain."""
        self.asked.append(f"{method} {path}")
        if self.first_answers:
            return self.first_answers.pop(0)
        match method, path.removeprefix(ROOT).strip("/").split("/"):
            case "PUT", ["roles", name]:
                return self._kept(self.roles, name, body)
            case "PUT", ["rolesmapping", name] if name not in {*self.roles, "manage_snapshots"}:
                return 404, {"status": "NOT_FOUND", "message": f"role '{name}' not found"}
            case "PUT", ["rolesmapping", name]:
                return self._kept(self.mappings, name, body)
            case "PATCH", ["audit"]:
                self.audit |= {change["path"]: change["value"] for change in body}
                return 200, {"status": "OK"}
            case _:
                return self.kept.answer(method, path, body)

    @staticmethod
    def _kept(store: dict[str, Any], name: str, body: Any) -> tuple[int, dict[str, Any]]:
        status = 200 if name in store else 201
        store[name] = body
        return status, {"status": "OK" if status == 200 else "CREATED"}


@contextmanager
def opensearch(folder: Path) -> Generator[World]:
    """A domain with nothing in it, until the block ends."""
    certificate, world = loopback_certificate(folder), World()

    class Plugin(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = 403, {"message": "the signature does not match"}
            if is_signed(self.command, world.host, self.path, dict(self.headers), body):
                status, answer = world.answer(self.command, self.path, json.loads(body or b"null"))
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_PUT = do_PATCH = do_GET = do_POST = do_DELETE = _serve  # noqa: N815  names that http.server looks for

        def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002  http.server's name

    server = ThreadingHTTPServer(("127.0.0.1", 0), Plugin)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate_file, certificate.key_file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    world.host, world.ca_file = f"127.0.0.1:{server.server_port}", certificate.ca_file
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def is_signed(method: str, host: str, path: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether the request carries the signature that botocore makes of it for the service `es` and the test's login."""
    sent = {name.lower(): value for name, value in headers.items()}
    scheme, _, rest = sent.get("authorization", "").partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if scheme != "AWS4-HMAC-SHA256" or not {"Credential", "SignedHeaders", "Signature"} <= parts.keys():
        return False
    signed = {name: sent[name] for name in parts["SignedHeaders"].split(";")}
    if not {"host", "x-amz-date", "x-amz-security-token"} <= signed.keys() or signed["host"] != host:
        return False
    request: Any = cast("Any", AWSRequest)(method=method, url=f"https://{host}{path}", data=body, headers=signed)
    request.context["timestamp"] = sent["x-amz-date"]
    credentials: Any = cast("Any", Credentials)("testing", "testing", "testing")
    signer: Any = cast("Any", SigV4Auth)(credentials, "es", REGION)
    expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    return parts["Signature"] == expected
