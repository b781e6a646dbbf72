"""The real nginx under the configuration of the one-host target, kept on the loopback."""

import json
import os
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

from dify.nginx import (
    CERTIFICATE_FILE,
    HTTP_PORT,
    HTTPS_PORT,
    KEY_FILE,
    READY_FOLDER,
    SCRATCH,
    ReverseProxy,
    configuration,
)
from dify.nginx.reverse_proxy import HEALTH_PORT
from tests.servers.certificates import Certificate, loopback_certificate
from tests.servers.process import LOOPBACK, find_program, free_port, running, server_folder

USER = "www-data"
"""Debian's user for web servers; the image's own is another, and no more than this one."""

DOMAIN = "localhost"
"""The name that the tests' certificate is for."""

_OLD_HTTP2 = '"listen ... http2" directive is deprecated'

_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def service(self) -> str:
        """Which of the tests' services answered (tests/servers/upstream.py)."""
        return self.content["service"]


@dataclass(frozen=True, kw_only=True)
class Nginx:
    """One running nginx. `ready` is the folder in which instances say that they are."""

    http_port: int
    https_port: int
    certificate: Certificate
    log: Path
    ready: Path
    _tls: ssl.SSLContext = field(repr=False)

    @classmethod
    @contextmanager
    def start(cls, proxy: ReverseProxy) -> Generator["Nginx"]:
        """An nginx for `proxy`, whose domain is DOMAIN, until the block ends.

        Raises ServerMissingError, ServerFailedError.
        """
        program = find_program("nginx")
        with server_folder(USER) as folder:
            ports = {HTTP_PORT: free_port(), HTTPS_PORT: free_port(), HEALTH_PORT: free_port()}
            certificate, log, ready = _place(folder), folder / "log", folder / "ready"
            ready.mkdir()
            text = _on_the_loopback(configuration(proxy), folder, certificate, ports)
            (folder / "nginx.conf").write_text(text)
            log.touch()
            # nginx opens its standard output anew, by name, as its own user.
            log.chmod(0o666)
            with running(
                [program, "-c", str(folder / "nginx.conf"), "-g", "daemon off;"],
                ready=lambda: _answers(ports[HEALTH_PORT]),
                user=USER,
                log=log,
            ):
                yield cls(
                    http_port=ports[HTTP_PORT],
                    https_port=ports[HTTPS_PORT],
                    certificate=certificate,
                    log=log,
                    ready=ready,
                    _tls=ssl.create_default_context(cafile=str(certificate.ca_file)),
                )

    def connect(
        self, *, source: str = LOOPBACK, name: str | None = DOMAIN, tls: ssl.SSLContext | None = None
    ) -> ssl.SSLSocket:
        """A connection to HTTPS from one of the loopback's addresses, which asks for the certificate of `name`.

        Raises ssl.SSLError where there is none, or no common version."""
        plain = socket.create_connection((LOOPBACK, self.https_port), timeout=_SECONDS, source_address=(source, 0))
        try:
            return (tls or self._tls).wrap_socket(plain, server_hostname=name)
        except BaseException:
            plain.close()
            raise

    def ask(
        self,
        call: str,
        headers: Mapping[str, str] | None = None,
        *,
        body: bytes = b"",
        source: str = LOOPBACK,
        host: str = DOMAIN,
    ) -> Answer:
        """The answer to a call such as "GET /apps", sent exactly so over a connection of its own."""
        with closing(self.connect(source=source)) as connection:
            send(connection, call, {"Connection": "close", **(headers or {})}, body=body, host=host)
            return receive(connection)

    def ask_plainly(self, call: str, *, host: str = DOMAIN) -> Answer:
        """The same without TLS. Raises ConnectionError or http.client.HTTPException where nothing comes back."""
        with socket.create_connection((LOOPBACK, self.http_port), timeout=_SECONDS) as connection:
            send(connection, call, {"Connection": "close"}, host=host)
            return receive(connection)

    def logged(self, answer: Answer) -> dict[str, Any]:
        """The line of the access log about an answer; nginx writes it when all of the request is over."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            for line in reversed(self.log.read_text().splitlines()):
                if answer.headers["x-request-id"] in line:
                    return json.loads(line)
            time.sleep(0.002)
        raise AssertionError(f"the log has no line about {answer}")


def complaints(proxy: ReverseProxy) -> str:
    """What `nginx -t` says against the configuration of `proxy`; empty where it accepts it in silence.

    Since 1.25.1 it warns of `listen ... http2`, in whose place 1.22 knows nothing; that is left out.
    """
    program = find_program("nginx")
    with server_folder() as folder:
        text = _on_the_loopback(configuration(proxy), folder, loopback_certificate(folder), {})
        (folder / "nginx.conf").write_text(text)
        command = [program, "-t", "-q", "-c", str(folder / "nginx.conf")]
        done = subprocess.run(command, text=True, capture_output=True, check=False)  # noqa: S603  the tests' own
        said = [line for line in (done.stdout + done.stderr).splitlines() if _OLD_HTTP2 not in line]
        return "\n".join([*said, *([f"ended with {done.returncode}"] if done.returncode else [])])


def send(
    connection: socket.socket, call: str, headers: Mapping[str, str], *, body: bytes = b"", host: str = DOMAIN
) -> None:
    """Write one request."""
    if body:
        headers = {"Content-Length": str(len(body)), **headers}
    lines = [f"{call} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    connection.sendall("\r\n".join(lines).encode() + body)


def receive(connection: socket.socket) -> Answer:
    """Read one answer to its end."""
    with HTTPResponse(connection) as response:
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=headers, body=response.read())


def _on_the_loopback(text: str, folder: Path, certificate: Certificate, ports: Mapping[int, int]) -> str:
    """The same configuration with other places: its scratch folder first, as the others may lie in it."""
    text = text.replace(f" {SCRATCH}/", f" {folder}/").replace(READY_FOLDER, f"{folder}/ready")
    text = text.replace(CERTIFICATE_FILE, str(certificate.certificate_file)).replace(
        KEY_FILE, str(certificate.key_file)
    )
    text = text.replace(f"listen {LOOPBACK}:", "listen ")
    for port, free in ports.items():
        text = text.replace(f"listen {port}", f"listen {LOOPBACK}:{free}")
    return text


def _place(folder: Path) -> Certificate:
    certificate = loopback_certificate(folder)
    owner = folder.stat()
    for file in (certificate.certificate_file, certificate.key_file):
        os.chown(file, owner.st_uid, owner.st_gid)
    return certificate


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/", timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False
