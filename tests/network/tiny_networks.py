"""Networks of a few resources, made by hand to try the analysis on."""

# Resources are made of plain mappings here, which the SDK's types do not follow.
# pyright: reportArgumentType=false, reportCallIssue=false, reportUnknownVariableType=false

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_aws import cloudfront, ec2, ecs, lb, vpc

from tests.recorder import Graph, record

OPEN_IPV4, OPEN_IPV6 = {"cidr_ipv4": "0.0.0.0/0"}, {"cidr_ipv6": "::/0"}
TO_INTERNET = {"destination_cidr_block": "0.0.0.0/0", "gateway_id": "gateway-id"}
TO_INTERNET_IPV6 = {"destination_ipv6_cidr_block": "::/0", "gateway_id": "gateway-id"}


@dataclass(frozen=True, kw_only=True)
class Tiny:
    """A load balancer `entry` in the subnet `front`, a service `app` in the subnet `back`, a group and a route table
    for each. `admits` are rules of the entry's group on 443. `more` registers what else there is."""

    admits: Sequence[Mapping[str, Any]] = ()
    routes: Sequence[Mapping[str, Any]] = ()
    back_routes: Sequence[Mapping[str, Any]] = ()
    subnet: Mapping[str, Any] = field(default_factory=dict[str, Any])
    entry: Mapping[str, Any] = field(default_factory=dict[str, Any])
    app: Mapping[str, Any] = field(default_factory=dict[str, Any])
    service: Mapping[str, Any] = field(default_factory=dict[str, Any])
    app_group: Mapping[str, Any] = field(default_factory=dict[str, Any])
    more: Callable[[], object] = lambda: None

    def graph(self) -> Graph:
        """The recording."""
        return record(self._build)

    def _build(self) -> None:
        ec2.Vpc("net", cidr_block="10.0.0.0/16")
        ec2.InternetGateway("gateway", vpc_id="net-id")
        for place, block, more in (("front", "10.0.0.0/24", self.subnet), ("back", "10.0.1.0/24", {})):
            subnet = ec2.Subnet(place, vpc_id="net-id", cidr_block=block, **more)
            table = ec2.RouteTable(f"{place}-table", vpc_id="net-id")
            ec2.RouteTableAssociation(f"{place}-link", subnet_id=subnet.id, route_table_id=table.id)
            for number, route in enumerate(self.routes if place == "front" else self.back_routes):
                ec2.Route(f"{place}-route-{number}", route_table_id=table.id, **route)
        ec2.SecurityGroup("entry-group", vpc_id="net-id")
        ec2.SecurityGroup("app-group", vpc_id="net-id", **self.app_group)
        balancer = {"subnets": ["front-id"], "security_groups": ["entry-group-id"], **self.entry}
        lb.LoadBalancer("entry-alb", **balancer)
        network = {"subnets": ["back-id"], "security_groups": ["app-group-id"], **self.app}
        ecs.Service("app-service", network_configuration=network, **self.service)
        for number, peer in enumerate(self.admits):
            admit(f"admitted-{number}", "entry-group-id", 443, **peer)
        self.more()


def admit(name: str, group: str, port: int, **peer: Any) -> None:
    """A rule that lets TCP in."""
    vpc.SecurityGroupIngressRule(name, security_group_id=group, ip_protocol="tcp", from_port=port, to_port=port, **peer)


def send(name: str, group: str, port: int, **peer: Any) -> None:
    """A rule that lets TCP out."""
    vpc.SecurityGroupEgressRule(name, security_group_id=group, ip_protocol="tcp", from_port=port, to_port=port, **peer)


def both(source: str, target: str, port: int) -> None:
    """A rule on both ends, between the groups of two parts."""
    send(f"{source}-{target}-out", f"{source}-group-id", port, referenced_security_group_id=f"{target}-group-id")
    admit(f"{source}-{target}-in", f"{target}-group-id", port, referenced_security_group_id=f"{source}-group-id")


def s3_gateway() -> None:
    """A gateway to S3 for the subnet of the app, and a rule that uses it."""
    ec2.VpcEndpoint(
        "files", vpc_id="net-id", service_name="com.amazonaws.eu-central-1.s3", route_table_ids=["back-table-id"]
    )
    send("app-files", "app-group-id", 443, prefix_list_id="files-prefixListId")


def delivered(**distribution: object) -> Callable[[], None]:
    """CloudFront before the entry, with other settings of the distribution."""

    def build() -> None:
        config = {
            "name": "entry",
            "arn": "entry-alb-arn",
            "http_port": 80,
            "https_port": 443,
            "origin_protocol_policy": "https-only",
            "origin_ssl_protocols": {"items": ["TLSv1.2"], "quantity": 1},
        }
        cloudfront.VpcOrigin("origin", vpc_origin_endpoint_config=config)
        behavior = {
            "target_origin_id": "one",
            "viewer_protocol_policy": "redirect-to-https",
            "allowed_methods": ["GET", "HEAD"],
            "cached_methods": ["GET", "HEAD"],
        }
        given = {
            "enabled": True,
            "origins": [
                {"origin_id": "one", "domain_name": "one", "vpc_origin_config": {"vpc_origin_id": "origin-id"}}
            ],
            "default_cache_behavior": behavior,
            "restrictions": {"geo_restriction": {"restriction_type": "none"}},
            "viewer_certificate": {"cloudfront_default_certificate": True},
        }
        cloudfront.Distribution("distribution", **{**given, **distribution})

    return build
