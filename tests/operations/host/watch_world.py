"""Whom a watch tells, for real: a channel and a heartbeat over HTTPS, mail by TLS, and moments that are given."""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from operations.host.condition import Problem
from operations.host.watch.look import Look, blind
from operations.host.watch.mail import MailServer
from operations.host.watch.memory import Keeper
from operations.host.watch.watch import Watch
from operations.host.watch.way import Heartbeat, Mailbox, Way, Webhook
from tests.servers import smtp
from tests.servers.certificates import Certificate, loopback_certificate
from tests.servers.upstream import Asked, Upstream, answer

STACK = "host"
OPS, DEPUTY = "ops@example.com", "deputy@example.com"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
KEY, PASSWORD = "k3y-of-the-channel", "pa55word-of-the-mail-server"
NO_PRIMARY = "there is no primary database; `promote` makes the standby one"
SANDBOX = "sandbox is exited (exit code 1)"
_REMEDIES = {NO_PRIMARY: "python -m operations promote host", SANDBOX: "docker logs --tail 100 dify-host-sandbox"}


def found(*problems: str, minutes: float = 0) -> Look:
    """A look that found `problems`, so many `minutes` after noon."""
    at = NOW + timedelta(minutes=minutes)
    return Look(at=at, problems=[_problem(text) for text in problems])


def _problem(text: str) -> Problem:
    """As `status` has it: its key is the part that stays, here what stands before the verb."""
    return Problem(
        key=text.partition(" is ")[0],
        text=text,
        remedy=_REMEDIES.get(text, "look"),
        outage=text.startswith("there is no primary"),
    )


def failed(why: str, minutes: float = 0) -> Look:
    """A look that was not possible."""
    return blind(STACK, why, NOW + timedelta(minutes=minutes))


@dataclass
class Answering:
    """Says `status` to everybody, and where else to go."""

    status: int = 200
    location: str = ""

    def __call__(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        answer(handler, self.status, {}, **({"Location": self.location} if self.location else {}))


@dataclass(kw_only=True)
class WatchWorld:
    """Three servers, and a watch that tells `ways` of them."""

    folder: Path
    channel: Upstream
    channel_says: Answering
    pulse: Upstream
    pulse_says: Answering
    post: smtp.MailServer
    certificate: Certificate
    ways: Sequence[Way] = ()
    repeat: timedelta = timedelta(hours=24)
    failures: list[str] = field(default_factory=list[str])

    @property
    def keeper(self) -> Keeper:
        return Keeper(self.folder, STACK)

    @property
    def webhook(self) -> Webhook:
        return Webhook(file=self.folder / "webhook")

    def mailbox(self, address: str = OPS) -> Mailbox:
        server = MailServer(
            server="localhost", port=self.post.port, sender="dify@example.com", login_file=self.folder / "login.json"
        )
        return Mailbox(address=address, server=server)

    def watch(self) -> Watch:
        heartbeat = Heartbeat(file=self.folder / "heartbeat")
        return Watch(stack=STACK, ways=self.ways, heartbeat=heartbeat, keeper=self.keeper, repeat=self.repeat)

    def tell(self, *problems: str, minutes: float = 0) -> list[str]:
        """Subjects of what the channel hears of a look."""
        return self.tell_of(found(*problems, minutes=minutes))

    def tell_of(self, seen: Look) -> list[str]:
        """Subjects of what the channel hears of what was `seen`."""
        before = len(self.channel.asked)
        with self.keeper.alone():
            self.failures = self.watch().tell(seen)
        return [json.loads(one.body)["text"].splitlines()[0] for one in self.channel.asked[before:]]

    @property
    def beats(self) -> int:
        """How often the heartbeat was asked."""
        return len(self.pulse.asked)

    def heard(self) -> dict[str, Any]:
        """What the channel heard last."""
        return json.loads(self.channel.asked[-1].body)


@contextmanager
def watch_world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[WatchWorld]:
    """A world until the block ends, whose authority the machine trusts and where no proxy is in the way."""
    certificate = loopback_certificate(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.ca_file))
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    channel_says, pulse_says = Answering(), Answering()
    with (
        Upstream.start("channel", channel_says, certificate) as channel,
        Upstream.start("heartbeat", pulse_says, certificate) as pulse,
        smtp.MailServer.start(certificate) as post,
    ):
        write(folder / "webhook", f"https://localhost:{channel.port}/services/{KEY}?token={KEY}\n")
        write(folder / "heartbeat", f"https://localhost:{pulse.port}/ping/{KEY}")
        write(folder / "login.json", json.dumps({"username": "dify", "password": PASSWORD}))
        world = WatchWorld(
            folder=folder,
            channel=channel,
            channel_says=channel_says,
            pulse=pulse,
            pulse_says=pulse_says,
            post=post,
            certificate=certificate,
        )
        world.ways = (world.webhook,)
        yield world


def write(file: Path, content: str, mode: int = 0o600) -> None:
    """A file of an operator."""
    file.write_text(content, encoding="utf-8")
    file.chmod(mode)
