"""The analysis itself, on networks so small that their answer is plain."""

# Resources are made of plain mappings here, which the SDK's types do not follow.
# pyright: reportArgumentType=false, reportCallIssue=false

from collections.abc import Callable

import pytest
from pulumi_aws import ec2, vpc

from tests.network.network_rules import CLOUDFRONT_LIST
from tests.network.reachability import reachable
from tests.network.tiny_networks import (
    OPEN_IPV4,
    OPEN_IPV6,
    TO_INTERNET,
    TO_INTERNET_IPV6,
    Tiny,
    admit,
    both,
    delivered,
    s3_gateway,
    send,
)

IPV6_SUBNET = {"ipv6_cidr_block": "2001:db8::/64"}
BY_NAT = {"destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": "nat-id"}


def said(network: Tiny) -> set[str]:
    return {str(flow) for flow in reachable(network.graph())}


def nat() -> None:
    ec2.NatGateway("nat", subnet_id="front-id")
    send("app-out", "app-group-id", 443, **OPEN_IPV4)


def test_the_internet_reaches_an_open_group_in_a_subnet_with_a_route() -> None:
    assert said(Tiny(admits=[OPEN_IPV4], routes=[TO_INTERNET])) == {"internet (IPv4) -> entry 443"}


def test_an_open_group_without_a_route_is_reached_by_private_networks_at_most() -> None:
    assert said(Tiny(admits=[OPEN_IPV4])) == {"private networks (IPv4) -> entry 443"}


def test_a_route_without_a_rule_opens_nothing() -> None:
    assert said(Tiny(routes=[TO_INTERNET])) == set()


def test_an_internal_load_balancer_is_not_reached_from_the_internet() -> None:
    found = said(Tiny(admits=[OPEN_IPV4], routes=[TO_INTERNET], entry={"internal": True}))
    assert found == {"private networks (IPv4) -> entry 443"}


def test_a_task_in_a_public_subnet_is_reached_only_with_a_public_address() -> None:
    def build(*, public: bool) -> Tiny:
        opened: Callable[[], None] = lambda: admit("opened", "app-group-id", 5001, **OPEN_IPV4)  # noqa: E731
        return Tiny(back_routes=[TO_INTERNET], app={"assign_public_ip": public}, more=opened)

    assert said(build(public=True)) == {"internet (IPv4) -> app 5001"}
    assert said(build(public=False)) == {"private networks (IPv4) -> app 5001"}


@pytest.mark.parametrize("missing", ["nothing", "rule", "route", "range", "dualstack"])
def test_ipv6_takes_a_rule_a_route_a_range_and_an_address(missing: str) -> None:
    network = Tiny(
        admits=[] if missing == "rule" else [OPEN_IPV6],
        routes=[TO_INTERNET] if missing == "route" else [TO_INTERNET_IPV6],
        subnet={} if missing == "range" else IPV6_SUBNET,
        entry={} if missing == "dualstack" else {"ip_address_type": "dualstack"},
    )
    assert ("internet (IPv6) -> entry 443" in said(network)) is (missing == "nothing")


def test_a_public_range_is_named_and_needs_the_route_a_private_one_is_named_and_does_not() -> None:
    admits = [{"cidr_ipv4": "198.51.100.0/24"}, {"cidr_ipv4": "10.0.0.0/8"}]
    assert said(Tiny(admits=admits)) == {"10.0.0.0/8 -> entry 443"}
    reached = {"10.0.0.0/8 -> entry 443", "198.51.100.0/24 -> entry 443"}
    assert said(Tiny(admits=admits, routes=[TO_INTERNET])) == reached


LISTED = [{"prefix_list_id": CLOUDFRONT_LIST}]


def test_an_internal_load_balancer_is_reached_through_cloudfront_by_a_vpc_origin_and_a_rule() -> None:
    inside = {"internal": True}
    viewed = {"internet (IPv4) -> CloudFront 443", "internet (IPv4) -> CloudFront 80"}
    assert said(Tiny(admits=LISTED, entry=inside, more=delivered())) == {*viewed, "CloudFront -> entry 443"}
    assert said(Tiny(entry=inside, more=delivered())) == viewed
    assert said(Tiny(admits=LISTED, entry=inside)) == set()


def test_cloudfront_takes_ipv6_where_it_is_switched_on() -> None:
    assert "internet (IPv6) -> CloudFront 443" in said(Tiny(more=delivered(is_ipv6_enabled=True)))


def test_a_public_load_balancer_that_admits_cloudfront_admits_everybodys() -> None:
    assert said(Tiny(admits=LISTED, routes=[TO_INTERNET])) == {"anyone's CloudFront -> entry 443"}


def test_a_list_of_our_own_is_the_ranges_in_it() -> None:
    def more() -> None:
        entries = [{"cidr": "0.0.0.0/0"}, {"cidr": "10.0.0.0/8"}]
        ec2.ManagedPrefixList("list", address_family="IPv4", max_entries=2, entries=entries)

    network = Tiny(admits=[{"prefix_list_id": "list-id"}], routes=[TO_INTERNET], more=more)
    assert said(network) == {"internet (IPv4) -> entry 443", "10.0.0.0/8 -> entry 443"}


def test_two_parts_are_connected_only_by_a_rule_on_each_end() -> None:
    peer = {"referenced_security_group_id": "app-group-id"}
    assert said(Tiny(more=lambda: both("entry", "app", 5001))) == {"entry -> app 5001"}
    assert said(Tiny(more=lambda: send("out", "entry-group-id", 5001, **peer))) == set()
    assert said(
        Tiny(more=lambda: admit("in", "app-group-id", 5001, referenced_security_group_id="entry-group-id"))
    ) == (set())


def test_ports_are_what_both_ends_let_pass() -> None:
    def more() -> None:
        vpc.SecurityGroupEgressRule(
            "out", security_group_id="entry-group-id", ip_protocol="-1", referenced_security_group_id="app-group-id"
        )
        for name, protocol, first, last in (("low", "tcp", 5000, 5010), ("names", "udp", 53, 53)):
            vpc.SecurityGroupIngressRule(
                name,
                security_group_id="app-group-id",
                ip_protocol=protocol,
                from_port=first,
                to_port=last,
                referenced_security_group_id="entry-group-id",
            )

    assert said(Tiny(more=more)) == {"entry -> app 5000-5010", "entry -> app 53/udp"}


def test_a_rule_to_addresses_reaches_the_parts_that_have_them() -> None:
    def more(cidr: str) -> Callable[[], None]:
        def build() -> None:
            send("out", "entry-group-id", 5001, cidr_ipv4=cidr)
            admit("in", "app-group-id", 5001, referenced_security_group_id="entry-group-id")

        return build

    assert said(Tiny(more=more("10.0.1.0/24"))) == {"entry -> app 5001", "entry -> 10.0.1.0/24 5001"}
    assert said(Tiny(more=more("10.0.2.0/24"))) == {"entry -> 10.0.2.0/24 5001"}


def test_inline_rules_count_as_separate_ones_do() -> None:
    def rule(**peer: object) -> dict[str, object]:
        return {"protocol": "tcp", "from_port": 5001, "to_port": 5001, **peer}

    groups = {"ingress": [rule(security_groups=["entry-group-id"]), rule(self=True)], "egress": [rule(self=True)]}
    peer = {"referenced_security_group_id": "app-group-id"}
    network = Tiny(app_group=groups, more=lambda: send("out", "entry-group-id", 5001, **peer))
    assert said(network) == {"entry -> app 5001", "app -> app 5001"}
    opened = {"ingress": [rule(cidr_blocks=["0.0.0.0/0"])]}
    assert "internet (IPv4) -> app 5001" in said(
        Tiny(app_group=opened, back_routes=[TO_INTERNET], app={"assign_public_ip": True})
    )


def test_a_nat_gateway_is_a_way_out_where_it_has_one_itself_and_never_a_way_in() -> None:
    assert said(Tiny(routes=[TO_INTERNET], back_routes=[BY_NAT], more=nat)) == {"app -> internet (IPv4) by NAT 443"}
    assert said(Tiny(back_routes=[BY_NAT], more=nat)) == set()


def test_a_way_out_takes_a_rule_too() -> None:
    network = Tiny(routes=[TO_INTERNET], back_routes=[BY_NAT], more=lambda: ec2.NatGateway("nat", subnet_id="front-id"))
    assert said(network) == set()


def test_ipv6_leaves_by_an_egress_only_gateway() -> None:
    def more() -> None:
        ec2.EgressOnlyInternetGateway("outward", vpc_id="net-id")
        send("out", "entry-group-id", 443, **OPEN_IPV6)

    route = {"destination_ipv6_cidr_block": "::/0", "egress_only_gateway_id": "outward-id"}
    network = Tiny(routes=[route], subnet=IPV6_SUBNET, entry={"ip_address_type": "dualstack"}, more=more)
    assert said(network) == {"entry -> internet (IPv6) by NAT 443"}


def test_s3_is_reached_by_a_gateway_on_the_route_table_and_a_rule_to_its_list() -> None:
    assert said(Tiny(more=s3_gateway)) == {"app -> S3 by gateway 443"}


def test_an_interface_endpoint_is_reached_as_any_other_part() -> None:
    def more() -> None:
        ec2.SecurityGroup("aws-group", vpc_id="net-id")
        ec2.VpcEndpoint(
            "logs",
            vpc_id="net-id",
            service_name="com.amazonaws.eu-central-1.logs",
            vpc_endpoint_type="Interface",
            subnet_ids=["back-id"],
            security_group_ids=["aws-group-id"],
        )
        both("app", "aws", 443)

    assert said(Tiny(more=more)) == {"app -> AWS by endpoints 443"}
