"""The ways to somebody that `dify:alarms` names."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from operations.host.watch import web
from operations.host.watch.address import read_address
from operations.host.watch.mail import MailServer
from operations.host.watch.notice import Message
from settings.host.stack import HostSettings


class Way(Protocol):
    """A way to somebody, by the `name` that the memory keeps and people read."""

    @property
    def name(self) -> str: ...

    def send(self, message: Message) -> None:
        """Raises FailedError in one line without a secret."""
        ...


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """Somebody's mail. Each has a message of their own: a server may take one address and refuse another."""

    address: str
    server: MailServer

    @property
    def name(self) -> str:
        return self.address

    def send(self, message: Message) -> None:
        self.server.send(self.address, message)


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """A channel, by the address in `file`."""

    file: Path

    @property
    def name(self) -> str:
        return f"webhook of {self.file}"

    def send(self, message: Message) -> None:
        web.post(read_address(self.file, "webhookFile"), message)


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """Who watches the watch: asked while all goes well, and rings when it is not."""

    file: Path

    def beat(self) -> None:
        """Raises FailedError in one line without a secret."""
        web.get(read_address(self.file, "heartbeatFile"))


def ways_of(settings: HostSettings) -> Sequence[Way]:
    """Every way that `settings` name. No file is read before something is sent."""
    alarms, mail = settings.alarms, settings.mail
    ways: list[Way] = []
    if mail is not None:
        server = MailServer(server=mail.server, port=mail.port, sender=mail.sender, login_file=Path(mail.login_file))
        ways += [Mailbox(address=address, server=server) for address in alarms.email]
    if alarms.webhook_file is not None:
        ways.append(Webhook(file=Path(alarms.webhook_file)))
    return ways


def heartbeat_of(settings: HostSettings) -> Heartbeat | None:
    """The heartbeat, where there is one."""
    file = settings.alarms.heartbeat_file
    return None if file is None else Heartbeat(file=Path(file))
