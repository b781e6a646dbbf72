"""Security groups and their rules."""

from functools import cache

import pytest

from components.firewall import Firewall, FirewallArgs
from dify.flows import ENDPOINTS, GROUPS, LOAD_BALANCER, OUTBOUND, STARTED_BY_AWS, flows
from tests.components.component_graphs import program
from tests.network.network_graphs import PARTS
from tests.recorder import Graph, record

WITHOUT_ENDPOINTS = {part: kind for part, kind in PARTS.items() if kind != ENDPOINTS}


@cache
def _firewall(
    *,
    internet: bool = True,
    endpoints: bool = True,
    isolates: bool = True,
    cdn: str | None = None,
    signs_in: bool = False,
    own: tuple[str, ...] = (),
    outbound: tuple[tuple[str, tuple[int, ...]], ...] = tuple(OUTBOUND.items()),
) -> Graph:
    args = FirewallArgs(
        vpc_id="vpc",
        allowed_cidrs=("203.0.113.0/24", "2001:db8::/32"),
        parts=PARTS if endpoints else WITHOUT_ENDPOINTS,
        internet=internet,
        s3_prefix_list_id="pl-s3",
        isolates=isolates,
        outbound=dict(outbound),
        edge_prefix_list_id=cdn,
        signs_in=signs_in,
        own_addresses=own,
    )
    return record(lambda: Firewall("firewall", args))


def _group(name: str) -> str:
    return f"firewall-{name}-id"


def test_each_part_has_a_group_of_its_own() -> None:
    groups = {group.name: group.inputs for group in _firewall().of(":SecurityGroup")}
    assert {name: inputs["description"] for name, inputs in groups.items()} == {
        f"firewall-{part}": GROUPS[kind] for part, kind in PARTS.items()
    }
    assert all(inputs["vpcId"] == "vpc" for inputs in groups.values())


def test_no_group_carries_rules_inside_itself() -> None:
    assert not [group for group in _firewall().of(":SecurityGroup") if {"ingress", "egress"} & set(group.inputs)]


def test_every_flow_is_open_at_both_ends_by_group() -> None:
    opened = {
        (rule.inputs["securityGroupId"], rule.inputs["referencedSecurityGroupId"], rule.inputs["fromPort"], end)
        for end, kind in (("in", ":SecurityGroupIngressRule"), ("out", ":SecurityGroupEgressRule"))
        for rule in _firewall().of(kind)
        if "referencedSecurityGroupId" in rule.inputs
    }
    to_aws = {(part, ENDPOINTS, 443) for part, kind in PARTS.items() if kind in STARTED_BY_AWS}
    pairs = {(flow.source, flow.target, flow.port) for flow in flows(PARTS)} | to_aws
    expected = {(_group(target), _group(source), port, "in") for source, target, port in pairs}
    expected |= {(_group(source), _group(target), port, "out") for source, target, port in pairs}
    assert opened == expected


def test_addresses_come_in_only_at_the_load_balancer() -> None:
    rules = [rule.inputs for rule in _firewall().of(":SecurityGroupIngressRule") if _cidr(rule.inputs)]
    assert {(rule["securityGroupId"], _cidr(rule), rule["fromPort"]) for rule in rules} == {
        (_group(LOAD_BALANCER), cidr, port) for cidr in ("203.0.113.0/24", "2001:db8::/32") for port in (80, 443)
    }


def test_the_stack_may_ask_itself_by_its_own_way_out() -> None:
    added = {rule.name for rule in _firewall(own=("198.51.100.7",)).of(":SecurityGroupIngressRule")}
    added -= {rule.name for rule in _firewall().of(":SecurityGroupIngressRule")}
    (rule,) = [one.inputs for one in _firewall(own=("198.51.100.7",)).resources if one.name in added]
    assert (rule["cidrIpv4"], rule["fromPort"], rule["toPort"]) == ("198.51.100.7/32", 443, 443)
    assert rule["securityGroupId"] == _group(LOAD_BALANCER)


@pytest.mark.parametrize("isolates", [True, False])
def test_behind_cloudfront_its_own_addresses_come_in_on_https_and_no_other_does(isolates: bool) -> None:
    rules = [one.inputs for one in _firewall(cdn="pl-cdn", isolates=isolates).of(":SecurityGroupIngressRule")]
    from_addresses = [rule for rule in rules if "referencedSecurityGroupId" not in rule]
    assert [(rule["prefixListId"], rule["fromPort"], rule["toPort"]) for rule in from_addresses] == [
        ("pl-cdn", 443, 443)
    ]
    assert from_addresses[0]["securityGroupId"] == _group(LOAD_BALANCER)
    assert not [rule for rule in from_addresses if _cidr(rule)]


def test_a_load_balancer_sends_to_no_address_unless_it_signs_users_in() -> None:
    assert not [rule for rule in _out(_firewall(), "cidrIpv4") if rule[0] == _group(LOAD_BALANCER)]
    added = _out(_firewall(signs_in=True), "cidrIpv4") - _out(_firewall(), "cidrIpv4")
    assert added == {(_group(LOAD_BALANCER), "0.0.0.0/0", 443)}


def test_without_internet_nobody_signs_in_at_the_load_balancer() -> None:
    with pytest.raises(ValueError, match="identity provider"):
        _firewall(internet=False, signs_in=True)


def test_an_ipv6_range_is_written_as_one() -> None:
    rules = [rule.inputs for rule in _firewall().of(":SecurityGroupIngressRule") if _cidr(rule.inputs)]
    assert all((":" in _cidr(rule)) is ("cidrIpv6" in rule) for rule in rules)
    assert all(("cidrIpv4" in rule) is not ("cidrIpv6" in rule) for rule in rules)


def _out(graph: Graph, key: str) -> set[tuple[str, str, int]]:
    rules = [rule.inputs for rule in graph.of(":SecurityGroupEgressRule") if key in rule.inputs]
    return {(rule["securityGroupId"], rule[key], int(rule["fromPort"])) for rule in rules}


def test_parts_reach_the_internet_on_their_ports_only() -> None:
    leaving = {(_group(part), port) for part, kind in PARTS.items() for port in OUTBOUND.get(kind, ())}
    assert _out(_firewall(), "cidrIpv4") == {(group, "0.0.0.0/0", port) for group, port in leaving}
    assert not _out(_firewall(), "cidrIpv6")


def test_what_may_not_leave_reaches_s3_for_its_image_by_its_addresses_alone() -> None:
    kept_in = {part for part, kind in PARTS.items() if kind in STARTED_BY_AWS and kind not in OUTBOUND}
    assert _out(_firewall(), "prefixListId") == {(_group(part), "pl-s3", 443) for part in kept_in}


def test_who_sends_telemetry_only_leaves_on_its_port_and_still_finds_its_image() -> None:
    graph = _firewall(outbound=(("beat", (4317,)),))
    assert _out(graph, "cidrIpv4") == {(_group("beat"), "0.0.0.0/0", 4317)}
    assert (_group("beat"), "pl-s3", 443) in _out(graph, "prefixListId")


def test_where_images_are_not_inside_telemetry_does_not_keep_a_service_from_its_own() -> None:
    graph = _firewall(outbound=(("beat", (4317,)),), isolates=False)
    left = {port for group, _, port in _out(graph, "cidrIpv4") if group == _group("beat")}
    assert left == {443, 4317}


@pytest.mark.parametrize("endpoints", [True, False])
def test_where_images_are_not_inside_it_fetches_its_own_over_the_internet(endpoints: bool) -> None:
    ports = {part: {443, *OUTBOUND.get(kind, ())} for part, kind in PARTS.items() if kind in STARTED_BY_AWS}
    assert _out(_firewall(endpoints=endpoints, isolates=False), "cidrIpv4") == {
        (_group(part), "0.0.0.0/0", port) for part, several in ports.items() for port in several
    }


def test_a_closed_network_sends_to_no_address() -> None:
    graph = _firewall(internet=False)
    assert not _out(graph, "cidrIpv4") | _out(graph, "cidrIpv6")
    started = {part for part, kind in PARTS.items() if kind in STARTED_BY_AWS}
    assert _out(graph, "prefixListId") == {(_group(part), "pl-s3", 443) for part in started}


def test_mail_goes_to_its_endpoint_on_its_own_port_and_plain_http_to_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OUTBOUND, "worker", (80, 443, 587))
    args = FirewallArgs(
        vpc_id="vpc",
        allowed_cidrs=("10.0.0.0/8",),
        parts={"worker": "worker", ENDPOINTS: ENDPOINTS, LOAD_BALANCER: LOAD_BALANCER},
        internet=False,
        s3_prefix_list_id="pl-s3",
        isolates=True,
    )
    out = _out(record(lambda: Firewall("firewall", args)), "referencedSecurityGroupId")
    assert out == {(_group("worker"), _group(ENDPOINTS), port) for port in (443, 587)}


def test_a_closed_network_without_endpoints_is_no_network() -> None:
    args = FirewallArgs(
        vpc_id="vpc",
        allowed_cidrs=(),
        parts=WITHOUT_ENDPOINTS,
        internet=False,
        s3_prefix_list_id="pl-s3",
        isolates=True,
    )
    with pytest.raises(ValueError, match="needs the part endpoints"):
        Firewall("firewall", args)


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
