"""Where a subnet's routes lead: internet, NAT, gateways of AWS's services."""

from collections.abc import Iterator
from typing import Any, cast

from tests.network.network_index import Index, several
from tests.network.network_parts import is_interface
from tests.network.network_rules import service_of
from tests.network.network_shapes import ANY_IPV4, ANY_IPV6, Range, UnknownShapeError, address_range
from tests.recorder import Recorded

INTERNET = {4: "internet gateway (IPv4)", 6: "internet gateway (IPv6)"}
ADDRESS_TRANSLATION = {4: "NAT (IPv4)", 6: "egress-only gateway (IPv6)"}
"""Ways out that nobody comes in by."""

_VERSIONS = {str(ANY_IPV4): 4, str(ANY_IPV6): 6}
_KEYS = {
    *("gatewayId", "natGatewayId", "egressOnlyGatewayId", "destinationCidrBlock", "destinationIpv6CidrBlock"),
    *("cidrBlock", "ipv6CidrBlock", "routeTableId", "region"),
}


def ways(index: Index) -> dict[str, frozenset[str]]:
    """Subnet -> its ways beyond the VPC. Raises UnknownShapeError for other routes than default ones."""
    tables = _tables(index)
    led = {name: set(_gateways(index, table)) for name, table in tables.items()}
    for name, table in tables.items():
        for route in _routes(index, table):
            led[name] |= set(_way(index, table, route))
    for name, table in tables.items():
        # A NAT gateway is a way only where its own subnet has one.
        if any(
            not led[index.get(gateway.inputs.get("subnetId"), "ec2/subnet:Subnet").name] & {INTERNET[4]}
            for gateway in _translators(index, table)
        ):
            led[name].discard(ADDRESS_TRANSLATION[4])
    return {name: frozenset(found) for name, found in led.items()}


def addresses(index: Index) -> dict[str, tuple[Range, ...]]:
    """Subnet -> its ranges. What AWS assigns at deployment counts as any address of that version."""
    return {subnet.name: tuple(_ranges(subnet)) for subnet in index.graph.of("ec2/subnet:Subnet")}


def _ranges(subnet: Recorded) -> Iterator[Range]:
    if "cidrBlock" in subnet.inputs:
        yield address_range(subnet.inputs["cidrBlock"])
    if subnet.inputs.get("ipv6CidrBlock") or subnet.inputs.get("ipv6Native"):
        try:
            yield address_range(subnet.inputs.get("ipv6CidrBlock"))
        except UnknownShapeError:
            yield ANY_IPV6


def _tables(index: Index) -> dict[str, Recorded]:
    found: dict[str, Recorded] = {}
    for link in index.graph.of("ec2/routeTableAssociation:RouteTableAssociation"):
        subnet = index.get(link.inputs.get("subnetId"), "ec2/subnet:Subnet").name
        if subnet in found:
            raise UnknownShapeError(f"{subnet} has two route tables")
        found[subnet] = index.get(link.inputs.get("routeTableId"), "ec2/routeTable:RouteTable")
    if bare := {subnet.name for subnet in index.graph.of("ec2/subnet:Subnet")} - found.keys():
        raise UnknownShapeError(f"the VPC's main route table decides about {', '.join(sorted(bare))}")
    return found


def _routes(index: Index, table: Recorded) -> Iterator[dict[str, Any]]:
    yield from (cast("dict[str, Any]", entry) for entry in several(table.inputs.get("routes")))
    for route in index.graph.of("ec2/route:Route"):
        if index.get(route.inputs.get("routeTableId"), "ec2/routeTable:RouteTable") is table:
            yield route.inputs


def _way(index: Index, table: Recorded, route: dict[str, Any]) -> Iterator[str]:
    if strange := {name for name, value in route.items() if value not in (None, "")} - _KEYS:
        raise UnknownShapeError(f"{table.name} has a route with {', '.join(sorted(strange))}")
    names = ("destinationCidrBlock", "destinationIpv6CidrBlock", "cidrBlock", "ipv6CidrBlock")
    destinations = [route[name] for name in names if route.get(name)]
    version = _VERSIONS.get(destinations[0]) if len(destinations) == 1 else None
    if version is None:
        raise UnknownShapeError(f"{table.name} has a route to {destinations}")
    if route.get("gatewayId"):
        index.get(route["gatewayId"], "ec2/internetGateway:InternetGateway")
        yield INTERNET[version]
    elif route.get("natGatewayId") and version == 4:
        gateway = index.get(route["natGatewayId"], "ec2/natGateway:NatGateway")
        if gateway.inputs.get("connectivityType", "public") != "public":
            raise UnknownShapeError(f"{gateway.name} is a private NAT gateway")
        yield ADDRESS_TRANSLATION[4]
    elif route.get("egressOnlyGatewayId") and version == 6:
        index.get(route["egressOnlyGatewayId"], "ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway")
        yield ADDRESS_TRANSLATION[6]
    else:
        raise UnknownShapeError(f"{table.name} has a route to {destinations[0]} by an unknown gateway")


def _translators(index: Index, table: Recorded) -> Iterator[Recorded]:
    for route in _routes(index, table):
        if route.get("natGatewayId"):
            yield index.get(route["natGatewayId"], "ec2/natGateway:NatGateway")


def _gateways(index: Index, table: Recorded) -> Iterator[str]:
    """Names of AWS's services to which an endpoint is a route of `table`."""
    for endpoint in index.graph.of("ec2/vpcEndpoint:VpcEndpoint"):
        if is_interface(endpoint):
            continue
        for value in several(endpoint.inputs.get("routeTableIds")):
            if index.get(value, "ec2/routeTable:RouteTable") is table:
                yield f"gateway {service_of(endpoint)}"
