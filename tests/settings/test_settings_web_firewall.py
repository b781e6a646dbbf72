"""What the web application firewall is made of, from a stack file. Wrong values: bad_web_firewall.py."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify.web_firewall import ROUTES, Choices, Per, RateLimit, RouteClass, firewall_rules, units
from dify.web_firewall.rules import MOST_RATE_LIMITS, UNITS_LIMIT
from settings.web_firewall import WebFirewall
from tests.settings.stack_files import parsed, refusals

_LOGIN: dict[str, Any] = {"routes": "login", "per": "ip", "requests": 100, "windowSeconds": 300}
_PREFIX = "webFirewall"


def _choices(changes: dict[str, Any]) -> Choices:
    settings = parsed({f"{_PREFIX}.{key}": value for key, value in changes.items()})
    return settings.web_firewall.choices(own_addresses=True)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("allowedCidrs.console", ["203.0.113.0/24", "2001:db8::/32"]),
        ("blockedCidrs", ["8.0.0.0/8", "2600::/8"]),
        ("allowedCountries", ["DE", "FR"]),
        ("blockedCountries", ["KP"]),
        ("rateLimits", [{**_LOGIN, "requests": 10, "windowSeconds": 60}]),
        ("rateLimits", [{**_LOGIN, "requests": 2_000_000_000, "windowSeconds": 600}]),
        # Over ten minutes 400 are fewer a second than 100 over one: both may act.
        (
            "rateLimits",
            [
                {**_LOGIN, "requests": 400, "windowSeconds": 600},
                {**_LOGIN, "routes": "console", "requests": 100, "windowSeconds": 60},
            ],
        ),
        ("rateLimits", [_LOGIN, {**_LOGIN, "routes": "openapi", "per": "key"}]),
    ],
)
def test_a_value_at_the_edge_of_its_rule_passes(key: str, value: object) -> None:
    assert refusals({f"{_PREFIX}.{key}": value}) == []


def test_a_closed_network_names_private_ranges() -> None:
    closed = {"network.internet": False, "edge.allowedCidrs": ["10.0.0.0/8"]}
    assert refusals({**closed, f"{_PREFIX}.allowedCidrs.console": ["10.1.0.0/16"]}) == []


def test_without_a_word_everybody_may_come_but_nobody_too_often() -> None:
    choices = _choices({})
    assert (choices.allowed, choices.blocked) == ({}, ())
    assert (choices.allowed_countries, choices.blocked_countries) == ((), ())
    limits = {(limit.routes, limit.per): (limit.requests, limit.window_seconds) for limit in choices.limits}
    assert limits[RouteClass.LOGIN, Per.IP] == limits[RouteClass.WEB_APP_LOGIN, Per.IP] == (100, 300)
    assert {RouteClass.CONSOLE, RouteClass.SERVICE_API, RouteClass.WEBHOOKS} <= {
        limit.routes for limit in choices.limits
    }
    assert (RouteClass.SERVICE_API, Per.KEY) in limits


def test_the_default_limits_are_such_as_a_stack_file_may_write() -> None:
    written = WebFirewall().model_dump(mode="json", by_alias=True)["rateLimits"]
    assert refusals({f"{_PREFIX}.rateLimits": written}) == []


def test_what_is_written_reaches_the_rules() -> None:
    choices = _choices(
        {
            "allowedCidrs": {"webApp": ["8.8.8.0/24"], "openapi": ["9.9.9.0/24"]},
            "blockedCidrs": ["2620:fe::/48"],
            "blockedCountries": ["KP"],
            "rateLimits": [_LOGIN],
        }
    )
    assert choices == Choices(
        limits=(RateLimit(routes=RouteClass.LOGIN, per=Per.IP, requests=100, window_seconds=300),),
        allowed={RouteClass.WEB_APP: ("8.8.8.0/24",), RouteClass.OPENAPI: ("9.9.9.0/24",)},
        blocked=("2620:fe::/48",),
        blocked_countries=("KP",),
    )


@given(
    st.lists(
        st.builds(
            RateLimit,
            routes=st.sampled_from(RouteClass),
            per=st.sampled_from(Per),
            requests=st.integers(10, 2_000_000_000),
            window_seconds=st.sampled_from([60, 120, 300, 600]),
        ),
        max_size=MOST_RATE_LIMITS,
        unique_by=lambda limit: (limit.routes, limit.per),
    ),
    st.sets(st.sampled_from([name for name in RouteClass if ROUTES[name].within is None])),
    st.booleans(),
)
def test_no_stack_file_asks_for_more_than_aws_can_carry(
    limits: list[RateLimit], closed: set[RouteClass], own: bool
) -> None:
    ranges = ("8.8.8.0/24", "2001:4860::/32")
    choices = Choices(
        limits=tuple(limits),
        allowed=dict.fromkeys(closed, ranges),
        blocked=ranges,
        allowed_countries=("DE",),
        own_addresses=own,
    )
    assert units(firewall_rules(choices)) <= UNITS_LIMIT
