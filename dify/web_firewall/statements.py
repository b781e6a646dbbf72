"""What a rule of AWS WAF may ask about a request, and what each question costs.

Capacity units (WCU): AWS WAF Developer Guide, "Rule statements in AWS WAF", one page per statement. Logical statements
cost nothing themselves; each text transformation costs 10.
"""

import re
from dataclasses import dataclass
from typing import Protocol

from dify.web_firewall.request import KEY_HEADER, Per, Seen, decoded, normalised
from dify.web_firewall.route_classes import RouteClass

TRANSFORMATION_UNITS = 10


class Statement(Protocol):
    """A question about a request that a rule asks. `units` is its cost in WCU."""

    @property
    def units(self) -> int: ...

    def matches(self, seen: Seen) -> bool: ...


@dataclass(frozen=True)
class Path:
    """The decoded path matches a regular expression; `flattened` looks at where `//`, `.` and `..` lead."""

    pattern: str
    flattened: bool = False

    @property
    def units(self) -> int:
        return 3 + TRANSFORMATION_UNITS * (2 if self.flattened else 1)

    def matches(self, seen: Seen) -> bool:
        path = decoded(seen.request.path)
        return re.search(self.pattern, normalised(path) if self.flattened else path) is not None


@dataclass(frozen=True)
class Method:
    """The method is exactly this one."""

    name: str
    units: int = 2

    def matches(self, seen: Seen) -> bool:
        return seen.request.method == self.name


@dataclass(frozen=True)
class From:
    """The address is in an address set."""

    address_set: str
    units: int = 1

    def matches(self, seen: Seen) -> bool:
        return self.address_set in seen.inside


@dataclass(frozen=True)
class Country:
    """The address is in one of these countries, by ISO 3166 code."""

    codes: tuple[str, ...]
    units: int = 1

    def matches(self, seen: Seen) -> bool:
        return seen.request.country in self.codes


@dataclass(frozen=True)
class Labelled:
    """An earlier rule gave this label; one of AWS's by its full name, one of ours by the name within the ACL."""

    label: str
    units: int = 1

    def matches(self, seen: Seen) -> bool:
        return self.label in seen.labels


@dataclass(frozen=True)
class Not:
    """The other statement does not match."""

    statement: Statement

    @property
    def units(self) -> int:
        return self.statement.units

    def matches(self, seen: Seen) -> bool:
        return not self.statement.matches(seen)


@dataclass(frozen=True)
class AllOf:
    """Every statement matches."""

    statements: tuple[Statement, ...]

    @property
    def units(self) -> int:
        return sum(statement.units for statement in self.statements)

    def matches(self, seen: Seen) -> bool:
        return all(statement.matches(seen) for statement in self.statements)


@dataclass(frozen=True)
class AnyOf:
    """At least one statement matches."""

    statements: tuple[Statement, ...]

    @property
    def units(self) -> int:
        return sum(statement.units for statement in self.statements)

    def matches(self, seen: Seen) -> bool:
        return any(statement.matches(seen) for statement in self.statements)


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """At most `requests` of one address, or with one API key, to a route class within `window_seconds`."""

    routes: RouteClass
    per: Per
    requests: int
    window_seconds: int


@dataclass(frozen=True)
class Above:
    """More requests that `scope` matches came from one address, or with one key, than the limit lets through.

    Requests without a key are no part of a limit per key (AWS WAF, "Aggregating rate-based rules").
    """

    limit: RateLimit
    scope: Statement

    @property
    def units(self) -> int:
        return 2 + (30 if self.limit.per is Per.KEY else 0) + self.scope.units

    def matches(self, seen: Seen) -> bool:
        if self.limit.per is Per.KEY and KEY_HEADER not in seen.request.headers:
            return False
        return self.scope.matches(seen) and seen.request.recent.get(self.limit.per, 1) > self.limit.requests


def all_of(*statements: Statement) -> Statement:
    """AWS takes no logical statement of one part."""
    return statements[0] if len(statements) == 1 else AllOf(statements)


def any_of(*statements: Statement) -> Statement:
    """AWS takes no logical statement of one part."""
    return statements[0] if len(statements) == 1 else AnyOf(statements)
