"""Tiers of the network over the whole graph: the internet ends at the load balancer, the data tier behind the tasks."""

from collections.abc import Iterator
from dataclasses import dataclass

from pulumi_policy import Severity

from .graph import Graph
from .resource import Resource
from .rule import Finding, References, rule
from .security_groups import admissions, groups_of
from .tokens import (
    AURORA,
    CACHE,
    CACHE_SUBNETS,
    DATABASE,
    DATABASE_PROXY,
    DATABASE_SUBNETS,
    FUNCTION,
    INTERNET_GATEWAY,
    LOAD_BALANCER,
    NAT_GATEWAY,
    ROUTE,
    ROUTE_TABLE,
    SEARCH,
    SERVICE,
    SUBNET,
    VPC_ENDPOINT,
)
from .values import UNKNOWN, look

ZONES = "https://docs.aws.amazon.com/wellarchitected/latest/framework/rel_fault_isolation_multiaz_region_system.html"
LAYERS = "https://docs.aws.amazon.com/wellarchitected/latest/framework/sec_network_protection_create_layers.html"


@dataclass(frozen=True)
class Placement:
    """Where a type names its security groups and its subnets; empty where it has none."""

    groups: str
    subnets: str


PLACEMENTS = {
    DATABASE: Placement("vpcSecurityGroupIds", ""),
    AURORA: Placement("vpcSecurityGroupIds", ""),
    DATABASE_PROXY: Placement("vpcSecurityGroupIds", "vpcSubnetIds"),
    CACHE: Placement("securityGroupIds", ""),
    SEARCH: Placement("vpcOptions", "vpcOptions"),
    SERVICE: Placement("networkConfiguration", "networkConfiguration"),
    FUNCTION: Placement("vpcConfig", "vpcConfig"),
    LOAD_BALANCER: Placement("securityGroups", "subnets"),
    DATABASE_SUBNETS: Placement("", "subnetIds"),
    CACHE_SUBNETS: Placement("", "subnetIds"),
    VPC_ENDPOINT: Placement("securityGroupIds", "subnetIds"),
}

STORES = (DATABASE, AURORA, DATABASE_PROXY, CACHE, SEARCH)
"""What answers with data, by itself or for another."""


@rule(
    "vpc-data-tier-must-be-behind-the-tasks",
    *STORES,
    severity=Severity.CRITICAL,
    description="Stores admit security groups only, and none that the internet reaches directly.",
    remediation="Let the store's group admit the tasks' group by referencedSecurityGroupId; open nothing else to it.",
    references=References(fsbp="EC2.19, RDS.2", cis="5.3", practice="SEC05-BP01"),
)
def data_tier_behind_tasks(resource: Resource, graph: Graph) -> Iterator[Finding]:
    admitted = admissions(graph)
    groups = groups_of(graph, resource, PLACEMENTS[resource.type].groups)
    if not groups:
        yield "has no security group of this stack"
    for group in groups:
        if admitted[group.urn].by_address:
            yield f"{group.name} admits addresses"
        for source in graph.those(admitted[group.urn].groups):
            if admitted[source.urn].from_world:
                yield f"{group.name} admits {source.name}, which the internet reaches"


@rule(
    "ecs-service-must-be-behind-the-load-balancer",
    SERVICE,
    severity=Severity.CRITICAL,
    description="Tasks admit security groups only: the internet reaches the load balancer and nothing behind it.",
    remediation="Let the tasks' group admit the load balancer's group by referencedSecurityGroupId.",
    references=References(fsbp="EC2.18, ECS.2", practice="SEC05-BP01"),
)
def tasks_behind_load_balancer(resource: Resource, graph: Graph) -> Iterator[Finding]:
    admitted = admissions(graph)
    groups = groups_of(graph, resource, "networkConfiguration")
    if not groups:
        yield "has no security group of this stack"
    for group in groups:
        if admitted[group.urn].by_address:
            yield f"{group.name} admits addresses"


@rule(
    "ec2-placement-must-have-a-security-group",
    FUNCTION,
    LOAD_BALANCER,
    VPC_ENDPOINT,
    severity=Severity.HIGH,
    description="What is in the network is in a security group of the stack, not in the network's default one.",
    remediation="Name a security group of this stack in securityGroups, securityGroupIds or vpcConfig.",
    references=References(checkov="CKV2_AWS_5", practice="SEC05-BP02"),
    url=LAYERS,
)
def has_security_group(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if resource.type == FUNCTION and not resource.has("vpcConfig"):
        return
    if resource.type == VPC_ENDPOINT and (resource.get("vpcEndpointType") or "Gateway") == "Gateway":
        return
    if not groups_of(graph, resource, PLACEMENTS[resource.type].groups):
        yield "is in no security group of this stack"


@rule(
    "ec2-private-subnet-must-not-lead-to-the-internet",
    SERVICE,
    FUNCTION,
    DATABASE_PROXY,
    DATABASE_SUBNETS,
    CACHE_SUBNETS,
    SEARCH,
    severity=Severity.CRITICAL,
    description="Tasks, functions and stores are in subnets whose route table has no internet gateway.",
    remediation="Associate the subnet with a route table that leads to a NAT gateway or nowhere.",
    references=References(practice="SEC05-BP01", checkov="CKV2_AWS_35"),
    url=LAYERS,
)
def private_subnets(resource: Resource, graph: Graph) -> Iterator[Finding]:
    name = PLACEMENTS[resource.type].subnets
    if resource.type == FUNCTION and not resource.has(name):
        return
    subnets = graph.linked(resource, name, SUBNET)
    if not subnets:
        yield "is in no subnet of this stack"
    for subnet in subnets:
        tables = graph.route_tables(subnet)
        if not tables:
            yield f"{subnet.name} has no route table of its own, so the main one decides"
        if any(graph.leads_to_internet_gateway(table) for table in tables):
            yield f"{subnet.name} leads to an internet gateway"


@rule(
    "ec2-private-subnet-must-have-no-ipv6",
    SUBNET,
    severity=Severity.HIGH,
    description="Only subnets that lead to the internet gateway have IPv6 addresses, which no NAT gateway hides.",
    remediation="Remove ipv6CidrBlock from private and data subnets.",
    references=References(practice="SEC05-BP01"),
    url=LAYERS,
)
def private_subnets_without_ipv6(resource: Resource, graph: Graph) -> Iterator[Finding]:
    tables = graph.route_tables(resource)
    if tables and all(graph.leads_to_internet_gateway(table) for table in tables):
        return
    for name in ("ipv6CidrBlock", "ipv6IpamPoolId"):
        if _is_set(resource, name, graph):
            yield f"is private and has {name}"


@rule(
    "ec2-ipv6-route-must-leave-public-subnets-only",
    ROUTE,
    ROUTE_TABLE,
    severity=Severity.CRITICAL,
    description="IPv6 leads from public subnets to the internet gateway, and from private ones nowhere: an egress-only "
    "gateway lets everything out.",
    remediation="Remove the route, or have it in the table of the public subnets and lead to the internet gateway.",
    references=References(practice="SEC05-BP01", checkov="CKV2_AWS_35"),
    url=LAYERS,
)
def ipv6_from_public_subnets(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if resource.type == ROUTE:
        is_ipv6 = resource.get("destinationIpv6CidrBlock") is not None
        tables, gateway = graph.linked(resource, "routeTableId", ROUTE_TABLE), "gatewayId"
    else:
        is_ipv6 = any(look(inline, "ipv6CidrBlock") for inline in _inline_routes(resource, graph))
        tables, gateway = [resource], "routes"
    if not is_ipv6:
        return
    if not graph.linked(resource, gateway, INTERNET_GATEWAY):
        yield "leads IPv6 past the internet gateway"
    for table in tables:
        if not _leads_ipv4_to_internet_gateway(table, graph):
            yield f"leads IPv6 out of {table.name}, whose subnets are private"


def _inline_routes(table: Resource, graph: Graph) -> list[object]:
    return table.entries("routes") if _is_set(table, "routes", graph) else []


def _is_set(resource: Resource, name: str, graph: Graph) -> bool:
    """Whether the program gives the property a value. A preview knows none of what AWS fills in, and an unknown value
    that comes from no resource is such a one: the program cannot have made it."""
    value: object = resource.props.get(name)
    return bool(graph.linked(resource, name)) if value is UNKNOWN else value not in (None, "", [])


def _leads_ipv4_to_internet_gateway(table: Resource, graph: Graph) -> bool:
    inline = any(look(entry, "cidrBlock") for entry in _inline_routes(table, graph))
    if inline and graph.linked(table, "routes", INTERNET_GATEWAY):
        return True
    return any(
        route.has("destinationCidrBlock") and graph.linked(route, "gatewayId", INTERNET_GATEWAY)
        for route in graph.pointing_at(table, "routeTableId", ROUTE)
    )


@rule(
    "ec2-placement-must-span-zones",
    SERVICE,
    FUNCTION,
    LOAD_BALANCER,
    DATABASE_PROXY,
    DATABASE_SUBNETS,
    CACHE_SUBNETS,
    SEARCH,
    VPC_ENDPOINT,
    severity=Severity.HIGH,
    description="What takes requests, holds data or runs in the network has subnets in two availability zones or more.",
    remediation="Give it one subnet per availability zone of the network.",
    references=References(fsbp="ELB.13, Lambda.5", practice="REL10-BP01"),
    production_only=True,
)
def spans_zones(resource: Resource, graph: Graph) -> Iterator[Finding]:
    name = PLACEMENTS[resource.type].subnets
    if resource.type == VPC_ENDPOINT and (resource.get("vpcEndpointType") or "Gateway") == "Gateway":
        return  # a gateway endpoint, the default, is a route and has no zone
    if resource.type == FUNCTION and not resource.has(name):
        return
    zones = graph.zones(graph.linked(resource, name, SUBNET))
    if len(zones) < 2:
        yield f"is in {len(zones)} availability zone(s)"


@rule(
    "ec2-nat-gateway-must-serve-its-own-zone",
    ROUTE,
    severity=Severity.HIGH,
    description="A route to a NAT gateway stays in its availability zone, so that losing one zone costs one zone.",
    remediation="Have one NAT gateway and one private route table per availability zone (natGateways: per-zone).",
    references=References(practice="REL10-BP01"),
    url=ZONES,
    production_only=True,
)
def nat_in_own_zone(resource: Resource, graph: Graph) -> Iterator[Finding]:
    for gateway in graph.linked(resource, "natGatewayId", NAT_GATEWAY):
        here = graph.zones(graph.linked(gateway, "subnetId", SUBNET))
        tables = graph.linked(resource, "routeTableId", ROUTE_TABLE)
        served = graph.zones(subnet for table in tables for subnet in graph.subnets(table))
        if not here or not served:
            yield f"the zones of {gateway.name} and of the subnets it serves cannot be told"
        elif served != here:
            yield f"leads from {', '.join(sorted(served))} to {gateway.name} in {', '.join(sorted(here))}"
