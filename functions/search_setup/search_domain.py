"""Requests to an OpenSearch domain, signed with the function's own IAM role."""

import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast
from urllib.error import HTTPError, URLError
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from errors import FunctionError

_SERVICE = "es"
"""The signing name of OpenSearch Service, kept from its time as Amazon Elasticsearch Service."""

_PAUSE_SECONDS = 5.0
_ANSWER_SECONDS = 10.0

_PASSING = frozenset(
    {
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""A new domain answers so while its name spreads and its security index is being made, a busy one while it changes."""

_LONGEST_REASON = 200

Answer = Any
"""What the domain answers, read as JSON; None where nothing is there."""


class _NotNowError(Exception):
    """Waiting may help."""


@dataclass(frozen=True, kw_only=True)
class Domain:
    """`host` is reached over TLS with the system's authorities; `remaining_seconds` bound the patience with it."""

    host: str
    region: str
    remaining_seconds: Callable[[], float]
    sleep: Callable[[float], None] = time.sleep

    def send(self, method: str, path: str, body: object) -> Answer:
        """Send `body` as JSON until it is accepted. Raises FunctionError where it is refused or time runs out."""
        return self._patiently(method, path, json.dumps(body).encode())

    def get(self, path: str) -> Answer:
        """What is at `path`, None where nothing is. Raises FunctionError as send() does."""
        return self._patiently("GET", path, b"")

    def delete(self, path: str) -> None:
        """Delete what is at `path`, if anything is. Raises FunctionError as send() does."""
        self._patiently("DELETE", path, b"")

    def _patiently(self, method: str, path: str, body: bytes) -> Answer:
        while True:
            try:
                return self._attempt(method, path, body)
            except _NotNowError as reason:
                if self.remaining_seconds() < _PAUSE_SECONDS + _ANSWER_SECONDS:
                    raise FunctionError(f"{method} {path} on {self.host} failed and time is up: {reason}") from None
                self.sleep(_PAUSE_SECONDS)

    def _attempt(self, method: str, path: str, body: bytes) -> Answer:
        """The answer; None where there is nothing to get or to delete. Raises _NotNowError where waiting may help."""
        request = Request(
            f"https://{self.host}{path}", data=body or None, method=method, headers=self._signed(method, path, body)
        )
        # The domain is inside the network: no proxy of the environment stands between.
        opener = build_opener(ProxyHandler({}), HTTPSHandler(context=ssl.create_default_context()))
        try:
            with opener.open(request, timeout=_ANSWER_SECONDS) as answered:
                return _json(answered.read())
        except HTTPError as error:
            with error:
                said = error.read()
            if error.code == HTTPStatus.NOT_FOUND and not body:
                return None
            reason = f"{error.code} {_reason(said)}".strip()
            if error.code in _PASSING:
                raise _NotNowError(reason) from None
            raise FunctionError(f"{method} {path} on {self.host} was refused: {reason}") from None
        except URLError as error:
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                raise FunctionError(f"{self.host} has no certificate that is trusted here") from None
            raise _NotNowError(type(error.reason).__name__) from None
        except OSError as error:
            raise _NotNowError(type(error).__name__) from None

    def _signed(self, method: str, path: str, body: bytes) -> dict[str, str]:
        session = cast("Any", botocore.session.Session())
        unsigned = cast("Any", AWSRequest)(
            method=method,
            url=f"https://{self.host}{path}",
            data=body,
            headers={"Content-Type": "application/json", "Host": self.host},
        )
        cast("Any", SigV4Auth)(session.get_credentials(), _SERVICE, self.region).add_auth(unsigned)
        return dict(unsigned.headers.items())


def _reason(answer: bytes) -> str:
    """What the domain says, on one line; security plugin, AWS and the engine itself use different keys for it."""
    found = _json(answer)
    fields = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    if isinstance(fields.get("error"), dict):
        fields = cast("dict[str, object]", fields["error"])
    said = next((fields[key] for key in ("reason", "message", "Message", "error") if key in fields), "")
    return " ".join(str(said).split())[:_LONGEST_REASON]


def _json(answer: bytes) -> Answer:
    try:
        return json.loads(answer)
    except ValueError:
        return None
