"""Which request meets which rule of the firewall.

What this does not prove: that AWS's rules find what its documentation says. A request states what it would trip.
"""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify.routes import PREFIXES
from dify.web_firewall import (
    GROUPS,
    ROUTES,
    TUNINGS,
    Choices,
    Decision,
    Outcome,
    Per,
    RateLimit,
    Request,
    RouteClass,
    Rule,
    address_sets,
    decide,
    firewall_rules,
    units,
)
from dify.web_firewall.log import COUNTED_LABELS
from dify.web_firewall.route_classes import INNER, class_of
from dify.web_firewall.rules import OWN_ADDRESSES, UNITS_IN_BASE_PRICE, UNITS_LIMIT
from dify.web_firewall.table import rule_rows, tuning_rows
from settings.web_firewall import WebFirewall
from tests.dify.web_firewall_requests import ATTACKS, INSIDERS, OUTSIDERS, OWN, REAL, Attack, Real

DEFAULT = WebFirewall()
WITH_LISTS = WebFirewall.model_validate(
    {
        "allowedCidrs": {
            **dict.fromkeys(("console", "serviceApi"), ("8.8.8.0/24", "2001:4860::/32")),
            "webhooks": ("1.1.1.0/24",),
        },
        "blockedCidrs": ("9.9.9.0/24", "2620:fe::/48"),
        "allowedCountries": ("DE", "FR"),
    }
)
BY_ADDRESS = {"AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesAnonymousIpList"}
ALWAYS = {"AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet"}

CALLS = {
    "login": "POST /console/api/login",
    "webAppLogin": "POST /api/login",
    "console": "POST /console/api/apps/imports",
    "webApp": "POST /api/chat-messages",
    "serviceApi": "POST /v1/chat-messages",
    "openapi": "POST /openapi/v1/apps/1/run",
    "webhooks": "POST /triggers/webhook/1",
    "files": "GET /files/1/file-preview",
    "sockets": "GET /socket.io/",
    "pages": "GET /signin",
}
COUNTS = {
    "CrossSiteScripting_BODY": "console webApp serviceApi openapi webhooks files sockets",
    "SizeRestrictions_BODY": "console webApp serviceApi openapi webhooks files sockets",
    "SQLi_BODY": "console webApp serviceApi openapi webhooks files sockets",
    "Log4JRCE_BODY": "console webApp serviceApi openapi webhooks files sockets",
    "ReactJSRCE_BODY": "console webApp serviceApi openapi webhooks files sockets",
    "SizeRestrictions_QUERYSTRING": "login console webhooks pages",
    "NoUserAgent_HEADER": "serviceApi openapi webhooks files",
    "HostingProviderIPList": "console webApp serviceApi openapi webhooks files sockets pages",
    "AWSManagedIPDDoSList": " ".join(CALLS),
    "AWSManagedIPReputationList": "",
    "AnonymousIPList": "",
    "Log4JRCE_HEADER": "",
    "Log4JRCE_URIPATH": "",
    "JavaDeserializationRCE_HEADER": "",
    "UserAgent_BadBots_HEADER": "",
    "CrossSiteScripting_QUERYARGUMENTS": "",
    "GenericLFI_URIPATH": "",
    "SQLi_QUERYARGUMENTS": "",
}
"""On which classes a managed rule only counts."""


Firewall = tuple[tuple[Rule, ...], dict[str, tuple[str, ...]]]
"""Rules, and the ranges of each address set."""


def _firewall(settings: WebFirewall) -> Firewall:
    choices = settings.choices(own_addresses=True)
    return firewall_rules(choices), {**address_sets(choices), OWN_ADDRESSES: (f"{OWN}/32",)}


OPEN, LISTED = _firewall(DEFAULT), _firewall(WITH_LISTS)


def _decide(firewall: Firewall, request: Request) -> Decision:
    rules, addresses = firewall
    return decide(rules, request, addresses)


def _call(line: str) -> Request:
    method, path = line.split(" ", 1)
    return Request(method=method, path=path)


def _what(row: Real) -> str:
    return row.what


def test_the_table_is_as_long_as_was_promised() -> None:
    assert len({row.what for row in (*REAL, *ATTACKS, *OUTSIDERS, *INSIDERS)}) >= 100
    assert len(REAL) >= 60


@pytest.mark.parametrize("row", REAL, ids=_what)
def test_a_real_call_passes_and_every_managed_group_inspects_it(row: Real) -> None:
    decision = _decide(OPEN, row.request)
    assert (decision.refused_by, decision.status) == (None, None)
    assert set(decision.inspections) == (ALWAYS if row.source == OWN else ALWAYS | BY_ADDRESS)
    judged = row.request.trips - {"AWSManagedIPReputationList"} if row.source == OWN else row.request.trips
    assert decision.counted == judged


@pytest.mark.parametrize("row", [row for row in REAL if row.source == OWN], ids=_what)
def test_the_stacks_own_addresses_pass_where_only_an_office_may(row: Real) -> None:
    assert _decide(LISTED, row.request).refused_by is None


@pytest.mark.parametrize("row", INSIDERS, ids=_what)
def test_whoever_a_list_names_passes(row: Real) -> None:
    assert _decide(LISTED, row.request).refused_by is None


@pytest.mark.parametrize("row", ATTACKS, ids=_what)
def test_an_attack_is_refused(row: Attack) -> None:
    decision = _decide(OPEN, row.request)
    assert (decision.refused_by, decision.status) == (row.by, row.status)


@pytest.mark.parametrize("row", OUTSIDERS, ids=_what)
def test_whoever_no_list_names_is_refused(row: Attack) -> None:
    decision = _decide(LISTED, row.request)
    assert (decision.refused_by, decision.status) == (row.by, row.status)


@pytest.mark.parametrize("row", [row for row in ATTACKS if row.recent], ids=_what)
def test_a_flood_is_no_flood_one_request_earlier(row: Attack) -> None:
    one_less = {per: count - 1 for per, count in row.recent.items()}
    assert _decide(OPEN, replace(row.request, recent=one_less)).refused_by is None


@pytest.mark.parametrize("managed", COUNTS)
def test_a_managed_rule_counts_exactly_where_its_action_would_break_dify(managed: str) -> None:
    modes = {name: _decide(OPEN, _call(line)).mode(managed) for name, line in CALLS.items()}
    counting = COUNTS[managed].split()
    assert modes == {name: "count" if name in counting else "block" for name in CALLS}


def test_every_lowered_rule_is_one_of_aws_and_acts_again_somewhere() -> None:
    for group in GROUPS:
        assert group.counted <= set(group.rules)
        assert all(lowered.tuning.still_acts_on for lowered in group.lowered)
    lowered = {one.rule for group in GROUPS for one in group.lowered}
    acting = {name: _decide(OPEN, _call(CALLS["webAppLogin"])).mode(name) for name in lowered}
    assert set(acting.values()) == {"block"}


def test_known_bad_inputs_are_lowered_in_bodies_only() -> None:
    group = next(group for group in GROUPS if "KnownBadInputs" in group.name)
    assert {rule for rule in group.rules if rule.endswith("_BODY")} == group.counted


def test_every_counted_rule_can_be_found_in_the_log() -> None:
    lowered = [one for group in GROUPS for one in group.lowered]
    assert len(set(COUNTED_LABELS)) == len(lowered)
    assert all(label.count(":") == 4 and label.startswith("awswaf:managed:aws:") for label in COUNTED_LABELS)


def test_each_public_prefix_belongs_to_one_class_and_pages_are_the_rest() -> None:
    found = {prefix: class_of(prefix + ("x" if prefix.endswith("/") else "")) for prefix in PREFIXES}
    assert RouteClass.PAGES not in found.values()
    assert {name for name in RouteClass if ROUTES[name].within is None} - {RouteClass.PAGES} == set(found.values())
    assert class_of("/apixyz") is class_of("/v10") is class_of("/e") is class_of("/") is RouteClass.PAGES


def test_a_narrow_class_lies_within_its_wide_one() -> None:
    for name, line in CALLS.items():
        wide = ROUTES[RouteClass(name)].within
        if wide is not None:
            assert re.search(ROUTES[wide].pattern, line.split(" ")[1])


def test_patterns_are_short_and_capture_nothing_as_aws_demands() -> None:
    for pattern in (INNER, *(routes.pattern for routes in ROUTES.values())):
        assert len(pattern) <= 512
        assert re.compile(pattern).groups == 0
        assert not re.search(r"\(\?[^:]", pattern)


def test_capacity_is_what_aws_lists_for_each_statement() -> None:
    rules, _ = OPEN
    cost = {rule.name: rule.statement.units for rule in rules}
    assert cost["own-addresses"] == 1
    assert (cost["class-login"], cost["class-console"], cost["inner-routes"]) == (3 + 10 + 2, 3 + 10, 3 + 20)
    assert (cost["limit-login-ip"], cost["limit-serviceApi-key"]) == (2 + 2, 2 + 30 + 1)
    assert sum(group.units for group in GROUPS) == 700 + 200 + 200 + 50 + 25
    assert units(rules) == sum(cost.values())


def test_the_firewall_stays_in_the_base_price_with_every_list_in_use() -> None:
    every = ("console", "webApp", "serviceApi", "openapi", "webhooks")
    full = WebFirewall.model_validate(
        {
            "allowedCidrs": dict.fromkeys(every, ("8.8.8.0/24", "2001:4860::/32")),
            "blockedCidrs": ("9.9.9.0/24", "2620:fe::/48"),
            "blockedCountries": ("KP",),
        }
    )
    assert units(OPEN[0]) < units(_firewall(full)[0]) <= UNITS_IN_BASE_PRICE < UNITS_LIMIT


def test_every_rule_has_a_name_of_its_own_and_says_what_it_is_about() -> None:
    rules, _ = LISTED
    assert len({rule.name for rule in rules}) == len(rules)
    assert all(rule.about and re.fullmatch(r"[\w-]{1,128}", rule.name) for rule in rules)
    assert all((rule.outcome is Outcome.LABEL) == (rule.label is not None) for rule in rules)


def test_a_reader_finds_every_rule_and_every_reason_to_count() -> None:
    rows = list(rule_rows(WITH_LISTS.choices(own_addresses=True)))
    assert [name for name, _, _ in rows] == [rule.name for rule in LISTED[0]]
    assert {name for name, _, _ in tuning_rows()} == {f"counted-{tuning.name}" for tuning in TUNINGS}


def test_without_nat_gateways_no_rule_asks_for_own_addresses() -> None:
    asked = repr([rule.statement for rule in firewall_rules(DEFAULT.choices(own_addresses=False))])
    assert OWN_ADDRESSES not in asked
    assert "source:own" not in asked


@given(st.integers(10, 10_000), st.integers(0, 20_000), st.sampled_from(list(RouteClass)), st.booleans())
def test_a_limit_refuses_what_is_above_it_and_spares_own_addresses(
    limit: int, sent: int, routes: RouteClass, own: bool
) -> None:
    rate = RateLimit(routes=routes, per=Per.IP, requests=limit, window_seconds=60)
    rules = firewall_rules(Choices(limits=(rate,)))
    request = replace(_call(CALLS[routes]), recent={Per.IP: sent}, source=OWN if own else "198.51.100.7")
    refused_by = decide(rules, request, {OWN_ADDRESSES: [f"{OWN}/32"]}).refused_by
    assert (refused_by is not None) == (sent > limit and not own)


@given(st.text(alphabet="abc/.%2e2f-_", max_size=40))
def test_no_path_reaches_an_inner_route(tail: str) -> None:
    decision = _decide(OPEN, Request(path=f"/inner/api/{tail}"))
    assert decision.refused_by == "inner-routes" or ".." in tail.replace("%2e", ".").replace("%2f", "/")
