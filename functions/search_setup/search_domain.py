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


@dataclass(frozen=True, kw_only=True)
class Domain:
    """`host` is reached over TLS with the system's authorities; `remaining_seconds` bound the patience with it."""

    host: str
    region: str
    remaining_seconds: Callable[[], float]
    sleep: Callable[[float], None] = time.sleep

    def send(self, method: str, path: str, body: object) -> None:
        """Send `body` as JSON until it is accepted. Raises FunctionError where it is refused or time runs out."""
        while (reason := self._attempt(method, path, json.dumps(body).encode())) is not None:
            if self.remaining_seconds() < _PAUSE_SECONDS + _ANSWER_SECONDS:
                raise FunctionError(f"{method} {path} on {self.host} failed and time is up: {reason}")
            self.sleep(_PAUSE_SECONDS)

    def _attempt(self, method: str, path: str, body: bytes) -> str | None:
        """None where it was accepted, else why not, if waiting may help."""
        request = Request(
            f"https://{self.host}{path}", data=body, method=method, headers=self._signed(method, path, body)
        )
        # The domain is inside the network: no proxy of the environment stands between.
        opener = build_opener(ProxyHandler({}), HTTPSHandler(context=ssl.create_default_context()))
        try:
            with opener.open(request, timeout=_ANSWER_SECONDS):
                return None
        except HTTPError as error:
            with error:
                reason = f"{error.code} {_reason(error.read())}".strip()
            if error.code in _PASSING:
                return reason
            raise FunctionError(f"{method} {path} on {self.host} was refused: {reason}") from None
        except URLError as error:
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                raise FunctionError(f"{self.host} has no certificate that is trusted here") from None
            return type(error.reason).__name__
        except OSError as error:
            return type(error).__name__

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
    """What the domain says, on one line; the plugin and AWS use different keys for it."""
    try:
        answered: object = json.loads(answer)
    except ValueError:
        return ""
    fields = cast("dict[str, object]", answered) if isinstance(answered, dict) else {}
    said = next((fields[key] for key in ("reason", "message", "Message") if key in fields), "")
    return " ".join(str(said).split())[:_LONGEST_REASON]
