"""What is measured and where: the environment variable BUSINESS_METRICS, a JSON object, checked."""

import re
from dataclasses import dataclass

from errors import FunctionError
from postgresql import Server
from shapes import json_variable, port, secret_arn, text, text_list

VARIABLE = "BUSINESS_METRICS"

_FIELDS = {
    *("stack", "namespace", "secretArn", "host", "port", "database", "apps", "models", "loudFactor", "currencies"),
    "historyBucket",
}
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, kw_only=True)
class BusinessSettings:
    """`apps` and `models` are how many of them have figures of their own, `loud_factor` how many times its own norm a
    user's tokens of an hour are above it, `currencies` those that Cost is published in."""

    stack: str
    namespace: str
    secret_arn: str
    server: Server
    database: str
    apps: int
    models: int
    loud_factor: int
    currencies: tuple[str, ...]
    history_bucket: str


def parse_settings(stored: str | None) -> BusinessSettings:
    """The settings in `stored`. Raises FunctionError at the first mistake."""
    fields = json_variable(VARIABLE, stored, required=_FIELDS)
    return BusinessSettings(
        stack=text(fields["stack"], f"{VARIABLE}.stack"),
        namespace=text(fields["namespace"], f"{VARIABLE}.namespace"),
        secret_arn=secret_arn(fields["secretArn"], f"{VARIABLE}.secretArn"),
        server=Server(
            host=text(fields["host"], f"{VARIABLE}.host"),
            port=port(fields["port"], f"{VARIABLE}.port"),
        ),
        database=text(fields["database"], f"{VARIABLE}.database"),
        apps=_most(fields["apps"], f"{VARIABLE}.apps", 50),
        models=_most(fields["models"], f"{VARIABLE}.models", 50),
        loud_factor=_most(fields["loudFactor"], f"{VARIABLE}.loudFactor", 1000),
        currencies=_currencies(fields["currencies"]),
        history_bucket=text(fields["historyBucket"], f"{VARIABLE}.historyBucket"),
    )


def _most(raw: object, where: str, most: int) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or raw not in range(1, most + 1):
        raise FunctionError(f"{where}: must be a whole number from 1 to {most}")
    return raw


def _currencies(raw: object) -> tuple[str, ...]:
    where = f"{VARIABLE}.currencies"
    found = text_list(raw, where)
    if not found or not all(_CURRENCY.fullmatch(one) for one in found):
        raise FunctionError(f"{where}: must be codes of ISO 4217 such as USD, at least one")
    return found
