"""A request as the firewall sees it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote


class Per(StrEnum):
    """Whose requests a rate limit counts together."""

    IP = "ip"
    KEY = "key"


KEY_HEADER = "authorization"
"""Where Dify's APIs take their key: `Authorization: Bearer app-...` (api/controllers/service_api/wraps.py)."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """`path` is as sent, percent-encoded. Header names are in lower case. `country` is an ISO 3166 code of two letters.

    `trips` are the rules of AWS's managed groups whose pattern it bears: AWS publishes what they look for, not how.
    `recent` counts the requests of the same route class, this one included, that the same address or key sent within
    the time of the limit.
    """

    path: str
    method: str = "GET"
    source: str = "198.51.100.7"
    country: str = "DE"
    headers: Mapping[str, str] = field(default_factory=lambda: {"user-agent": "Mozilla/5.0"})
    trips: frozenset[str] = frozenset()
    recent: Mapping[Per, int] = field(default_factory=dict[Per, int])


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request in the middle of its inspection: the address sets it comes from, and the labels it has so far."""

    request: Request
    inside: frozenset[str]
    labels: frozenset[str] = frozenset()


def decoded(path: str) -> str:
    """AWS's transformation URL_DECODE."""
    return unquote(path)


def normalised(path: str) -> str:
    """AWS's transformation NORMALIZE_PATH: no double slashes, no way to itself or back."""
    kept: list[str] = []
    for part in re.split("/+", path.lstrip("/")):
        if part == ".." and kept:
            kept.pop()
        elif part not in {".", ".."}:
            kept.append(part)
    return "/" + "/".join(kept)
