"""What is counted of nginx' log: whose requests failed, which were refused, and how soon answers began."""

import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from dify.web_firewall import RouteClass
from operations.host.traffic import Traffic, route_of, traffic_condition
from operations.host.traffic_log import Request
from tests.operations.host.logs import SINCE, line, log_of

ID = "0b6ecf5e-7c6e-4d2c-9c0f-0f3c7a1d9b7e"


def _counted(*lines: bytes) -> Traffic:
    return Traffic.of(log_of(*lines).requests(SINCE))


def _request(method: str, path: str, route_class: RouteClass = RouteClass.SERVICE_API) -> Request:
    return Request(
        method=method,
        path=path,
        service="api",
        route_class=route_class,
        status=200,
        passed_on=True,
        seconds=0.1,
        sent=10,
    )


def test_requests_are_counted_by_service_and_by_class() -> None:
    counted = _counted(
        line(),
        line(status=502, upstream_status="502", response_bytes=50),
        line(service="web", **{"class": "pages"}),
    )
    assert (counted.total.requests, counted.total.failed, counted.total.sent) == (3, 1, 250)
    assert {name: count.requests for name, count in counted.services.items()} == {"api": 2, "web": 1}
    assert {name: count.failed for name, count in counted.classes.items()} == {"serviceApi": 1, "pages": 0}


def test_what_nginx_refuses_by_itself_is_no_request_and_what_a_service_refuses_is_one() -> None:
    own = {"upstream": "", "upstream_status": "", "upstream_header_seconds": "", "upstream_seconds": ""}
    counted = _counted(
        *(line(status=status, **own) for status in (429, 429, 403, 444)),
        line(status=308, **own),
        line(status=403),
        line(status=429),
    )
    assert counted.refused == {429: 2, 403: 1, 444: 1}
    assert (counted.total.requests, counted.total.failed) == (2, 0)


def test_an_answer_that_goes_on_for_minutes_began_when_its_first_byte_came() -> None:
    counted = _counted(line(seconds=312.5, upstream_header_seconds="0.200", upstream_seconds="312.499"))
    assert counted.total.answers.percentile(95) == pytest.approx(0.2, rel=0.01)


def test_the_time_of_an_instance_that_did_not_answer_is_waited_for_too() -> None:
    counted = _counted(
        line(upstream="10.0.0.1:80, 10.0.0.2:80", upstream_header_seconds="-, 0.250", upstream_seconds="5.000, 0.300")
    )
    assert counted.total.answers.percentile(50) == pytest.approx(5.25, rel=0.01)


def test_what_no_service_answered_failed_and_was_not_slow() -> None:
    counted = _counted(line(status=502, upstream_header_seconds="-", upstream_seconds="5.001"))
    assert (counted.total.failed, counted.total.answers.count) == (1, 0)


@pytest.mark.parametrize(
    ("request_", "route"),
    [
        (_request("POST", "/v1/chat-messages"), "POST /v1/chat-messages"),
        (_request("GET", f"/console/api/apps/{ID}/workflows/draft"), "GET /console/api/apps/*/workflows/draft"),
        (_request("GET", "/v1/files/17/preview"), "GET /v1/files/*/preview"),
        (_request("GET", f"/files/{'x' * 33}"), "GET /files/*"),
        (_request("POST", "/e/secret-of-a-hook/chat", RouteClass.WEBHOOKS), "POST /e/*"),
        (_request("POST", "/mcp/server/abcdefgh/mcp", RouteClass.WEBHOOKS), "POST /mcp/*"),
        (_request("GET", "/v1/\x1b[2J|\nx"), "GET /v1/*"),
        (_request("GET", "/v1/\x1b[J|\nx"), "GET /v1/?[J|?x"),
        (_request("GET", "/"), "GET /"),
    ],
)
def test_a_route_has_no_name_of_a_single_thing_no_address_of_a_webhook_and_no_control_character(
    request_: Request, route: str
) -> None:
    assert route_of(request_) == route


def test_routes_are_those_that_are_there_and_whose_answers_should_be_soon() -> None:
    counted = _counted(
        line(path="/v1/info"),
        line(path="/v1/nothing", status=404),
        line(path="/v1/broken", status=500),
        line(path="/apps", service="web", **{"class": "pages"}),
        line(path="/socket.io/", service="api-websocket", **{"class": "sockets"}),
    )
    assert counted.routes.keys() == {"GET /v1/info", "GET /v1/broken"}


def test_a_hundred_thousand_paths_take_no_more_memory_than_a_thousand() -> None:
    def paths() -> Iterator[bytes]:
        for number in range(100_000):
            word = "".join(chr(97 + int(digit)) for digit in str(number))
            yield line(path=f"/v1/{word}")

    tracemalloc.start()
    counted = Traffic.of(log_of(paths()).requests(SINCE))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert counted.total.requests == 100_000
    assert len(counted.routes) == 1000
    assert most < 8 * 1024**2


def test_lines_are_whole_however_docker_cuts_them() -> None:
    text = line(path="/v1/info", user_agent="x" * 40_000) + line(path="/v1/meta")
    for width in (1, 1000, 16_384, len(text)):
        pieces = [text[at : at + width] for at in range(0, len(text), width)]
        assert [one.path for one in log_of(*pieces).requests(SINCE)] == ["/v1/info", "/v1/meta"]


@pytest.mark.parametrize("cut", [b'{"time":"2026-06-01T11:59:00+00:00","request_\n', b"\n", b"[1]\n", b"nginx: note\n"])
def test_a_line_that_was_cut_is_no_request(cut: bytes) -> None:
    assert _counted(line(), cut, line()).total.requests == 2


def test_the_log_begins_with_its_oldest_line() -> None:
    log = log_of(b"cut\n", line(time="2026-06-01T10:00:00+00:00"), line(time="2026-06-01T11:00:00+00:00"))
    assert log.begins() == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert log_of().begins() is None


def test_the_condition_has_every_service_with_its_percentiles() -> None:
    slow: dict[str, Any] = {"upstream_header_seconds": "9.000"}
    counted = _counted(*[line()] * 90, *[line(**slow)] * 10, line(service="web", upstream_header_seconds="-"))
    found = traffic_condition(counted, SINCE)
    assert (found.requests, found.failed, found.refused) == (101, 0, 0)
    api, web = found.services
    assert (api.service, api.requests, api.answers) == ("api", 100, 100)
    assert api.median == pytest.approx(0.1, rel=0.01)
    assert api.p95 == pytest.approx(9, rel=0.01)
    assert (web.service, web.answers, web.p95) == ("web", 0, None)
    assert json.loads(found.model_dump_json())["since"] == "2026-06-01T11:45:00Z"
