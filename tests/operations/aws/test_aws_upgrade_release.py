"""What the public name says of its release is believed; silence, rubbish and a closed door are no release."""

import http.client
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dify.releases import RELEASES, order
from operations.aws.upgrade.release import answered_release


@contextmanager
def _answering(body: bytes, *, asked: Callable[[str], None] = lambda _: None) -> Generator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object, **__: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without TLS, which a server of the tests has no certificate for."""

    def connect(domain: str, *, timeout: float, context: object) -> http.client.HTTPConnection:
        assert context is not None
        return http.client.HTTPConnection(domain, timeout=timeout)

    monkeypatch.setattr("operations.aws.upgrade.release.http.client.HTTPSConnection", connect)


@pytest.mark.usefixtures("plain")
def test_the_service_api_names_the_release() -> None:
    paths: list[str] = []
    answer = b'{"welcome": "Dify OpenAPI", "api_version": "v1", "server_version": "1.17.1"}'
    with _answering(answer, asked=paths.append) as domain:
        assert answered_release(domain) == "1.17.1"
    assert paths == ["/v1/"]


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b"{}", b'{"server_version": 1}'])
def test_an_answer_that_names_none_is_no_release(answer: bytes) -> None:
    with _answering(answer) as domain:
        assert answered_release(domain) is None


def test_a_server_whose_certificate_is_none_is_not_believed() -> None:
    with _answering(b'{"server_version": "1.17.1"}') as domain:
        assert answered_release(domain) is None


def test_where_nobody_listens_there_is_no_release() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert answered_release(f"127.0.0.1:{port}") is None


def test_releases_are_ordered_as_they_came() -> None:
    assert list(RELEASES) == sorted(RELEASES, key=order, reverse=True)
    newest, *_, oldest = RELEASES
    assert order(newest) > order(oldest)
