"""Which names are answered."""

from functools import cache
from typing import Any

import pytest

from components.dns_firewall import THREATS, DnsFirewall, DnsFirewallArgs
from settings.dns_firewall import DnsFirewall as Choices
from settings.facts import Facts
from tests.components.component_graphs import site
from tests.recorder import Graph, record

OWN = ("*.eu-central-1.amazonaws.com", "dify.example.com")
BLOCKED, ALLOWED = ["*.example.net"], ["api.example.com", "*.example.org"]


@cache
def _firewall(*, allowed: bool = False, blocked: bool = False, detect: str = "block") -> Graph:
    lists = {"allowedDomains": ALLOWED if allowed else None, "blockedDomains": BLOCKED if blocked else None}
    return _built({**lists, "detect": detect}, internet=True)


def _built(chosen: dict[str, Any], *, internet: bool) -> Graph:
    choices = Choices.model_validate(chosen, strict=False, context=Facts(internet=internet))
    args = DnsFirewallArgs(site=site(), vpc_id="vpc", own_names=OWN, choices=choices)
    return record(lambda: DnsFirewall("dns-firewall", args))


def _order(graph: Graph) -> list[tuple[str, str]]:
    """Name and action of every rule in the order in which a query meets them."""
    rules = sorted(graph.of(":ResolverFirewallRule"), key=lambda rule: rule.inputs["priority"])
    return [(rule.inputs["name"], rule.inputs["action"]) for rule in rules]


_DETECTED = [(threat.lower().replace("_", "-"), "BLOCK") for threat in THREATS]


@pytest.mark.parametrize(
    ("chosen", "order"),
    [
        ({}, [("own", "ALLOW"), *_DETECTED]),
        ({"blocked": True}, [("own", "ALLOW"), ("blocked", "BLOCK"), *_DETECTED]),
        ({"allowed": True}, [("own", "ALLOW"), *_DETECTED, ("allowed", "ALLOW"), ("rest", "BLOCK")]),
        (
            {"allowed": True, "blocked": True},
            [("own", "ALLOW"), ("blocked", "BLOCK"), *_DETECTED, ("allowed", "ALLOW"), ("rest", "BLOCK")],
        ),
    ],
)
def test_own_names_come_first_and_the_rest_is_refused_where_some_are_allowed(
    chosen: dict[str, bool], order: list[tuple[str, str]]
) -> None:
    assert _order(_firewall(**chosen)) == order


def test_each_list_holds_its_names() -> None:
    lists = _firewall(allowed=True, blocked=True).of(":ResolverFirewallDomainList")
    assert {one.inputs["name"]: one.inputs["domains"] for one in lists} == {
        "dify-prod-own": [*OWN],
        "dify-prod-blocked": BLOCKED,
        "dify-prod-allowed": ALLOWED,
        "dify-prod-rest": ["*"],
    }
    rules = _firewall(allowed=True, blocked=True).of(":ResolverFirewallRule")
    named = {one.inputs["name"]: one.inputs.get("firewallDomainListId") for one in rules}
    assert {role: named[role] for role in ("own", "blocked", "allowed", "rest")} == {
        role: f"dns-firewall-{role}-names-id" for role in ("own", "blocked", "allowed", "rest")
    }


def test_a_name_is_allowed_with_what_it_leads_on_to_and_blocked_wherever_it_turns_up() -> None:
    for rule in _firewall(allowed=True, blocked=True).of(":ResolverFirewallRule"):
        trusted = rule.inputs.get("firewallDomainRedirectionAction") == "TRUST_REDIRECTION_DOMAIN"
        assert trusted is (rule.inputs["action"] == "ALLOW")


def test_what_is_blocked_does_not_exist() -> None:
    blocking = [one for one in _firewall(allowed=True).of(":ResolverFirewallRule") if one.inputs["action"] == "BLOCK"]
    assert {one.inputs["blockResponse"] for one in blocking} == {"NXDOMAIN"}


def test_suspicions_are_reported_only_where_that_is_chosen() -> None:
    rules = [one.inputs for one in _firewall(detect="alert").of(":ResolverFirewallRule")]
    suspected = [rule for rule in rules if "dnsThreatProtection" in rule]
    assert {rule["dnsThreatProtection"]: rule["action"] for rule in suspected} == dict.fromkeys(THREATS, "ALERT")
    assert not [rule for rule in suspected if "blockResponse" in rule]
    assert {rule["confidenceThreshold"] for rule in suspected} == {"HIGH"}


@pytest.mark.parametrize(("allowed", "fails_open"), [(True, "DISABLED"), (False, "ENABLED")])
def test_a_border_fails_closed_and_a_filter_open(allowed: bool, fails_open: str) -> None:
    config = _firewall(allowed=allowed).one(":ResolverFirewallConfig").inputs
    assert config == {"resourceId": "vpc", "firewallFailOpen": fails_open}


def test_the_rules_hold_for_the_network() -> None:
    association = _firewall().one(":ResolverFirewallRuleGroupAssociation").inputs
    assert (association["vpcId"], association["firewallRuleGroupId"]) == ("vpc", "dns-firewall-rules-id")
    assert 100 < association["priority"] <= 9900


def test_a_closed_network_may_answer_its_own_names_alone() -> None:
    graph = _built({"allowedDomains": []}, internet=False)
    assert _order(graph) == [("own", "ALLOW"), *_DETECTED, ("rest", "BLOCK")]
    assert graph.one(":ResolverFirewallConfig").inputs["firewallFailOpen"] == "DISABLED"
