"""A mail server of the test's own, on a free port of the loopback (RFC 5321, 3207 and 4954, as far as clients ask)."""

import base64
import re
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import cast

from tests.servers.certificates import Certificate, tls_of
from tests.servers.process import LOOPBACK


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail as it was taken. `login` is what the client said it is, `tls` whether that was encrypted."""

    sender: str
    recipients: tuple[str, ...]
    login: tuple[str, str] | None
    tls: bool
    content: EmailMessage


@dataclass(kw_only=True)
class MailServer:
    """One running server. `refuses` are answers in place of its own, by command or by recipient."""

    port: int
    tls_first: bool
    context: ssl.SSLContext | None
    mails: list[Mail] = field(default_factory=list[Mail])
    refuses: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    @contextmanager
    def start(cls, certificate: Certificate | None, *, tls_first: bool = False) -> Generator["MailServer"]:
        """A server until the block ends; without a certificate it offers no TLS."""

        class Server(ThreadingTCPServer):
            daemon_threads = True
            mail: MailServer

            # Clients that refuse the certificate are part of the tests.
            def handle_error(self, request: object, client_address: object) -> None:
                return

        with Server((LOOPBACK, 0), _Session) as server:
            context = None if certificate is None else tls_of(certificate)
            server.mail = cls(port=server.server_address[1], tls_first=tls_first, context=context)
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
            try:
                yield server.mail
            finally:
                server.shutdown()


class _Session(StreamRequestHandler):
    """One client."""

    def setup(self) -> None:
        super().setup()
        self.mail = cast("MailServer", cast("object", self.server.mail))  # type: ignore[attr-defined]
        self.tls = False
        self.login: tuple[str, str] | None = None
        self.sender, self.recipients = "", list[str]()

    def handle(self) -> None:
        if self.mail.tls_first:
            self._encrypt()
        self._say("220 test server")
        while line := self.rfile.readline():
            command, _, rest = line.decode().strip().partition(" ")
            if not self._answer(command.upper(), rest):
                return

    def _answer(self, command: str, rest: str) -> bool:
        address = "".join(re.findall("<(.*?)>", rest))
        if refusal := self.mail.refuses.get(command) or self.mail.refuses.get(address):
            self._say(refusal)
            return True
        match command:
            case "EHLO":
                offers = ["STARTTLS"] if self.mail.context and not self.tls else []
                self._say("250-test server", *(f"250-{one}" for one in offers), "250 AUTH PLAIN")
            case "STARTTLS":
                self._say("220 go on")
                self._encrypt()
            case "AUTH":
                _, name, word = base64.b64decode(rest.split()[1]).decode().split("\0")
                self.login = (name, word)
                self._say("235 welcome")
            case "MAIL":
                self.sender, self.recipients = address, []
                self._say("250 ok")
            case "RCPT":
                self.recipients.append(address)
                self._say("250 ok")
            case "DATA":
                self._say("354 go on")
                self._take()
                self._say("250 taken")
            case "RSET":
                self._say("250 ok")
            case "QUIT":
                self._say("221 bye")
                return False
            case _:
                self._say("502 unknown")
        return True

    def _take(self) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        content = message_from_bytes(b"".join(lines), policy=policy.default)
        self.mail.mails.append(
            Mail(
                sender=self.sender,
                recipients=tuple(self.recipients),
                login=self.login,
                tls=self.tls,
                content=content,
            )
        )

    def _encrypt(self) -> None:
        assert self.mail.context is not None
        self.connection = self.mail.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.tls = True

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
