"""How nginx asks the services: streams, websockets, instances that fail, and connections that it keeps."""

import base64
import hashlib
import socket
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler

import pytest

from tests.dify.nginx_proxies import standing
from tests.servers.nginx import receive, send
from tests.servers.process import LOOPBACK, free_port
from tests.servers.upstream import Asked, answer

_SECONDS = 30
LARGE = 64 * 2**20
"""Bytes of an answer that fits into no buffer of the kernel."""

_ACCEPT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What a server mixes into its answer to a handshake (RFC 6455, 1.3)."""


class Stream:
    """Chunks that a service sends one by one, the next when the client says that it has the last."""

    def __init__(self) -> None:
        self.received = threading.Semaphore(0)

    def respond(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for number in range(3):
            event = f"data: {number}\n\n".encode()
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            if not self.received.acquire(timeout=_SECONDS):
                handler.close_connection = True
                return
        handler.wfile.write(b"0\r\n\r\n")


@pytest.mark.parametrize(
    ("service", "call"),
    [("api", "POST /v1/chat-messages"), ("plugin-daemon", "POST /e/hook/chat"), ("web", "GET /stream")],
)
def test_a_stream_arrives_event_by_event(service: str, call: str) -> None:
    stream = Stream()
    with (
        standing(responds={service: stream.respond}) as stand,
        closing(stand.nginx.connect()) as connection,
    ):
        send(connection, call, {})
        with HTTPResponse(connection) as response:
            response.begin()
            for number in range(3):
                assert response.read1() == f"data: {number}\n\n".encode()
                stream.received.release()
            assert response.read() == b""


def test_a_service_may_ask_for_its_answer_to_be_held_back() -> None:
    """X-Accel-Buffering says for one answer what the configuration says for all, and is not for the client."""
    all_sent = threading.Event()

    def respond(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        handler.send_response(200)
        handler.send_header("X-Accel-Buffering", "yes")
        handler.send_header("Content-Length", str(LARGE))
        handler.end_headers()
        handler.wfile.write(b"x" * LARGE)
        all_sent.set()

    with standing(responds={"api": respond}) as stand, closing(stand.nginx.connect()) as connection:
        send(connection, "GET /v1/large", {})
        # All of it has left the service although the client has read nothing.
        assert all_sent.wait(_SECONDS)
        large = receive(connection)
        assert len(large.body) == LARGE
        assert "x-accel-buffering" not in large.headers


def test_an_upload_reaches_the_service_while_it_is_being_sent() -> None:
    half = b"x" * 2**20
    arriving, arrived = threading.Event(), bytearray()

    def take(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            while arrived.count(b"x") < 2 * len(half) and (got := connection.recv(2**16)):
                arrived.extend(got)
                if got.endswith(b"x"):
                    arriving.set()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server((LOOPBACK, 0)) as server:
        threading.Thread(target=take, args=(server,), daemon=True).start()
        address = f"{LOOPBACK}:{server.getsockname()[1]}"
        with (
            standing(instances={"api": 0}, dead={"api": [address]}) as stand,
            closing(stand.nginx.connect()) as connection,
        ):
            send(connection, "POST /v1/files/upload", {"Content-Length": str(2 * len(half))}, body=half)
            assert arriving.wait(_SECONDS)
            connection.sendall(half)
            assert receive(connection).status == 200
            assert arrived.endswith(half + half)


def test_a_service_cannot_send_a_request_elsewhere() -> None:
    def respond(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        answer(handler, 200, "mine", X_Accel_Redirect="/admin/x")

    with standing(responds={"plugin-daemon": respond}) as stand:
        assert stand.nginx.ask("GET /e/hook").content == "mine"
        assert len(stand.upstreams["plugin-daemon"][0].asked) == 1


def test_a_websocket_is_opened_for_live_editing_and_speaks_both_ways() -> None:
    def respond(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        assert (asked.headers["connection"], asked.headers["upgrade"]) == ("upgrade", "websocket")
        key = asked.headers["sec-websocket-key"] + _ACCEPT
        handler.send_response(101)
        handler.send_header("Upgrade", "websocket")
        handler.send_header("Connection", "Upgrade")
        accept = base64.b64encode(hashlib.sha1(key.encode(), usedforsecurity=False).digest()).decode()
        handler.send_header("Sec-WebSocket-Accept", accept)
        handler.end_headers()
        while word := handler.rfile.readline():
            handler.wfile.write(b"heard " + word)
        handler.close_connection = True

    with standing(responds={"api-websocket": respond}) as stand, closing(stand.nginx.connect()) as connection:
        headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        send(connection, "GET /socket.io/?EIO=4&transport=websocket", headers)
        spoken = connection.makefile("rwb")
        head = [spoken.readline()]
        while head[-1] != b"\r\n":
            head.append(spoken.readline())
        assert head[0].startswith(b"HTTP/1.1 101 ")
        # The answer to this very key, from RFC 6455, 1.3.
        assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head
        for word in (b"one\n", b"two\n"):
            spoken.write(word)
            spoken.flush()
            assert spoken.readline() == b"heard " + word


@pytest.mark.parametrize(
    ("path", "protocol"), [("/socket.io/", "h2c"), ("/v1/info", "websocket"), ("/e/hook", "websocket")]
)
def test_no_other_protocol_is_opened(path: str, protocol: str) -> None:
    with standing() as stand:
        heard = stand.nginx.ask(f"GET {path}", {"Connection": "Upgrade", "Upgrade": protocol}).content["headers"]
        assert {"upgrade", "connection"}.isdisjoint(heard)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_an_instance_that_takes_no_connection_is_passed_over_for_every_method(method: str) -> None:
    body = b"x" * 2**20
    refusing = f"{LOOPBACK}:{free_port()}"
    with standing(dead={"api": [refusing]}) as stand:
        answers = [stand.nginx.ask(f"{method} /v1/x", body=body) for _ in range(6)]
        assert [one.status for one in answers] == [200] * 6
        assert [asked.body for asked in stand.upstreams["api"][0].asked] == [body] * 6
        assert any(stand.nginx.logged(one)["upstream"].startswith(f"{refusing}, ") for one in answers)


@contextmanager
def _dying() -> Generator[tuple[str, list[bytes]]]:
    """A service that reads the start of each request and closes: its address, and what it has read."""
    read = list[bytes]()
    with socket.create_server((LOOPBACK, 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    if got := connection.recv(65536):
                        read.append(got)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"{LOOPBACK}:{server.getsockname()[1]}", read
        server.shutdown(socket.SHUT_RDWR)
        thread.join(_SECONDS)


@pytest.mark.parametrize(("method", "sent"), [("GET", 2), ("POST", 1), ("PATCH", 1)])
def test_what_reached_a_dying_instance_is_sent_again_only_where_that_is_safe(method: str, sent: int) -> None:
    with _dying() as (one, first), _dying() as (two, second):
        with standing(instances={"api": 0}, dead={"api": [one, two]}) as stand:
            assert stand.nginx.ask(f"{method} /v1/x").status == 502
        assert len(first) + len(second) == sent


@pytest.mark.parametrize("status", [502, 503])
def test_an_instance_that_is_not_ready_is_passed_over_for_a_safe_request(status: int) -> None:
    turn = iter([status, 200])

    def respond(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        answer(handler, next(turn, 200), {"service": "api"})

    with standing(responds={"api": respond}, instances={"api": 2}) as stand:
        assert stand.nginx.ask("GET /v1/info").status == 200


@pytest.mark.parametrize("status", [500, 504, 429, 400])
def test_an_answer_of_dify_is_passed_on_as_it_is(status: int) -> None:
    def respond(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        answer(handler, status, {"code": "dify"}, Retry_After="7")

    with standing(responds={"api": respond}, instances={"api": 2}) as stand:
        said = stand.nginx.ask("GET /v1/info")
        assert (said.status, said.content, said.headers["retry-after"]) == (status, {"code": "dify"}, "7")
        assert sum(len(one.asked) for one in stand.upstreams["api"]) == 1


def test_requests_are_shared_by_the_instances() -> None:
    with standing(instances={"api": 2}) as stand:
        for _ in range(10):
            stand.nginx.ask("GET /v1/info")
        assert all(one.asked for one in stand.upstreams["api"])


def test_a_client_comes_back_to_the_instance_of_its_session_and_clients_are_shared() -> None:
    with standing(instances={"api-websocket": 2}) as stand:
        for host in range(1, 21):
            before = [len(one.asked) for one in stand.upstreams["api-websocket"]]
            for _ in range(4):
                stand.nginx.ask("POST /socket.io/?EIO=4", source=f"127.0.6.{host}")
            after = [len(one.asked) for one in stand.upstreams["api-websocket"]]
            assert sorted(now - then for now, then in zip(after, before, strict=True)) == [0, 4]
        assert all(one.asked for one in stand.upstreams["api-websocket"])


def test_connections_to_a_service_are_used_again() -> None:
    with standing() as stand, closing(stand.nginx.connect()) as connection:
        for _ in range(5):
            send(connection, "GET /v1/info", {})
            receive(connection)
        assert len({asked.connection for asked in stand.upstreams["api"][0].asked}) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_cannot_be_sent_again_goes_by_a_connection_of_its_own(method: str) -> None:
    with standing() as stand:
        for _ in range(3):
            assert stand.nginx.ask(f"{method} /v1/rows", body=b"row").status == 200
        assert len({asked.connection for asked in stand.upstreams["api"][0].asked}) == 3
