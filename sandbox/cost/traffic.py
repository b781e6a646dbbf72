"""The network: the load balancer, ways out, endpoints, addresses and what passes them."""

from collections.abc import Iterator

from sandbox.cost.line import HOURS, Line, steady, unpriced
from sandbox.cost.stack import Stack
from sandbox.cost.usage import Usage

_PART = "network"


def traffic(stack: Stack, usage: Usage) -> Iterator[Line]:
    """Gateways of S3 cost nothing."""
    home = stack.home
    addresses = 0
    for one in stack.of("lb/loadBalancer:LoadBalancer"):
        yield steady(_PART, "load balancer", "load-balancer", home, HOURS)
        units = usage.capacity_units * HOURS
        yield steady(_PART, "load balancer: capacity", "load-balancer-capacity", home, units, assumed=True)
        addresses += 0 if one.get("internal") else len(one["subnets"])
    gateways = len(stack.of("ec2/natGateway:NatGateway"))
    if gateways:
        yield steady(_PART, f"NAT gateways, {gateways} x", "nat-gateway", home, gateways * HOURS)
        yield steady(_PART, "NAT gateways: data", "nat-gateway-data", home, usage.nat_gb, assumed=True)
    addresses += len(stack.of("ec2/eip:Eip"))
    if addresses:
        yield steady(_PART, f"public addresses, {addresses} x", "public-address", home, addresses * HOURS)
    interfaces = [one for one in stack.of("ec2/vpcEndpoint:VpcEndpoint") if one.get("vpcEndpointType") == "Interface"]
    if interfaces:
        zones = sum(len(one["subnetIds"]) for one in interfaces)
        yield steady(_PART, f"endpoints, {len(interfaces)} in {zones} places", "endpoint", home, zones * HOURS)
        yield steady(_PART, "endpoints: data", "endpoint-data", home, usage.endpoint_gb, assumed=True)
    yield steady(_PART, "data to the internet", "internet-data", home, usage.internet_gb, assumed=True)
    yield steady(_PART, "data between zones", "zone-data", home, 2 * usage.zone_gb, assumed=True)
    for _ in stack.of("cloudfront/distribution:Distribution"):
        yield unpriced(_PART, "CloudFront", home, "by GB and requests, by where users are")
