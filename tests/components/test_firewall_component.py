"""Security groups and their rules."""

from functools import cache

from components.firewall import Firewall, FirewallArgs
from dify.flows import GROUPS, OUTBOUND, flows
from tests.components.component_graphs import program
from tests.recorder import Graph, record


@cache
def _firewall() -> Graph:
    args = FirewallArgs(vpc_id="vpc", allowed_cidrs=("203.0.113.0/24", "2001:db8::/32"))
    return record(lambda: Firewall("firewall", args))


def _group(name: str) -> str:
    return f"firewall-{name}-id"


def test_each_service_and_store_has_a_group_of_its_own() -> None:
    groups = _firewall().of(":SecurityGroup")
    assert {group.name for group in groups} == {f"firewall-{name}" for name in GROUPS}
    assert all(group.inputs["vpcId"] == "vpc" and group.inputs["description"] for group in groups)


def test_no_group_carries_rules_inside_itself() -> None:
    assert not [group for group in _firewall().of(":SecurityGroup") if {"ingress", "egress"} & set(group.inputs)]


def test_every_flow_is_open_at_both_ends_by_group() -> None:
    opened = {
        (rule.inputs["securityGroupId"], rule.inputs["referencedSecurityGroupId"], rule.inputs["fromPort"], end)
        for end, kind in (("in", ":SecurityGroupIngressRule"), ("out", ":SecurityGroupEgressRule"))
        for rule in _firewall().of(kind)
        if "referencedSecurityGroupId" in rule.inputs
    }
    expected = {(_group(flow.target), _group(flow.source), flow.port, "in") for flow in flows()}
    expected |= {(_group(flow.source), _group(flow.target), flow.port, "out") for flow in flows()}
    assert opened == expected


def test_addresses_come_in_only_at_the_load_balancer() -> None:
    rules = [rule.inputs for rule in _firewall().of(":SecurityGroupIngressRule") if _cidr(rule.inputs)]
    assert {(rule["securityGroupId"], _cidr(rule), rule["fromPort"]) for rule in rules} == {
        (_group("load-balancer"), cidr, port) for cidr in ("203.0.113.0/24", "2001:db8::/32") for port in (80, 443)
    }


def test_an_ipv6_range_is_written_as_one() -> None:
    rules = [rule.inputs for rule in _firewall().of(":SecurityGroupIngressRule") if _cidr(rule.inputs)]
    assert all((":" in _cidr(rule)) is ("cidrIpv6" in rule) for rule in rules)
    assert all(("cidrIpv4" in rule) is not ("cidrIpv6" in rule) for rule in rules)


def test_tasks_reach_the_internet_on_https_only_and_nothing_else_does() -> None:
    rules = [rule.inputs for rule in _firewall().of(":SecurityGroupEgressRule") if _cidr(rule.inputs)]
    assert {(rule["securityGroupId"], rule["fromPort"], rule["toPort"]) for rule in rules} == {
        (_group(name), 443, 443) for name in OUTBOUND
    }


def test_every_rule_opens_one_tcp_port_and_says_why() -> None:
    rules = [*_firewall().of(":SecurityGroupIngressRule"), *_firewall().of(":SecurityGroupEgressRule")]
    assert all(rule.inputs["ipProtocol"] == "tcp" for rule in rules)
    assert all(rule.inputs["fromPort"] == rule.inputs["toPort"] for rule in rules)
    assert all(rule.inputs["description"] for rule in rules)


def test_each_service_and_store_wears_its_own_group() -> None:
    graph = program()
    for service in ("web", "api", "worker", "beat"):
        worn = graph.named(f"{service}-service").inputs["networkConfiguration"]["securityGroups"]
        assert worn == [_group(service)]
    assert graph.named("database-instance").inputs["vpcSecurityGroupIds"] == [_group("database")]
    assert graph.named("cache-group").inputs["securityGroupIds"] == [_group("cache")]
    assert graph.named("edge-alb").inputs["securityGroups"] == [_group("load-balancer")]


def _cidr(rule: dict[str, str]) -> str:
    return rule.get("cidrIpv4") or rule.get("cidrIpv6") or ""
