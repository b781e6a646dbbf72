"""What is sent reaches whom it is for, by TLS that is verified, and nobody else; what goes wrong is told in words that
hold no secret."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from operations.host.watch import web
from operations.host.watch.address import read_address
from operations.host.watch.mail import MailServer, mail_of
from operations.host.watch.notice import Message
from operations.host.watch.way import Heartbeat, Webhook
from operations.outcome import FailedError
from tests.operations.host.watch_world import KEY, OPS, PASSWORD, Answering, WatchWorld, watch_world, write
from tests.servers import smtp
from tests.servers.certificates import server_certificate
from tests.servers.process import LOOPBACK, free_port
from tests.servers.upstream import Asked, Upstream

MESSAGE = Message(
    at=datetime(2026, 6, 1, 12, tzinfo=UTC),
    subject="host: the disk has 1 B of 2 B free",
    body="New:\n- the disk",
    fields={"stack": "host", "new": []},
)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WatchWorld]:
    with watch_world(tmp_path, monkeypatch) as made:
        yield made


def _why(way: Any) -> str:
    with pytest.raises(FailedError) as failed:
        way.send(MESSAGE)
    said = str(failed.value)
    assert KEY not in said
    assert PASSWORD not in said
    assert "\n" not in said
    return said


def test_a_channel_gets_text_and_fields_as_json(world: WatchWorld) -> None:
    world.webhook.send(MESSAGE)
    (asked,) = world.channel.asked
    assert (asked.method, asked.path) == ("POST", f"/services/{KEY}?token={KEY}")
    assert asked.headers["content-type"] == "application/json; charset=utf-8"
    assert json.loads(asked.body) == {"text": MESSAGE.text, "stack": "host", "new": []}


def test_google_chat_gets_no_field_that_it_does_not_know() -> None:
    assert web.payload("chat.googleapis.com", MESSAGE) == {"text": MESSAGE.text}


@pytest.mark.parametrize("host", ["prod-01.westeurope.logic.azure.com", "a.b.environment.api.powerplatform.com"])
def test_workflows_of_teams_get_a_card(host: str) -> None:
    sent: Any = web.payload(host, MESSAGE)
    assert sent["type"] == "message"
    (card,) = [one["content"] for one in sent["attachments"]]
    assert [line["text"] for line in card["body"]] == [MESSAGE.subject, "New:", "- the disk"]


@pytest.mark.parametrize("host", ["hooks.slack.com", "logic.azure.com.example.com", "powerplatform.com.example.com"])
def test_all_others_get_text_and_fields(host: str) -> None:
    assert web.payload(host, MESSAGE) == {"text": MESSAGE.text, **MESSAGE.fields}


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(world: WatchWorld, code: int) -> None:
    with Upstream.start("another", certificate=world.certificate) as another:
        world.channel_says.status, world.channel_says.location = code, f"https://localhost:{another.port}/{KEY}"
        world.pulse_says.status, world.pulse_says.location = code, f"https://localhost:{another.port}/{KEY}"
        assert _why(world.webhook) == f"it answered {code}, which leads elsewhere and is not followed"
        with pytest.raises(FailedError, match="leads elsewhere"):
            Heartbeat(file=world.folder / "heartbeat").beat()
        assert another.asked == []


@pytest.mark.parametrize("code", [400, 403, 404, 410, 429, 500])
def test_an_answer_that_is_no_success_is_a_failure(world: WatchWorld, code: int) -> None:
    world.channel_says.status = code
    assert _why(world.webhook) == f"it answered {code}"


def test_an_authority_that_the_machine_does_not_trust_is_refused(
    world: WatchWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert _why(world.webhook).startswith("its certificate was refused: ")
    assert _why(world.mailbox()).startswith(f"localhost:{world.post.port}: its certificate was refused: ")
    assert world.channel.asked == []
    assert world.post.mails == []


def test_a_certificate_for_another_name_is_refused(
    world: WatchWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder := tmp_path / "another").mkdir()
    certificate = server_certificate(folder, "another.example.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.ca_file))
    with Upstream.start("another", certificate=certificate) as another:
        write(world.folder / "webhook", f"https://localhost:{another.port}/{KEY}")
        assert "certificate is not valid for 'localhost'" in _why(world.webhook)
        assert another.asked == []


def test_nobody_there_is_said(world: WatchWorld) -> None:
    write(world.folder / "webhook", f"https://{LOOPBACK}:{free_port()}/{KEY}")
    assert _why(world.webhook) == "it refused the connection"


def test_who_does_not_answer_is_not_waited_for(world: WatchWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "SECONDS", 0.05)
    asked: list[BaseHTTPRequestHandler] = []

    def silent(handler: BaseHTTPRequestHandler, _: Asked) -> None:
        asked.append(handler)
        # Until the client goes.
        handler.rfile.read()

    with Upstream.start("silent", silent) as slow:
        write(world.folder / "webhook", f"http://{LOOPBACK}:{slow.port}/{KEY}")
        assert _why(world.webhook).startswith("it did not answer within ")


def test_a_server_that_speaks_no_tls_gets_nothing(world: WatchWorld) -> None:
    with Upstream.start("plain", Answering()) as plain:
        write(world.folder / "webhook", f"https://{LOOPBACK}:{plain.port}/{KEY}")
        assert _why(world.webhook) == "it does not speak TLS as it must"
        assert plain.asked == []


def test_this_machine_is_asked_in_the_clear_where_the_file_says_so(world: WatchWorld) -> None:
    with Upstream.start("relay", Answering()) as relay:
        write(world.folder / "webhook", f"http://{LOOPBACK}:{relay.port}/in")
        world.webhook.send(MESSAGE)
        assert [one.path for one in relay.asked] == ["/in"]


def test_a_proxy_learns_the_name_of_the_host_and_nothing_else(
    world: WatchWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Upstream.start("proxy", Answering(status=403)) as proxy, Upstream.start("relay", Answering()) as relay:
        for name in ("https_proxy", "http_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.address}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert _why(world.webhook) == "the connection failed"
        (asked,) = proxy.asked
        assert (asked.method, asked.path) == ("CONNECT", f"localhost:{world.channel.port}")
        assert KEY not in str(asked)
        write(world.folder / "webhook", f"http://{LOOPBACK}:{relay.port}/in")
        world.webhook.send(MESSAGE)
        assert [one.path for one in relay.asked] == ["/in"]
        assert len(proxy.asked) == 1


@pytest.mark.parametrize(
    "content",
    [
        "",
        f"http://hooks.example.com/{KEY}",
        f"http://127.0.0.1.example.com/{KEY}",
        f"http://127.0.0.1@example.com/{KEY}",
        f"https://user:{KEY}@example.com/",
        f"ftp://example.com/{KEY}",
        f"file:///{KEY}",
        f"https:///{KEY}",
        f"https://example.com:99999/{KEY}",
        f"https://example.com/{KEY} and more",
        f"https://example.com/{KEY}\nhttps://example.com/2",
        f"https://example.com/\r\nX-Injected: {KEY}",
        f"https://exämple.com/{KEY}",
        f"url={KEY}",
    ],
)
def test_a_file_that_holds_no_safe_address_is_refused_without_showing_it(tmp_path: Path, content: str) -> None:
    file = tmp_path / "webhook"
    write(file, content)
    assert _why(Webhook(file=file)) == (
        f"config dify:alarms.webhookFile: {file}: got [hidden]; it must hold one https:// address and nothing else; "
        "mend it"
    )


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644, 0o601])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "webhook"
    write(file, f"https://example.com/{KEY}", mode)
    assert f"others may read it, and the address in it is a secret; chmod 600 {file}" in _why(Webhook(file=file))


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_file_that_only_its_owner_reads_is_taken(tmp_path: Path, mode: int) -> None:
    write(tmp_path / "webhook", "https://hooks.example.com:8443/a?b=c\n", mode)
    assert read_address(tmp_path / "webhook", "webhookFile") == "https://hooks.example.com:8443/a?b=c"


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    assert _why(Webhook(file=tmp_path / "webhook")) == (
        f"config dify:alarms.webhookFile: {tmp_path}/webhook: got No such file or directory; write the address there, "
        "with mode 600"
    )


def test_mail_goes_by_starttls_with_the_login_of_the_file(world: WatchWorld) -> None:
    world.mailbox().send(MESSAGE)
    (mail,) = world.post.mails
    assert mail.tls
    assert mail.login == ("dify", PASSWORD)
    assert (mail.sender, mail.recipients) == ("dify@example.com", (OPS,))
    assert mail.content["Subject"] == MESSAGE.subject
    assert mail.content["Auto-Submitted"] == "auto-generated"
    assert mail.content["Date"] == "Mon, 01 Jun 2026 12:00:00 +0000"
    assert mail.content.get_content().splitlines() == MESSAGE.text.splitlines()


def test_a_port_where_tls_comes_first_is_spoken_to_so(world: WatchWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    with smtp.MailServer.start(world.certificate, tls_first=True) as post:
        monkeypatch.setattr("operations.host.watch.mail.TLS_FIRST_PORTS", (post.port,))
        _mail_server(world, post).send(OPS, MESSAGE)
        assert [mail.tls for mail in post.mails] == [True]


def test_nothing_is_sent_in_the_clear(world: WatchWorld) -> None:
    with smtp.MailServer.start(None) as post:
        server = _mail_server(world, post)
        with pytest.raises(FailedError, match="it offers no STARTTLS or no login, and nothing is sent in the clear"):
            server.send(OPS, MESSAGE)
        assert post.mails == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("AUTH", "it refused the login (535)"),
        ("MAIL", "it refused the sender (535)"),
        ("RCPT", "it refused the recipient (535)"),
        ("DATA", "it refused the message (535)"),
    ],
)
def test_what_a_mail_server_refuses_is_said_by_its_code(world: WatchWorld, command: str, said: str) -> None:
    world.post.refuses[command] = f"535 {PASSWORD} is wrong"
    assert _why(world.mailbox()) == f"localhost:{world.post.port}: {said}"
    assert world.post.mails == []


def test_a_mail_that_was_taken_is_sent_however_the_two_part(world: WatchWorld) -> None:
    world.post.refuses["QUIT"] = "554 no"
    world.mailbox().send(MESSAGE)
    assert len(world.post.mails) == 1


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", f'{{"username": "{KEY}"}}', f'{{"username": 1, "password": "{KEY}"}}']
)
def test_a_login_that_is_none_is_said_without_showing_it(world: WatchWorld, content: str) -> None:
    file = world.folder / "login.json"
    write(file, content)
    assert _why(world.mailbox()) == (
        f"config dify:mail.loginFile: {file}: got [hidden]; it must be JSON with username and password; mend it"
    )


def test_a_login_that_no_mail_server_takes_is_said(world: WatchWorld) -> None:
    write(world.folder / "login.json", json.dumps({"username": "dify", "password": f"ü{KEY}"}))
    assert _why(world.mailbox()).endswith("the login or an address holds letters that no mail server takes")


def test_a_login_that_is_not_on_this_machine_is_said(world: WatchWorld) -> None:
    (world.folder / "login.json").unlink()
    assert "got No such file or directory; the watch reads it on this machine" in _why(world.mailbox())


@pytest.mark.parametrize("header", ["subject", "recipient", "sender"])
def test_no_header_can_be_added(header: str) -> None:
    bad = f"a@example.com\r\nBcc: {OPS}"
    message = MESSAGE if header != "subject" else Message(at=MESSAGE.at, subject=bad, body="", fields={})
    sender, recipient = (bad if header == one else "a@example.com" for one in ("sender", "recipient"))
    with pytest.raises(ValueError, match=r"Header values may not contain|invalid character in header|newline"):
        mail_of(sender, recipient, message)


def _mail_server(world: WatchWorld, post: smtp.MailServer) -> MailServer:
    return MailServer(
        server="localhost", port=post.port, sender="dify@example.com", login_file=world.folder / "login.json"
    )
