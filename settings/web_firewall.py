"""`dify:webFirewall`: who may ask which of Dify's routes, from where and how often."""

import difflib
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from dify.web_firewall import ROUTES, Choices, Per, RateLimit, RouteClass
from dify.web_firewall.rules import MOST_RATE_LIMITS
from settings.countries import COUNTRIES
from settings.facts import facts_of
from settings.mistake import Mistake
from settings.network import PRIVATE
from settings.section import Section

_WIDEST = 8
_FEWEST, _MOST = 10, 2_000_000_000
"""Requests of a rate-based rule (AWS WAF API, "RateBasedStatement")."""

_WINDOWS = (60, 120, 300, 600)
"""Seconds over which AWS WAF counts ("RateBasedStatement")."""

_UNSEEN = (*PRIVATE, *map(ip_network, ("127.0.0.0/8", "169.254.0.0/16", "fc00::/7", "fe80::/10", "::1/128")))
"""Addresses that no request from the internet comes from."""


def _require_range(cidr: str, info: ValidationInfo) -> str:
    facts = facts_of(info)
    internet = facts.internet
    example = "203.0.113.0/24" if internet else "10.1.0.0/16"
    try:
        network = ip_network(cidr, strict=False)
    except ValueError:
        raise Mistake("must be an address range", f"write it like {example}") from None
    if network.prefixlen == 0:
        raise Mistake("any address is no list", "remove it, or name the ranges that are meant")
    if network.prefixlen < _WIDEST:
        raise Mistake(f"must be /{_WIDEST} or narrower", "name the ranges that are meant")
    if str(network) != cidr:
        raise Mistake("must be a range that starts at its first address", f"write {network}")
    if facts.any_client:
        return cidr
    if internet and any(_overlap(network, unseen) for unseen in _UNSEEN):
        raise Mistake("no request from the internet comes from a private range", "write the public addresses instead")
    if not internet and not any(_overlap(network, private) for private in PRIVATE):
        raise Mistake("only private ranges reach a network without internet", f"write one such as {example}")
    return cidr


def _overlap(one: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _within(inner: str, outer: str) -> bool:
    one, other = ip_network(inner), ip_network(outer)
    if isinstance(one, IPv4Network):
        return isinstance(other, IPv4Network) and one.subnet_of(other)
    return isinstance(other, IPv6Network) and one.subnet_of(other)


def _require_country(code: str) -> str:
    if code not in COUNTRIES:
        near = difflib.get_close_matches(code.upper(), sorted(COUNTRIES), n=1, cutoff=0)[0]
        raise Mistake("must be an ISO 3166 code of two capital letters", f"write one such as {near}")
    return code


def _require_distinct(value: tuple[str, ...]) -> tuple[str, ...]:
    if twice := sorted({one for one in value if value.count(one) > 1}):
        raise Mistake(f"each may appear once, {', '.join(twice)} is there twice", "remove the second one")
    return value


Ranges = Annotated[tuple[Annotated[str, AfterValidator(_require_range)], ...], AfterValidator(_require_distinct)]
"""Address ranges that requests may come from, each once."""

_Countries = Annotated[tuple[Annotated[str, AfterValidator(_require_country)], ...], AfterValidator(_require_distinct)]


class AllowedCidrs(Section):
    """Who may open which routes. A class without a list is open to all, one with a list also to the stack itself."""

    console: Ranges = Field(
        default=(), description="Ranges that may use the console and sign in to it.", examples=[["203.0.113.0/24"]]
    )
    web_app: Ranges = Field(default=(), description="Ranges that may use web apps.", examples=[["203.0.113.0/24"]])
    service_api: Ranges = Field(
        default=(), description="Ranges that may call the service API.", examples=[["203.0.113.0/24"]]
    )
    openapi: Ranges = Field(
        default=(), description="Ranges that may use Dify's command line.", examples=[["203.0.113.0/24"]]
    )
    webhooks: Ranges = Field(
        default=(),
        description="Ranges that may call webhooks, endpoints of plugins and MCP servers.",
        examples=[["203.0.113.0/24"]],
    )

    def by_class(self) -> dict[RouteClass, tuple[str, ...]]:
        """The lists that are not empty."""
        lists = {
            RouteClass.CONSOLE: self.console,
            RouteClass.WEB_APP: self.web_app,
            RouteClass.SERVICE_API: self.service_api,
            RouteClass.OPENAPI: self.openapi,
            RouteClass.WEBHOOKS: self.webhooks,
        }
        return {name: cidrs for name, cidrs in lists.items() if cidrs}


class Limit(Section):
    """How often one address or one API key may ask a class of routes."""

    routes: RouteClass = Field(description="The class of routes.", examples=["login"])
    per: Per = Field(description="Whose requests are counted together: of an ip, or with a key.", examples=["ip"])
    requests: int = Field(
        ge=_FEWEST, le=_MOST, description="Requests within the window; more are refused with 429.", examples=[100]
    )
    window_seconds: int = Field(description="Seconds over which is counted: 60, 120, 300 or 600.", examples=[300])

    @field_validator("per")
    @classmethod
    def _require_keys(cls, value: Per, info: ValidationInfo) -> Per:
        routes = info.data.get("routes")
        if value is Per.KEY and routes is not None and not ROUTES[routes].keyed:
            keyed = ", ".join(name for name, of_class in ROUTES.items() if of_class.keyed)
            raise Mistake(f"only {keyed} take API keys", "set ip")
        return value

    @field_validator("window_seconds")
    @classmethod
    def _require_window(cls, value: int) -> int:
        if value not in _WINDOWS:
            raise Mistake(f"must be one of {', '.join(map(str, _WINDOWS))}", "set one of them")
        return value


def _limit(routes: RouteClass, per: Per, requests: int, seconds: int) -> Limit:
    return Limit.model_validate({"routes": routes, "per": per, "requests": requests, "windowSeconds": seconds})


LIMITS = (
    _limit(RouteClass.LOGIN, Per.IP, 100, 300),
    _limit(RouteClass.WEB_APP_LOGIN, Per.IP, 100, 300),
    _limit(RouteClass.CONSOLE, Per.IP, 3000, 60),
    _limit(RouteClass.WEB_APP, Per.IP, 3000, 60),
    _limit(RouteClass.SERVICE_API, Per.IP, 3000, 60),
    _limit(RouteClass.SERVICE_API, Per.KEY, 3000, 60),
    _limit(RouteClass.OPENAPI, Per.IP, 1000, 60),
    _limit(RouteClass.WEBHOOKS, Per.IP, 1000, 60),
    _limit(RouteClass.PAGES, Per.IP, 6000, 60),
)
"""Sign-ins for an office behind one address, not for a list of passwords; elsewhere about half of the requests a minute
that the api's default tasks take at most, so that one address cannot have them all."""


class WebFirewall(Section):
    """AWS WAF before Dify. The block-list wins over an allow-list; the stack's own addresses always pass both."""

    allowed_cidrs: AllowedCidrs = Field(
        default_factory=AllowedCidrs, description="Address ranges that may open a class of routes; all by default."
    )
    blocked_cidrs: Ranges = Field(
        default=(), description="Address ranges that may open nothing.", examples=[["198.51.100.0/24"]]
    )
    allowed_countries: _Countries = Field(
        default=(), description="Countries that may open anything, by ISO 3166 code; all by default.", examples=[["DE"]]
    )
    blocked_countries: _Countries = Field(
        default=(), description="Countries that may open nothing, by ISO 3166 code.", examples=[["KP"]]
    )
    rate_limits: tuple[Limit, ...] = Field(
        default=LIMITS,
        description="Limits of requests, in place of the default ones.",
        examples=[[{"routes": "login", "per": "ip", "requests": 100, "windowSeconds": 300}]],
    )
    fail_open: bool = Field(
        default=False,
        description="Whether the load balancer lets requests pass while AWS WAF does not answer.",
        examples=[True],
    )

    def choices(self, *, own_addresses: bool) -> Choices:
        """What the rules are made of. `own_addresses` says whether the stack has NAT gateways."""
        return Choices(
            limits=rate_limits(self.rate_limits),
            allowed=self.allowed_cidrs.by_class(),
            blocked=self.blocked_cidrs,
            allowed_countries=self.allowed_countries,
            blocked_countries=self.blocked_countries,
            own_addresses=own_addresses,
        )

    @field_validator("blocked_cidrs")
    @classmethod
    def _require_reachable(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        return require_reachable(value, info.data.get("allowed_cidrs"))

    @field_validator("allowed_countries", "blocked_countries")
    @classmethod
    def _require_one_list(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if value and not facts_of(info).internet:
            raise Mistake("private addresses belong to no country", "remove it")
        if value and info.data.get("allowed_countries"):
            raise Mistake("only one of allowedCountries and blockedCountries may be set", "remove one of them")
        return value

    @field_validator("rate_limits")
    @classmethod
    def _require_limits_that_act(cls, value: tuple[Limit, ...]) -> tuple[Limit, ...]:
        require_limits_that_act(value)
        if len(value) > MOST_RATE_LIMITS:
            rule, fix = f"AWS WAF takes {MOST_RATE_LIMITS} limits at most", f"remove {len(value) - MOST_RATE_LIMITS}"
            raise Mistake(rule, fix)
        return value


def require_reachable(blocked: tuple[str, ...], allowed: AllowedCidrs | None) -> tuple[str, ...]:
    """Refuse a block-list that holds what an allow-list lets in."""
    for name, cidrs in (allowed.by_class() if allowed else {}).items():
        for cidr in cidrs:
            if any(_within(cidr, one) for one in blocked):
                rule = f"it holds {cidr}, which allowedCidrs.{name} lets in"
                raise Mistake(rule, "narrow the one or remove the other")
    return blocked


def require_limits_that_act(limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
    """Refuse limits of which one has no effect, and those that let passwords be tried out."""
    if mistake := next(_useless(limits), None):
        raise mistake
    return limits


def rate_limits(limits: tuple[Limit, ...]) -> tuple[RateLimit, ...]:
    """The limits as the rules know them."""
    return tuple(
        RateLimit(routes=limit.routes, per=limit.per, requests=limit.requests, window_seconds=limit.window_seconds)
        for limit in limits
    )


def _useless(limits: tuple[Limit, ...]) -> Iterator[Mistake]:
    counted = [(limit.routes, limit.per) for limit in limits]
    for routes, per in sorted({one for one in counted if counted.count(one) > 1}):
        yield Mistake(f"{routes} has two limits per {per}", "remove one of them")
    if (RouteClass.LOGIN, Per.IP) not in counted:
        fix = "add {routes: login, per: ip, requests: 100, windowSeconds: 300}"
        yield Mistake("without a limit of login per ip, passwords can be tried out", fix)
    for inner in limits:
        for outer in limits:
            if _never_acts(inner, outer):
                rule = f"the limit of {inner.routes} never acts, as {outer.routes} around it is limited to less"
                yield Mistake(rule, f"set requests of {inner.routes} under {outer.requests}")


def _never_acts(inner: Limit, outer: Limit) -> bool:
    """Whether `outer`, which counts the same requests and more, is always exceeded first."""
    contained = ROUTES[inner.routes].within is outer.routes and inner.per is outer.per
    return contained and inner.requests >= outer.requests and inner.window_seconds <= outer.window_seconds
