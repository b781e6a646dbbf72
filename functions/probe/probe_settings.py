"""What is asked, of whom and how often: the environment variable PROBE, a JSON object, checked."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from errors import FunctionError
from shapes import json_array, json_object, json_variable, secret_arn, text

VARIABLE = "PROBE"

_FIELDS = {"stack", "namespace", "url", "checks", "stream"}
_HOUR_MINUTES = 60


@dataclass(frozen=True, kw_only=True)
class Check:
    """GET `path` must answer `status`."""

    step: str
    path: str
    status: int


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A question to an app every `every_minutes` of an hour; its API key is the field apiKey of a secret."""

    secret_arn: str
    every_minutes: int


@dataclass(frozen=True, kw_only=True)
class ProbeSettings:
    """`host` and `port` are those of Dify's public address, which is HTTPS always."""

    stack: str
    namespace: str
    host: str
    port: int
    checks: tuple[Check, ...]
    stream: Stream | None


def parse_settings(stored: str | None) -> ProbeSettings:
    """The settings in `stored`. Raises FunctionError at the first mistake."""
    fields = json_variable(VARIABLE, stored, required=_FIELDS)
    host, port = _address(fields["url"])
    return ProbeSettings(
        stack=text(fields["stack"], f"{VARIABLE}.stack"),
        namespace=text(fields["namespace"], f"{VARIABLE}.namespace"),
        host=host,
        port=port,
        checks=_checks(fields["checks"]),
        stream=None if fields["stream"] is None else _stream(fields["stream"]),
    )


def _address(raw: object) -> tuple[str, int]:
    where = f"{VARIABLE}.url"
    wrong = FunctionError(f"{where}: must be an HTTPS address without path")
    try:
        parts = urlsplit(text(raw, where))
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        raise wrong from None
    if parts.scheme != "https" or not host or parts.path or parts.query or parts.username:
        raise wrong
    return host, port


def _checks(raw: object) -> tuple[Check, ...]:
    where = f"{VARIABLE}.checks"
    checks = tuple(_check(item, f"{where}[{at}]") for at, item in enumerate(json_array(raw, where)))
    if not checks:
        raise FunctionError(f"{where}: must hold at least one check")
    return checks


def _check(raw: object, where: str) -> Check:
    fields = json_object(raw, where, required={"step", "path", "status"})
    path = text(fields["path"], f"{where}.path")
    if not path.startswith("/"):
        raise FunctionError(f"{where}.path: must begin with a slash")
    return Check(
        step=text(fields["step"], f"{where}.step"),
        path=path,
        status=_whole(fields["status"], f"{where}.status", range(200, 600)),
    )


def _stream(raw: object) -> Stream:
    where = f"{VARIABLE}.stream"
    fields = json_object(raw, where, required={"secretArn", "everyMinutes"})
    return Stream(
        secret_arn=secret_arn(fields["secretArn"], f"{where}.secretArn"),
        every_minutes=_whole(fields["everyMinutes"], f"{where}.everyMinutes", range(1, _HOUR_MINUTES + 1)),
    )


def _whole(raw: object, where: str, allowed: range) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or raw not in allowed:
        raise FunctionError(f"{where}: must be a whole number from {allowed.start} to {allowed.stop - 1}")
    return raw
