"""The rules about addresses where a change of one resource is not enough to tell."""

from typing import Any

import pytest

from policies.guardrails import tokens as t
from policies.guardrails.rule import RULES
from tests.policies.graph_adapter import Declared, Stack, judge


def _fired(rule: str, stack: Stack) -> bool:
    policy = next(one.policy for one in RULES if one.name == rule)
    return bool(judge(stack, [policy]).violations)


def _behind(admitted: dict[str, Any], links: dict[str, list[str]] | None = None, *more: Declared) -> Stack:
    """A database whose group admits the tasks' group, which admits what `admitted` says."""
    outer, inner = (Declared(type=t.SECURITY_GROUP, name=name) for name in ("outer", "inner"))
    into_inner = Declared(
        type=t.INGRESS_RULE,
        name="into-inner",
        links={"securityGroupId": [inner.urn], "referencedSecurityGroupId": [outer.urn]},
    )
    into_outer = Declared(
        type=t.INGRESS_RULE, name="into-outer", props=admitted, links={"securityGroupId": [outer.urn], **(links or {})}
    )
    database = Declared(type=t.DATABASE, name="database", links={"vpcSecurityGroupIds": [inner.urn]})
    return [outer, inner, into_inner, into_outer, database, *more]


def _list_of(*cidrs: str) -> Declared:
    return Declared(type=t.PREFIX_LIST, name="list", props={"entries": [{"cidr": cidr} for cidr in cidrs]})


@pytest.mark.parametrize(
    ("admitted", "reached"),
    [
        ({"prefixListId": "pl-cloudfront"}, True),
        ({"cidrIpv4": "0.0.0.0/0"}, True),
        ({"cidrIpv6": "2001:4860::/32"}, True),
        ({"cidrIpv4": "10.0.0.0/8"}, False),
    ],
)
def test_a_list_of_others_addresses_is_the_internet(admitted: dict[str, str], reached: bool) -> None:
    assert _fired("vpc-data-tier-must-be-behind-the-tasks", _behind(admitted)) is reached


@pytest.mark.parametrize(
    ("cidrs", "reached"), [(("10.0.0.0/8",), False), (("10.0.0.0/8", "203.0.113.0/24", "8.8.8.0/24"), True)]
)
def test_a_list_of_the_stacks_own_is_what_it_holds(cidrs: tuple[str, ...], reached: bool) -> None:
    own = _list_of(*cidrs)
    stack = _behind({"prefixListId": "pl-own"}, {"prefixListId": [own.urn]}, own)
    assert _fired("vpc-data-tier-must-be-behind-the-tasks", stack) is reached


@pytest.mark.parametrize(("inline", "reached"), [({"prefixListIds": ["pl-cloudfront"]}, True), ({"self": True}, False)])
def test_lists_inside_a_group_count(inline: dict[str, Any], reached: bool) -> None:
    group = Declared(type=t.SECURITY_GROUP, name="inner", props={"ingress": [inline]})
    database = Declared(type=t.DATABASE, name="database", links={"vpcSecurityGroupIds": [group.urn]})
    assert _fired("vpc-data-tier-must-be-behind-the-tasks", [group, database]) is reached


@pytest.mark.parametrize(
    ("entry", "open_to_all"),
    [
        ({"protocol": "-1"}, True),
        ({"protocol": "tcp", "fromPort": 22, "toPort": 22}, True),
        ({"protocol": "6", "fromPort": 3000, "toPort": 4000}, True),
        ({"protocol": "tcp", "fromPort": 443, "toPort": 443}, False),
        ({"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlock": "10.0.0.0/8"}, False),
        ({"protocol": "-1", "action": "deny"}, False),
        ({"protocol": "-1", "egress": True}, False),
        ({"protocol": "-1", "cidrBlock": None, "ipv6CidrBlock": "::/0"}, True),
    ],
)
def test_a_network_acl_opens_remote_access_by_its_ports_and_addresses(entry: dict[str, Any], open_to_all: bool) -> None:
    whole = {"cidrBlock": "0.0.0.0/0", "action": "allow", **entry}
    separate = {**whole, "ruleAction": whole["action"]}
    del separate["action"]
    rule = "vpc-network-acl-must-not-open-remote-access"
    assert _fired(rule, [Declared(type=t.NETWORK_ACL_RULE, name="rule", props=separate)]) is open_to_all
    if not whole.pop("egress", False):
        assert _fired(rule, [Declared(type=t.NETWORK_ACL, name="acl", props={"ingress": [whole]})]) is open_to_all


def _ipv6_route(*, to: str, table_is_public: bool) -> Stack:
    table = Declared(type=t.ROUTE_TABLE, name="table")
    gateway = Declared(type=t.INTERNET_GATEWAY, name="gateway")
    to_table = {"routeTableId": [table.urn]}
    target = {"gatewayId": [gateway.urn]} if to == "internet" else {}
    route = Declared(
        type=t.ROUTE, name="ipv6", props={"destinationIpv6CidrBlock": "::/0"}, links={**to_table, **target}
    )
    public = Declared(
        type=t.ROUTE,
        name="ipv4",
        props={"destinationCidrBlock": "0.0.0.0/0"},
        links={**to_table, "gatewayId": [gateway.urn]},
    )
    return [table, gateway, route, *([public] if table_is_public else [])]


@pytest.mark.parametrize(
    ("to", "table_is_public", "refused"),
    [("internet", True, False), ("internet", False, True), ("elsewhere", True, True), ("elsewhere", False, True)],
)
def test_ipv6_leads_to_the_internet_gateway_out_of_public_subnets_alone(
    to: str, table_is_public: bool, refused: bool
) -> None:
    stack = _ipv6_route(to=to, table_is_public=table_is_public)
    assert _fired("ec2-ipv6-route-must-leave-public-subnets-only", stack) is refused


def test_a_route_inside_a_table_is_a_route() -> None:
    inline = [{"ipv6CidrBlock": "::/0", "egressOnlyGatewayId": "eigw"}]
    table = Declared(type=t.ROUTE_TABLE, name="table", props={"routes": inline})
    assert _fired("ec2-ipv6-route-must-leave-public-subnets-only", [table])


@pytest.mark.parametrize("target", [t.BUCKET, t.LOG_GROUP, None])
def test_flows_and_queries_are_logged_where_the_stack_keeps_them(target: str | None) -> None:
    vpc = Declared(type=t.VPC, name="network")
    kept = [] if target is None else [Declared(type=target, name="kept")]
    to_kept = [one.urn for one in kept]
    flow_log = Declared(
        type=t.FLOW_LOG,
        name="flows",
        props={"trafficType": "ALL", "logDestination": "arn"},
        links={"vpcId": [vpc.urn], "logDestination": to_kept},
    )
    queries = Declared(type=t.QUERY_LOG, name="queries", links={"destinationArn": to_kept})
    association = Declared(
        type=t.QUERY_LOG_ASSOCIATION,
        name="association",
        links={"resourceId": [vpc.urn], "resolverQueryLogConfigId": [queries.urn]},
    )
    stack = [vpc, flow_log, queries, association, *kept]
    for rule in ("ec2-vpc-must-log-flows", "route53-resolver-must-log-queries"):
        assert _fired(rule, stack) is (target is None)


def test_rules_about_names_that_guard_no_network_are_found() -> None:
    assert _fired("route53-dns-firewall-must-guard-a-network", [Declared(type=t.DNS_RULES, name="rules")])


@pytest.mark.parametrize(("domains", "refused"), [(["*"], True), (["*.example.net"], False)])
def test_only_a_firewall_behind_an_allow_list_must_fail_closed(domains: list[str], refused: bool) -> None:
    vpc, rules = Declared(type=t.VPC, name="network"), Declared(type=t.DNS_RULES, name="rules")
    to_rules = {"firewallRuleGroupId": [rules.urn]}
    listed = Declared(type=t.DNS_DOMAINS, name="domains", props={"domains": domains})
    blocking = Declared(
        type=t.DNS_RULE,
        name="rule",
        props={"action": "BLOCK"},
        links={**to_rules, "firewallDomainListId": [listed.urn]},
    )
    association = Declared(type=t.DNS_RULES_ASSOCIATION, name="association", links={**to_rules, "vpcId": [vpc.urn]})
    config = Declared(
        type=t.DNS_FIREWALL,
        name="config",
        props={"firewallFailOpen": "ENABLED"},
        links={"resourceId": [vpc.urn]},
    )
    stack = [vpc, rules, listed, blocking, association, config]
    assert _fired("route53-dns-firewall-must-guard-a-network", stack) is refused
