"""A message by mail, through the server of `dify:mail`."""

import json
import smtplib
import ssl
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import cast

from dify.environment.backend import TLS_FIRST_PORTS
from operations.host.watch.notice import Message
from operations.host.watch.web import SECONDS, why
from operations.outcome import FailedError


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """A server that takes mail of `sender` from whoever has the login in `login_file`."""

    server: str
    port: int
    sender: str
    login_file: Path

    def send(self, recipient: str, message: Message) -> None:
        """Send `message` by TLS, or not at all. Raises FailedError without a word of the login."""
        username, password = self._login()
        mail = mail_of(self.sender, recipient, message)
        try:
            with self._connected() as connection:
                connection.login(username, password)
                connection.send_message(mail, self.sender, [recipient])
        except (OSError, UnicodeError) as error:
            raise FailedError(f"{self.server}:{self.port}: {_refusal(error)}") from None

    @contextmanager
    def _connected(self) -> Generator[smtplib.SMTP]:
        context = ssl.create_default_context()
        tls_first = self.port in TLS_FIRST_PORTS
        connection = (
            smtplib.SMTP_SSL(self.server, self.port, timeout=SECONDS, context=context)
            if tls_first
            else smtplib.SMTP(self.server, self.port, timeout=SECONDS)
        )
        try:
            if not tls_first:
                connection.starttls(context=context)
            yield connection
        finally:
            # A message that was taken is sent, however the two part.
            with suppress(OSError):
                connection.quit()

    def _login(self) -> tuple[str, str]:
        where = f"config dify:mail.loginFile: {self.login_file}"
        try:
            known = cast("object", json.loads(self.login_file.read_text(encoding="utf-8")))
        except OSError as error:
            raise FailedError(
                f"{where}: got {error.strerror}; the watch reads it on this machine; put it there"
            ) from None
        except ValueError:
            known = None
        login = cast("dict[str, object]", known) if isinstance(known, dict) else {}
        username, password = login.get("username"), login.get("password")
        if not isinstance(username, str) or not isinstance(password, str):
            raise FailedError(f"{where}: got [hidden]; it must be JSON with username and password; mend it")
        return username, password


def mail_of(sender: str, recipient: str, message: Message) -> EmailMessage:
    """The mail itself. EmailMessage refuses a line break in a header; a subject is one line."""
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, recipient
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    # No out-of-office note answers it (RFC 3834, section 5).
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail


def _refusal(error: Exception) -> str:
    """What the server said may hold what it was sent; its code does not."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"it refused the recipient ({', '.join(str(code) for code, _ in error.recipients.values())})"
    kind = next((words for known, words in _KINDS if isinstance(error, known)), None)
    code = f" ({error.smtp_code})" if isinstance(error, smtplib.SMTPResponseException) else ""
    return why(error) if kind is None else kind + code


_KINDS: Sequence[tuple[type[Exception], str]] = (
    (smtplib.SMTPAuthenticationError, "it refused the login"),
    (smtplib.SMTPSenderRefused, "it refused the sender"),
    (smtplib.SMTPNotSupportedError, "it offers no STARTTLS or no login, and nothing is sent in the clear"),
    (smtplib.SMTPServerDisconnected, "it closed the connection"),
    (smtplib.SMTPResponseException, "it refused the message"),
    (smtplib.SMTPException, "it offers no way to log in that is known here"),
    (UnicodeError, "the login or an address holds letters that no mail server takes"),
)
