"""One request to an address that is a secret. Nothing of it is ever said.

urllib asks by the proxy of the environment and by the machine's own authorities, as every other program there does.
"""

import json
import socket
import ssl
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    getproxies,
)

from operations.host.watch.notice import Message
from operations.outcome import FailedError

SECONDS = 10
"""For each step of a request: half a minute in all at the worst, and the watch comes back each minute."""

_GOOGLE_CHAT = "chat.googleapis.com"
_TEAMS = (".logic.azure.com", ".powerplatform.com")
"""Hosts of the addresses that Google Chat and Workflows of Microsoft Teams give out."""

_CARD = "application/vnd.microsoft.card.adaptive"


def post(address: str, message: Message) -> None:
    """Send `message` to a webhook. Raises FailedError with the kind of failure."""
    body = json.dumps(payload(urlsplit(address).hostname or "", message), ensure_ascii=False).encode()
    _ask(Request(address, data=body, headers={"Content-Type": "application/json; charset=utf-8", **_AGENT}))  # noqa: S310  checked by address.py


def get(address: str) -> None:
    """Ask for `address`; what is answered is of no interest. Raises FailedError with the kind of failure."""
    _ask(Request(address, headers=_AGENT))  # noqa: S310  checked by address.py


def payload(host: str, message: Message) -> Mapping[str, object]:
    """As `host` takes it: Slack, Mattermost and most others show `text` and pass over what they do not know. Google
    Chat refuses a field that it does not know, and Workflows of Teams post cards (reports of their users; tried with
    none of them)."""
    if host == _GOOGLE_CHAT:
        return {"text": message.text}
    if host.endswith(_TEAMS):
        block = {"type": "TextBlock", "wrap": True}
        lines = [{**block, "text": line} for line in message.text.splitlines() if line]
        card = {"type": "AdaptiveCard", "version": "1.4", "body": lines}
        return {"type": "message", "attachments": [{"contentType": _CARD, "content": card}]}
    return {"text": message.text, **message.fields}


_AGENT = {"User-Agent": "dify-operations"}


def _ask(request: Request) -> None:
    """A redirect is an error like any other: the address was given to one host, and what is sent is for nobody else."""
    opener = OpenerDirector()
    for handler in (
        # What is asked in the clear is this machine, and no proxy's business.
        ProxyHandler({scheme: proxy for scheme, proxy in getproxies().items() if scheme == "https"}),
        HTTPHandler(),
        HTTPSHandler(context=ssl.create_default_context()),
        HTTPErrorProcessor(),
        HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    try:
        with opener.open(request, timeout=SECONDS):
            return
    except HTTPError as error:
        error.close()
        raise FailedError(f"it answered {error.code}{_REDIRECT if 300 <= error.code < 400 else ''}") from None
    except (OSError, HTTPException, ValueError) as error:
        raise FailedError(why(error)) from None


_REDIRECT = ", which leads elsewhere and is not followed"

_KINDS: Sequence[tuple[type[Exception], str]] = (
    (ssl.SSLCertVerificationError, "its certificate was refused"),
    (ssl.SSLError, "it does not speak TLS as it must"),
    (socket.gaierror, "its name is not known"),
    (TimeoutError, f"it did not answer within {SECONDS} s"),
    (ConnectionRefusedError, "it refused the connection"),
    (OSError, "the connection failed"),
)


def why(error: Exception) -> str:
    """The kind of failure: Python's own words may repeat the address."""
    cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, Exception) else error
    kind = next((words for known, words in _KINDS if isinstance(cause, known)), "what it answered is not HTTP")
    return f"{kind}: {cause.verify_message}" if isinstance(cause, ssl.SSLCertVerificationError) else kind
