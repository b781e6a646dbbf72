"""The log is read as the real nginx writes it and the real Docker keeps it."""

import threading
from collections.abc import Iterator
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from docker.types import LogConfig

from dify.web_firewall import Per, RouteClass
from operations.host.docker_host import DockerHost
from operations.host.traffic import Traffic
from operations.host.traffic_log import TrafficLog
from operations.outcome import FailedError
from tests.dify.nginx_proxies import Stand, limited, standing
from tests.operations.host.host_containers import IMAGE, labels, remove
from tests.operations.host.logs import SINCE, line, log_of
from tests.servers.nginx import Answer, send
from tests.servers.process import LOOPBACK, free_port
from tests.servers.upstream import Asked

STACK = "traffic"


def _traffic(stand: Stand) -> Traffic:
    """What the log of a real nginx says, as if Docker kept it."""
    return Traffic.of(log_of(stand.nginx.log.read_bytes()).requests(SINCE))


def test_every_answer_of_a_real_nginx_is_counted_where_it_belongs() -> None:
    def breaks(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        handler.close_connection = True

    with standing(limited(RouteClass.LOGIN, Per.IP, requests=2), responds={"plugin-daemon": breaks}) as stand:
        answers = [
            stand.nginx.ask(call)
            for call in ("GET /v1/info", "GET /apps", "GET /e/hook", "GET /inner/api", *["POST /console/api/login"] * 3)
        ]
        assert [one.status for one in answers] == [200, 200, 502, 403, 200, 200, 429]
        for one in answers:
            stand.nginx.logged(one)
        counted = _traffic(stand)
    assert {name: (one.requests, one.failed) for name, one in counted.services.items()} == {
        "api": (3, 0),
        "web": (1, 0),
        "plugin-daemon": (1, 1),
    }
    assert counted.refused == {403: 1, 429: 1}
    assert counted.total.answers.count == 4
    assert {name: one.requests for name, one in counted.routes.items()} == {
        "GET /v1/info": 1,
        "POST /console/api/login": 2,
        "GET /e/*": 1,
    }


def test_a_service_that_nobody_reaches_has_failed_requests_of_its_own() -> None:
    with standing(instances={"api": 0}, dead={"api": [f"{LOOPBACK}:{free_port()}"]}) as stand:
        stand.nginx.logged(stand.nginx.ask("GET /v1/info"))
        counted = _traffic(stand)
    assert (counted.services["api"].requests, counted.services["api"].failed) == (1, 1)
    assert counted.refused == {}


def test_a_real_stream_that_goes_on_is_as_fast_as_its_first_byte() -> None:
    going_on = threading.Event()

    def streams(handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"1")
        going_on.wait(30)
        handler.wfile.write(b"2")

    with standing(responds={"api": streams}) as stand, stand.nginx.connect() as connection:
        send(connection, "POST /v1/chat-messages", {"Connection": "close"})
        with HTTPResponse(connection) as response:
            response.begin()
            assert response.read(1) == b"1"
            # Nobody says anything for a time that the log can show.
            threading.Timer(0.1, going_on.set).start()
            assert response.read() == b"2"
        answer = Answer(status=200, headers={"x-request-id": response.headers["X-Request-Id"]}, body=b"12")
        logged = stand.nginx.logged(answer)
        (begun,) = [count.answers.percentile(100) for count in _traffic(stand).services.values()]
    first_byte = float(logged["upstream_header_seconds"])
    assert begun == pytest.approx(first_byte, rel=0.01)
    assert logged["seconds"] > first_byte + 0.09


_PRINTS = """
printf '%s\\n' 'a note of nginx' >&2
printf '%s' "$1"
"""


@pytest.fixture
def docker_client(docker_address: str) -> Iterator[Any]:
    with DockerHost.reach(docker_address, STACK) as host:
        try:
            yield host
        finally:
            remove(host.client, STACK)


def _printed(host: DockerHost, *lines: bytes, script: str = _PRINTS, **options: str) -> TrafficLog:
    """The log of a container that has printed these lines and ended."""
    client = host.client
    made = client.create_container(
        IMAGE,
        ["sh", "-c", script, "sh", b"".join(lines).decode()],
        name=f"dify-{STACK}-nginx",
        labels=labels(STACK, "nginx"),
        host_config=client.create_host_config(log_config=LogConfig(type="json-file", config=options)),
    )
    client.start(made["Id"])
    assert client.wait(made["Id"])["StatusCode"] == 0
    return TrafficLog(host=host)


@pytest.mark.engine
def test_docker_gives_whole_lines_of_the_log_alone_since_the_time_that_is_asked_for(docker_client: DockerHost) -> None:
    log = _printed(docker_client, line(path="/v1/info"), line(path="/v1/" + "x" * 20_000), line(path="/v1/meta"))
    known = docker_client.client.logs(f"dify-{STACK}-nginx", stdout=True, stderr=False, timestamps=True)
    first = SINCE.fromisoformat(known.split()[0].decode())
    begins = log.begins()
    assert begins is not None
    assert begins.isoformat() == "2026-06-01T11:59:00+00:00"
    assert [len(one.path) for one in log.requests(first)] == [8, 20_004, 8]
    assert [one.path for one in log.requests(first, newest=1)] == ["/v1/meta"]
    last = SINCE.fromisoformat(known.splitlines()[-1].split()[0].decode())
    assert [one.path for one in log.requests(last)][-1:] == ["/v1/meta"]
    assert list(log.requests(last.replace(year=last.year + 1))) == []


@pytest.mark.engine
def test_what_docker_has_rotated_away_is_gone_and_the_log_begins_later(docker_client: DockerHost) -> None:
    lines = [line(path=f"/v1/{number}", time=f"2026-06-01T11:{number:02d}:00+00:00") for number in range(60)]
    log = _printed(docker_client, *lines, **{"max-size": "4k", "max-file": "2"})
    kept = [request.path for request in log.requests(SINCE.replace(year=2000))]
    assert kept == [f"/v1/{number}" for number in range(60 - len(kept), 60)]
    assert 5 < len(kept) < 40
    assert log.begins() == SINCE.replace(minute=60 - len(kept))


@pytest.mark.engine
def test_a_stack_without_nginx_has_no_log_and_says_so(docker_client: DockerHost) -> None:
    with pytest.raises(FailedError, match="there is no such container"):
        TrafficLog(host=docker_client).begins()
