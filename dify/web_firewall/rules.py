"""The rules of a stack's web ACL, in the order in which AWS WAF asks them.

First they label: whose address it is, which class of routes it goes to. Then they refuse by address, country and route,
then by rate, and what is left AWS's managed groups inspect. The last rules act on what a managed rule only counted,
where no prompt or file can be the reason.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv6Network, ip_network

from dify.web_firewall.managed_groups import GROUPS, TUNINGS, Inspected
from dify.web_firewall.request import Per
from dify.web_firewall.route_classes import INNER, ROUTES, RouteClass
from dify.web_firewall.statements import (
    Above,
    Country,
    From,
    Labelled,
    Method,
    Not,
    Path,
    RateLimit,
    Statement,
    all_of,
    any_of,
)

UNITS_LIMIT = 5000
"""The most WCU that a web ACL may use (AWS WAF Developer Guide, "AWS WAF quotas")."""

UNITS_IN_BASE_PRICE = 1500
"""Above these each request costs more ("AWS WAF Pricing")."""

MOST_RATE_LIMITS = 10
"""Rate-based statements of one web ACL ("AWS WAF quotas")."""

OWN_ADDRESSES = "own-v4"
"""The address set of the stack's own NAT gateways."""

_OWN = "source:own"


class Outcome(StrEnum):
    """What a rule does with a request that matches: refuse it with 403, refuse it with 429, label it and go on, or
    leave it to a managed group."""

    REFUSE = "refuse"
    LIMIT = "limit"
    LABEL = "label"
    INSPECT = "inspect"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of the web ACL. `about` says in a few words which requests it is about; `label` is given by LABEL."""

    name: str
    about: str
    statement: Statement
    outcome: Outcome
    label: str | None = None

    @property
    def retry_after_seconds(self) -> int | None:
        """How long one who is limited should wait: the time over which requests are counted."""
        return self.statement.limit.window_seconds if isinstance(self.statement, Above) else None


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a stack decides. `allowed` closes a class to all but these ranges and the stack itself. `own_addresses` says
    whether the stack has NAT gateways; of the two lists of countries one at most is set."""

    limits: tuple[RateLimit, ...]
    allowed: Mapping[RouteClass, tuple[str, ...]] = field(default_factory=dict[RouteClass, tuple[str, ...]])
    blocked: tuple[str, ...] = ()
    allowed_countries: tuple[str, ...] = ()
    blocked_countries: tuple[str, ...] = ()
    own_addresses: bool = True


def address_sets(choices: Choices) -> dict[str, tuple[str, ...]]:
    """Ranges by the name of their address set, IPv4 and IPv6 apart as AWS wants them; the stack's own are not here."""
    lists = {"blocked": choices.blocked, **{f"allowed-{name.value}": cidrs for name, cidrs in choices.allowed.items()}}
    return {
        f"{name}-v{version}": ranges
        for name, cidrs in lists.items()
        for version in (4, 6)
        if (ranges := tuple(cidr for cidr in cidrs if _version(cidr) == version))
    }


def firewall_rules(choices: Choices) -> tuple[Rule, ...]:
    """The rules of the web ACL, in their order."""
    return (
        *_sources(choices),
        *_refused_sources(choices),
        *_classes(),
        _inner(),
        *_closed_classes(choices),
        *_limits(choices),
        *_inspections(choices),
        *_still_acting(),
    )


def units(rules: Iterable[Rule]) -> int:
    """WCU of a web ACL with these rules."""
    return sum(rule.statement.units for rule in rules)


def class_label(name: RouteClass) -> str:
    """The label of requests to a class of routes."""
    return f"class:{name.value}"


def _named(name: RouteClass) -> str:
    return f"source:named:{name.value}"


def _version(cidr: str) -> int:
    return 6 if isinstance(ip_network(cidr), IPv6Network) else 4


def _to(name: RouteClass) -> Statement:
    return Labelled(class_label(name))


def _not_own(choices: Choices) -> tuple[Statement, ...]:
    return (Not(Labelled(_OWN)),) if choices.own_addresses else ()


def _from_list(choices: Choices, name: str) -> Statement:
    return any_of(*(From(one) for one in address_sets(choices) if one in {f"{name}-v4", f"{name}-v6"}))


def _sources(choices: Choices) -> Iterator[Rule]:
    if choices.own_addresses:
        yield Rule(
            name="own-addresses",
            about="the stack's own NAT gateways",
            statement=From(OWN_ADDRESSES),
            outcome=Outcome.LABEL,
            label=_OWN,
        )


def _refused_sources(choices: Choices) -> Iterator[Rule]:
    if choices.blocked:
        yield Rule(
            name="blocked-addresses",
            about="addresses of the block-list",
            statement=all_of(_from_list(choices, "blocked"), *_not_own(choices)),
            outcome=Outcome.REFUSE,
        )
    if choices.blocked_countries:
        yield Rule(
            name="blocked-countries",
            about=f"countries {', '.join(choices.blocked_countries)}",
            statement=all_of(Country(choices.blocked_countries), *_not_own(choices)),
            outcome=Outcome.REFUSE,
        )
    if choices.allowed_countries:
        yield Rule(
            name="other-countries",
            about=f"countries other than {', '.join(choices.allowed_countries)}",
            statement=all_of(Not(Country(choices.allowed_countries)), *_not_own(choices)),
            outcome=Outcome.REFUSE,
        )


def _classes() -> Iterator[Rule]:
    for name, routes in ROUTES.items():
        if name is RouteClass.PAGES:
            others = (_to(other) for other in ROUTES if other is not name and ROUTES[other].within is None)
            statement = Not(any_of(*others))
        else:
            method = (Method(routes.method),) if routes.method else ()
            statement = all_of(Path(routes.pattern), *method)
        yield Rule(
            name=f"class-{name.value}",
            about=f"routes of class {name.value}",
            statement=statement,
            outcome=Outcome.LABEL,
            label=class_label(name),
        )


def _inner() -> Rule:
    return Rule(
        name="inner-routes",
        about="routes that only Dify's own services may open",
        statement=Path(INNER, flattened=True),
        outcome=Outcome.REFUSE,
    )


def _closed(choices: Choices) -> list[RouteClass]:
    return [name for name, cidrs in choices.allowed.items() if cidrs]


def _closed_classes(choices: Choices) -> Iterator[Rule]:
    for name in _closed(choices):
        yield Rule(
            name=f"named-{name.value}",
            about=f"addresses of the allow-list of {name.value}",
            statement=all_of(_to(name), _from_list(choices, f"allowed-{name.value}")),
            outcome=Outcome.LABEL,
            label=_named(name),
        )
        yield Rule(
            name=f"closed-{name.value}",
            about=f"{name.value} from an address that its allow-list does not name",
            statement=all_of(_to(name), Not(Labelled(_named(name))), *_not_own(choices)),
            outcome=Outcome.REFUSE,
        )


def _limits(choices: Choices) -> Iterator[Rule]:
    for limit in choices.limits:
        # What the stack calls itself for all of its users comes from few addresses; a key is a key wherever it is used.
        known = _not_own(choices) if limit.per is Per.IP else ()
        whose = "one address" if limit.per is Per.IP else "one API key"
        yield Rule(
            name=f"limit-{limit.routes.value}-{limit.per.value}",
            about=f"more than {limit.requests} requests of {whose} to {limit.routes.value} in {limit.window_seconds} s",
            statement=Above(limit, all_of(_to(limit.routes), *known)),
            outcome=Outcome.LIMIT,
        )


def _inspections(choices: Choices) -> Iterator[Rule]:
    for group in GROUPS:
        yield Rule(
            name=group.name,
            about=group.about,
            statement=Inspected(group, _stranger(choices) if group.by_address else None),
            outcome=Outcome.INSPECT,
        )


def _stranger(choices: Choices) -> Statement | None:
    """An address that an operator named is not judged by its neighbours."""
    labels = [*([_OWN] if choices.own_addresses else []), *map(_named, _closed(choices))]
    return Not(any_of(*map(Labelled, labels))) if labels else None


def _still_acting() -> Iterator[Rule]:
    for tuning in TUNINGS:
        lowered = [(group, one) for group in GROUPS for one in group.lowered if one.tuning is tuning]
        yield Rule(
            name=f"counted-{tuning.name}",
            about=f"{', '.join(one.rule for _, one in lowered)} on {', '.join(tuning.still_acts_on)}",
            statement=all_of(
                any_of(*(Labelled(group.full_label(one)) for group, one in lowered)),
                any_of(*map(_to, tuning.still_acts_on)),
            ),
            outcome=Outcome.REFUSE,
        )
