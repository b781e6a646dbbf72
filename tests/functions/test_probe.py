"""The synthetic check: what it asks of a real HTTPS server, what it says of the answers, and what it never says."""

import logging
import socket
from collections.abc import Iterator
from time import sleep
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.probe.probe_settings import FunctionError, parse_settings
from functions.probe.published import PUBLISHED
from tests.functions.probe_world import KEY, WHOLE, Asked, StandIn, World, events, make_secret
from tests.servers.process import LOOPBACK, free_port

WORKS = {"console": "ok", "api": "ok", "web": "ok", "stream": "ok"}


@pytest.fixture(scope="module")
def dify(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with StandIn.start(tmp_path_factory.mktemp("dify")) as started:
        yield started


@pytest.fixture
def world(dify: StandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    dify.works()
    # The system's authorities as OpenSSL finds them: here they are the test's own.
    monkeypatch.setenv("SSL_CERT_FILE", str(dify.ca_file))
    with mock_aws():
        yield World(dify, monkeypatch, make_secret())


def test_each_step_of_a_dify_that_works_is_published_as_a_success(world: World) -> None:
    assert world.run() == WORKS
    assert world.successes() == {"console": 1, "api": 1, "web": 1, "stream": 1}
    assert all(0 < value < 10 for (name, _), value in world.published().items() if name == "Seconds")


def test_what_is_published_is_what_the_package_says_it_publishes(world: World) -> None:
    world.run()
    assert {name for name, _ in world.published()} == set(PUBLISHED)
    assert set(PUBLISHED.values()) == {(("Stack", "Step"),)}


def test_a_wrong_status_fails_its_own_step_alone(world: World) -> None:
    world.answers("/v1/", lambda asked: asked.say(502))
    assert world.run() == {**WORKS, "api": "status 502"}
    assert world.successes() == {"console": 1, "api": 0, "web": 1, "stream": 1}


def test_a_refusal_is_a_success_where_it_is_expected(world: World) -> None:
    world.answers("/console/api/setup", lambda asked: asked.say(401))
    expected = [{"step": "console", "path": "/console/api/setup", "status": 401}]
    assert world.run(checks=expected, stream=None) == {"console": "ok"}


def test_a_redirect_is_not_followed(world: World) -> None:
    world.answers("/favicon.ico", lambda asked: asked.say(302, Location="/v1/"))
    assert world.run()["web"] == "status 302"


def test_a_server_that_never_answers_is_given_up(world: World) -> None:
    world.hurry(0.3)
    with socket.create_server((LOOPBACK, 0)) as silent:
        outcome = world.run(url=f"https://{LOOPBACK}:{silent.getsockname()[1]}")
    assert set(outcome.values()) == {"no whole answer within 0.3 s"}
    assert set(world.successes().values()) == {0}


@pytest.mark.parametrize(("path", "step"), [("/favicon.ico", "web"), ("/v1/chat-messages", "stream")])
def test_an_answer_that_drips_for_ever_is_given_up(world: World, path: str, step: str) -> None:
    def drip(asked: Asked) -> None:
        _promise(asked, 1_000_000)
        while True:
            asked.wfile.write(b":")
            sleep(0.02)

    world.hurry(0.3)
    world.answers(path, drip)
    assert world.run() == {**WORKS, step: "no whole answer within 0.3 s"}


def test_an_answer_that_is_cut_off_is_a_failure(world: World) -> None:
    def stop(asked: Asked) -> None:
        _promise(asked, 8)
        asked.wfile.write(b"half")
        asked.close_connection = True

    world.answers("/favicon.ico", stop)
    assert world.run()["web"] == "the answer was cut off"


def test_what_is_not_http_is_a_failure(world: World) -> None:
    def babble(asked: Asked) -> None:
        asked.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        asked.close_connection = True

    world.answers("/v1/", babble)
    assert world.run()["api"] == "the answer is not HTTP"


def test_a_closed_port_is_a_failure_of_every_step(world: World) -> None:
    assert set(world.run(url=f"https://{LOOPBACK}:{free_port()}").values()) == {"connection refused"}


def test_a_name_that_nobody_knows_is_a_failure_of_every_step(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert world.run(url="https://dify.internal", stream=None)["api"] == "the name is not known"


def test_a_certificate_of_an_unknown_authority_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert all(kind.startswith("certificate refused: ") for kind in world.run().values())
    assert world.dify.asked == []


def test_a_certificate_for_another_name_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo

    def to_loopback(host: str, *rest: Any, **named: Any) -> Any:
        return resolve(LOOPBACK if host == "dify.internal" else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", to_loopback)
    outcome = world.run(url=f"https://dify.internal:{world.dify.port}", stream=None)
    assert "not valid for 'dify.internal'" in outcome["api"]


def test_the_firewall_is_told_who_asks(world: World) -> None:
    world.run()
    assert {headers["User-Agent"] for _, _, headers, _ in world.dify.asked} == {"dify-probe"}


def test_the_key_is_sent_to_the_app_and_with_no_other_step(world: World) -> None:
    world.run()
    sent = {path: headers.get("Authorization") for _, path, headers, _ in world.dify.asked}
    assert sent.pop("/v1/chat-messages") == f"Bearer {KEY}"
    assert set(sent.values()) == {None}


def test_an_answer_is_read_across_pieces_and_past_other_events(world: World) -> None:
    text = b"".join(events('{"event": "workflow_started"}', *WHOLE))
    pieces = [b"event: ping\n\n", *(text[at : at + 7] for at in range(0, len(text), 7))]
    assert world.streams(*pieces) == "ok"


@pytest.mark.parametrize(
    ("pieces", "ends", "kind"),
    [
        (events(WHOLE[0]), True, "the stream broke off before its end"),
        (events(WHOLE[0]), False, "the answer was cut off"),
        ([], True, "the stream never began"),
        ([b"event: ping\n\n"] * 3, True, "the stream never began"),
        (events(WHOLE[1]), True, "the stream was empty"),
        (
            events(WHOLE[0], '{"event": "error", "message": "quota of customer 7"}'),
            True,
            "the app answered with an error",
        ),
        (events("<html>"), True, "the stream holds what is no event"),
        (events("[1]"), True, "the stream holds what is no event"),
    ],
)
def test_a_stream_that_is_not_whole_is_a_failure(world: World, pieces: list[bytes], ends: bool, kind: str) -> None:
    assert world.streams(*pieces, ends=ends) == kind
    assert world.successes() == {"console": 1, "api": 1, "web": 1, "stream": 0}


def test_a_line_without_end_does_not_fill_the_memory(world: World) -> None:
    assert world.streams(b"data: " + b"a" * 1_100_000) == "the stream holds what is no event"


def test_a_key_that_dify_refuses_is_a_failure(world: World) -> None:
    world.answers("/v1/chat-messages", lambda asked: asked.say(401))
    assert world.run()["stream"] == "status 401"


@pytest.mark.parametrize(
    ("time", "asks"),
    [("2026-01-31T23:55:00Z", True), ("2026-01-31T23:56:00Z", False), ("2026-02-01T00:00:07Z", True), ("", True)],
)
def test_an_app_is_asked_in_its_minutes_and_whenever_somebody_calls_by_hand(
    world: World, time: str, asks: bool
) -> None:
    outcome = world.run({"time": time} if time else {})
    assert ("stream" in outcome) is asks
    assert ("stream" in world.successes()) is asks


def test_without_a_key_no_app_is_asked(world: World) -> None:
    assert set(world.run(stream=None)) == {"console", "api", "web"}
    assert all(path != "/v1/chat-messages" for _, path, _, _ in world.dify.asked)


def test_a_new_key_is_taken_up_by_the_next_run(world: World) -> None:
    world.run()
    world.store_key("app-second")
    world.run()
    sent = [headers["Authorization"] for _, path, headers, _ in world.dify.asked if path == "/v1/chat-messages"]
    assert sent == [f"Bearer {KEY}", "Bearer app-second"]


def test_a_secret_that_is_gone_fails_the_stream_alone(world: World) -> None:
    outcome = world.run(stream={"secretArn": f"{world.secret_arn}-gone", "everyMinutes": 1})
    assert outcome.pop("stream").startswith(f"secret {world.secret_arn}-gone: does not exist")
    assert set(outcome.values()) == {"ok"}
    assert world.successes()["stream"] == 0


@pytest.mark.parametrize("key", [KEY, "app-first\nX-Second: app-second", "app-\N{SNOWMAN}"])
def test_neither_the_key_nor_what_was_answered_is_ever_said(
    world: World, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    caplog.set_level(logging.DEBUG)
    world.store_key(key)
    said = str(world.streams(*events('{"event": "error", "message": "customer 7"}')))
    world.answers("/v1/", lambda asked: asked.say(500, b"customer 8"))
    said += str(world.run())
    for secret in ("app-", "Bearer", "customer"):
        assert secret not in said
        assert secret not in caplog.text


def test_a_failure_is_one_line_of_the_log_and_a_success_is_none(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.answers("/v1/", lambda asked: asked.say(503))
    world.run()
    ours = [record.getMessage() for record in caplog.records if record.name.endswith("probe")]
    assert ours == ["step api failed: status 503"]


def test_what_cannot_be_published_fails_the_run_by_name(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    make = cast("Any", boto3).client

    def answer(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "Throttling", "Message": "no"}}, "PutMetricData")

    def refusing(name: str, **options: Any) -> Any:
        client = make(name, **options)
        if name == "cloudwatch":
            client.meta.events.register("before-call.cloudwatch.PutMetricData", answer)
        return client

    monkeypatch.setattr(boto3, "client", refusing)
    assert world.failure() == "namespace Dify/Probe: PutMetricData failed: Throttling"


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"url": "http://dify.example.com"}, "PROBE.url: must be an HTTPS address without path"),
        ({"url": "https://dify.example.com/apps"}, "PROBE.url: must be an HTTPS address without path"),
        ({"url": "https://dify.example.com:port"}, "PROBE.url: must be an HTTPS address without path"),
        ({"url": "https://user@dify.example.com"}, "PROBE.url: must be an HTTPS address without path"),
        ({"stack": ""}, "PROBE.stack: must be non-empty text"),
        ({"checks": []}, "PROBE.checks: must hold at least one check"),
        ({"checks": {}}, "PROBE.checks: must be a JSON array"),
        (
            {"checks": [{"step": "api", "path": "v1", "status": 200}]},
            "PROBE.checks[0].path: must begin with a slash",
        ),
        (
            {"checks": [{"step": "api", "path": "/v1/", "status": True}]},
            "PROBE.checks[0].status: must be a whole number from 200 to 599",
        ),
        ({"checks": [{"step": "api", "path": "/v1/"}]}, "PROBE.checks[0]: status is missing"),
        (
            {"stream": {"secretArn": "app-key", "everyMinutes": 5}},
            "PROBE.stream.secretArn: must be the ARN of a Secrets Manager secret",
        ),
        (
            {"stream": {"secretArn": "arn:aws:secretsmanager:x", "everyMinutes": 0}},
            "PROBE.stream.everyMinutes: must be a whole number from 1 to 60",
        ),
        ({"color": "blue"}, "PROBE: unknown key color; known are checks, namespace, stack, stream, url"),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_asked(
    world: World, changed: dict[str, object], line: str
) -> None:
    assert world.failure(**changed) == line
    assert world.dify.asked == []


@pytest.mark.parametrize(
    ("stored", "line"),
    [(None, "PROBE: the environment variable is not set"), ("{", "PROBE: must be a JSON object")],
)
def test_settings_that_are_not_there_are_refused(
    monkeypatch: pytest.MonkeyPatch, stored: str | None, line: str
) -> None:
    with pytest.raises(FunctionError, match=line):
        parse_settings(stored)


def _promise(asked: Asked, length: int) -> None:
    """The head of an answer of so many bytes."""
    asked.send_response(200)
    asked.send_header("Content-Length", str(length))
    asked.end_headers()
