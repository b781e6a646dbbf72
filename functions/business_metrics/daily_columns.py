"""The record of a day: a line of comma-separated values, without a header, for each app and model."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "kind": "string",
        "app": "string",
        "mode": "string",
        "provider": "string",
        "model": "string",
        "currency": "string",
        "turns": "bigint",
        "failures": "bigint",
        "conversations": "bigint",
        "users": "bigint",
        "tokens_in": "bigint",
        "tokens_out": "bigint",
        "tokens": "bigint",
        "cost": "decimal(20,7)",
        "p95_seconds": "double",
    }
)
"""Name -> type of Hive, in the order of the file. `kind` is `messages` or `workflows`, of which the latter have neither
models, conversations, a split of their tokens nor a cost. `users` are those of the line: one user of two models is in
two lines. `mode` is empty for an app that was deleted. Days are days of UTC."""

ROOT = "daily/"


def key_of(day: date) -> str:
    """Where the record of `day` is in its bucket."""
    return f"{ROOT}day={day}/usage.csv.gz"
