"""The VPC's shape."""

import json
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network import Network, NetworkArgs
from settings.network import NatGateways
from settings.network import Network as Choices
from settings.subnets import TIERS, ipv6_subnet, subnet_cidrs
from tests.components.component_graphs import ACCOUNT, program, site
from tests.recorder import Graph, record

_ranges = st.integers(16, 24).flatmap(
    lambda length: st.integers(0, 255).map(lambda third: str(ip_network(f"10.20.{third}.0/{length}", strict=False)))
)
_zones = st.integers(1, 5)


@cache
def _network(
    gateways: NatGateways, letters: str = "abc", *, dual_stack: bool = False, edge_inside: bool = False
) -> Graph:
    choices = Choices.model_validate(
        {"cidr": "10.20.0.0/16", "zones": tuple(f"eu-central-1{z}" for z in letters), "natGateways": gateways}
    )
    args = NetworkArgs(site=site(), choices=choices, dual_stack=dual_stack, edge_inside=edge_inside)
    return record(lambda: Network("network", args))


def _dual_stack(letters: str = "abc") -> Graph:
    return _network(NatGateways.PER_ZONE, letters, dual_stack=True)


@given(_ranges, _zones)
def test_no_two_subnets_overlap_and_all_lie_in_the_range(cidr: str, zones: int) -> None:
    blocks = [IPv4Network(block) for tier in subnet_cidrs(cidr, zones).values() for block in tier]
    assert len(blocks) == 3 * zones
    assert not [pair for pair in combinations(blocks, 2) if pair[0].overlaps(pair[1])]
    assert all(block.subnet_of(IPv4Network(cidr)) for block in blocks)


@given(_ranges, st.integers(1, 4))
def test_no_subnet_moves_when_a_zone_is_added(cidr: str, zones: int) -> None:
    before, after = subnet_cidrs(cidr, zones), subnet_cidrs(cidr, zones + 1)
    assert all(after[tier][:zones] == before[tier] for tier in TIERS)


@given(_ranges, _zones)
def test_every_subnet_is_one_that_a_vpc_takes(cidr: str, zones: int) -> None:
    lengths = {ip_network(block).prefixlen for tier in subnet_cidrs(cidr, zones).values() for block in tier}
    assert lengths <= set(range(16, 29))


@cache
def _closed() -> Graph:
    choices = Choices.model_validate(
        {"cidr": "10.20.0.0/16", "zones": tuple(f"eu-central-1{z}" for z in "abc"), "internet": False}
    )
    return record(lambda: Network("network", NetworkArgs(site=site(), choices=choices)))


def test_three_zones_hold_exactly_these_resources() -> None:
    graph = _network(NatGateways.PER_ZONE)
    counts = {kind: len(graph.of(f":{kind}")) for kind in (
        "Vpc", "Subnet", "NatGateway", "Eip", "InternetGateway", "RouteTable", "Route", "RouteTableAssociation",
        "VpcEndpoint", "DefaultSecurityGroup",
    )}  # fmt: skip
    assert counts == {
        "Vpc": 1, "Subnet": 9, "NatGateway": 3, "Eip": 3, "InternetGateway": 1, "RouteTable": 5, "Route": 4,
        "RouteTableAssociation": 9, "VpcEndpoint": 2, "DefaultSecurityGroup": 1,
    }  # fmt: skip
    assert sum(counts.values()) + 1 == len(graph.resources)


def test_each_zones_tasks_leave_through_their_own_gateway() -> None:
    graph = _network(NatGateways.PER_ZONE)
    for zone in "abc":
        assert graph.named(f"network-private-{zone}-out").inputs["natGatewayId"] == f"network-nat-{zone}-id"
        assert graph.named(f"network-nat-{zone}").inputs["subnetId"] == f"network-public-{zone}-id"


def test_a_single_gateway_serves_every_zone() -> None:
    graph = _network(NatGateways.SINGLE)
    assert len(graph.of(":NatGateway")) == len(graph.of(":Eip")) == 1
    assert {graph.named(f"network-private-{zone}-out").inputs["natGatewayId"] for zone in "abc"} == {"network-nat-a-id"}


@pytest.mark.parametrize("gateways", NatGateways)
def test_data_subnets_have_no_way_out(gateways: NatGateways) -> None:
    graph = _network(gateways)
    tables = {
        association.inputs["routeTableId"]
        for association in graph.of(":RouteTableAssociation")
        if association.inputs["subnetId"].startswith("network-data-")
    }
    assert tables == {"network-data-id"}
    assert not [route for route in graph.of(":Route") if route.inputs["routeTableId"] in tables]
    assert "routes" not in graph.named("network-data").inputs


def test_only_the_public_table_leads_to_the_internet_gateway() -> None:
    routes = [route for route in _network(NatGateways.PER_ZONE).of(":Route") if "gatewayId" in route.inputs]
    assert [route.inputs["routeTableId"] for route in routes] == ["network-public-id"]


def test_the_default_security_group_is_taken_over_without_a_rule() -> None:
    inputs = _network(NatGateways.PER_ZONE).one(":DefaultSecurityGroup").inputs
    assert inputs == {"vpcId": "network-vpc-id"}


def test_no_subnet_gives_public_addresses() -> None:
    for graph in (_network(NatGateways.PER_ZONE), _dual_stack()):
        for subnet in graph.of(":Subnet"):
            assert subnet.inputs["mapPublicIpOnLaunch"] is False
            assert subnet.inputs["assignIpv6AddressOnCreation"] is False


@given(st.integers(0x20 << 48, (0x40 << 48) - 1), st.integers(0, 255))
def test_an_ipv6_subnet_is_the_part_of_that_number(at: int, number: int) -> None:
    block = IPv6Network((at << 72, 56))
    assert IPv6Network(ipv6_subnet(str(block), number)) == list(block.subnets(new_prefix=64))[number]


def test_without_dual_stack_there_is_no_ipv6() -> None:
    graph = _network(NatGateways.PER_ZONE)
    assert "assignGeneratedIpv6CidrBlock" not in graph.one(":Vpc").inputs
    assert not [subnet for subnet in graph.of(":Subnet") if "ipv6CidrBlock" in subnet.inputs]
    assert not [route for route in graph.of(":Route") if "destinationIpv6CidrBlock" in route.inputs]


def test_with_dual_stack_only_public_subnets_have_ipv6_addresses_each_its_own() -> None:
    graph = _dual_stack()
    assert graph.one(":Vpc").inputs["assignGeneratedIpv6CidrBlock"] is True
    blocks = {one.name: one.inputs["ipv6CidrBlock"] for one in graph.of(":Subnet") if "ipv6CidrBlock" in one.inputs}
    assert blocks == {f"network-public-{zone}": f"2001:db8:1234:1a0{number}::/64" for number, zone in enumerate("abc")}


def test_ipv6_leads_from_the_public_table_to_the_internet_gateway_and_from_no_other() -> None:
    (route,) = [one for one in _dual_stack().of(":Route") if "destinationIpv6CidrBlock" in one.inputs]
    assert route.inputs == {
        "destinationIpv6CidrBlock": "::/0",
        "routeTableId": "network-public-id",
        "gatewayId": "network-internet-id",
    }


def test_no_ipv6_subnet_moves_when_a_zone_is_added() -> None:
    before, after = ({one.urn: one.inputs for one in _dual_stack(zones).of(":Subnet")} for zones in ("ab", "abc"))
    assert before.items() <= after.items()
    assert len(before) < len(after)


def test_ipv6_is_not_known_before_the_network_is_made() -> None:
    choices = Choices.model_validate({"cidr": "10.20.0.0/16", "zones": ("eu-central-1a", "eu-central-1b")})
    args = NetworkArgs(site=site(), choices=choices, dual_stack=True)
    graph = record(lambda: Network("network", args), preview=True)
    assert graph.named("network-public-a").property_dependencies["ipv6CidrBlock"]


def test_a_closed_network_has_no_subnets_for_ipv6() -> None:
    choices = Choices.model_validate(
        {"cidr": "10.20.0.0/16", "zones": ("eu-central-1a", "eu-central-1b"), "internet": False}
    )
    with pytest.raises(ValueError, match="without internet"):
        Network("network", NetworkArgs(site=site(), choices=choices, dual_stack=True))


@pytest.mark.parametrize(("gateways", "zones"), [(NatGateways.PER_ZONE, "abc"), (NatGateways.SINGLE, "a")])
def test_the_addresses_of_nat_are_those_of_its_gateways(gateways: NatGateways, zones: str) -> None:
    addresses = [f"network-nat-{zone}-address-publicIp" for zone in zones]
    assert _outputs(_network(gateways))["nat_addresses"] == addresses


def test_a_closed_network_has_no_address_of_nat() -> None:
    assert _outputs(_closed())["nat_addresses"] == []


def test_each_tier_has_a_subnet_in_each_zone() -> None:
    subnets = _network(NatGateways.PER_ZONE).of(":Subnet")
    placed = {(subnet.inputs["tags"]["tier"], subnet.inputs["availabilityZone"][-1]) for subnet in subnets}
    assert placed == {(tier, zone) for tier in TIERS for zone in "abc"}


def test_adding_a_zone_changes_no_resource_that_was_there() -> None:
    before, after = _network(NatGateways.PER_ZONE, "ab"), _network(NatGateways.PER_ZONE, "abc")
    made = {resource.urn: resource.inputs for resource in after.resources}
    kept = [resource for resource in before.resources if resource.name != "network-s3" and resource.custom]
    assert all(made[resource.urn] == resource.inputs for resource in kept)
    assert len(after.resources) > len(before.resources)


def test_files_are_reached_without_nat_from_every_private_subnet() -> None:
    inputs = _network(NatGateways.PER_ZONE).named("network-s3").inputs
    assert inputs["serviceName"] == "com.amazonaws.eu-central-1.s3"
    assert inputs["vpcEndpointType"] == "Gateway"
    assert inputs["routeTableIds"] == [f"network-private-{zone}-id" for zone in "abc"]


def test_with_internet_the_gateway_of_s3_lets_read_anywhere_and_write_to_this_account_only() -> None:
    *ours, elsewhere = json.loads(_network(NatGateways.PER_ZONE).named("network-s3").inputs["policy"])["Statement"]
    assert ours == json.loads(_closed().named("network-s3").inputs["policy"])["Statement"]
    assert elsewhere["Action"] == ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"]
    assert (elsewhere["Effect"], elsewhere["Principal"], elsewhere["Resource"]) == ("Allow", "*", "*")


@pytest.mark.parametrize("graph", [_network(NatGateways.PER_ZONE), _closed()], ids=["open", "closed"])
def test_out_of_data_subnets_leads_one_gateway_to_this_accounts_objects_and_image_layers(graph: Graph) -> None:
    isolated = graph.named("network-s3-isolated").inputs
    assert isolated["routeTableIds"] == ["network-data-id"]
    assert isolated["policy"] == _closed().named("network-s3").inputs["policy"]


def test_a_closed_network_holds_exactly_these_resources() -> None:
    kinds = sorted(resource.type.rsplit(":", 1)[-1] for resource in _closed().resources if resource.custom)
    assert kinds == [
        "DefaultSecurityGroup", *["RouteTable"] * 4, *["RouteTableAssociation"] * 6, *["Subnet"] * 6, "Vpc",
        *["VpcEndpoint"] * 2,
    ]  # fmt: skip


def test_a_closed_networks_tables_have_no_route_but_to_s3() -> None:
    gateway = _closed().named("network-s3").inputs
    assert gateway["routeTableIds"] == [f"network-private-{zone}-id" for zone in "abc"]
    assert not [table for table in _closed().of(":RouteTable") if "routes" in table.inputs]


@pytest.mark.parametrize(("graph", "tier"), [(_network(NatGateways.PER_ZONE), "public"), (_closed(), "private")])
def test_the_load_balancer_stands_in_public_subnets_or_where_there_are_none_with_the_tasks(
    graph: Graph, tier: str
) -> None:
    assert _outputs(graph)["edge_subnet_ids"] == [f"network-{tier}-{zone}-id" for zone in "abc"]


def test_behind_cloudfront_the_load_balancer_stands_with_the_tasks_and_nat_where_it_was() -> None:
    graph = _network(NatGateways.PER_ZONE, edge_inside=True)
    assert _outputs(graph)["edge_subnet_ids"] == [f"network-private-{zone}-id" for zone in "abc"]
    gateways = {one.name: one.inputs["subnetId"] for one in graph.of(":NatGateway")}
    assert gateways == {f"network-nat-{zone}": f"network-public-{zone}-id" for zone in "abc"}


def test_through_a_closed_networks_gateway_pass_this_accounts_objects_and_image_layers_only() -> None:
    own, layers = json.loads(_closed().named("network-s3").inputs["policy"])["Statement"]
    bound = {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}
    assert own["Condition"] == {"StringEquals": bound}
    assert layers["Action"] == "s3:GetObject"
    assert layers["Resource"] == "arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*"
    assert own["Effect"] == layers["Effect"] == "Allow"


def test_stores_stand_in_data_subnets_tasks_in_private_and_the_load_balancer_in_public_ones() -> None:
    graph = program()
    data = [f"network-data-{zone}-id" for zone in "abc"]
    assert graph.named("database-subnets").inputs["subnetIds"] == data
    assert graph.named("cache-subnets").inputs["subnetIds"] == data
    assert graph.named("edge-alb").inputs["subnets"] == [f"network-public-{zone}-id" for zone in "abc"]
    placed = {
        service.inputs["name"]: service.inputs["networkConfiguration"]["subnets"]
        for service in graph.of("ecs/service:Service")
    }
    assert placed.pop("sandbox") == data
    assert list(placed.values()) == [[f"network-private-{zone}-id" for zone in "abc"]] * len(placed)
    assert placed


def _outputs(graph: Graph) -> dict[str, Any]:
    (outputs,) = [value for urn, value in graph.component_outputs.items() if urn.endswith("Network::network")]
    return outputs
