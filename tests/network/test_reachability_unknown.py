"""What the analysis does not understand is an error: only so is its silence a proof."""

# Resources are made of plain mappings here, which the SDK's types do not follow.
# pyright: reportArgumentType=false, reportCallIssue=false

from collections.abc import Callable

import pytest
from pulumi_aws import apigatewayv2, cloudformation, ec2, lambda_, opensearch, scheduler, vpc

from tests.network.network_shapes import UnknownShapeError
from tests.network.reachability import reachable
from tests.network.tiny_networks import Tiny, delivered, s3_gateway

IN_THE_CLEAR = {
    "target_origin_id": "one",
    "viewer_protocol_policy": "allow-all",
    "allowed_methods": ["GET", "HEAD"],
    "cached_methods": ["GET", "HEAD"],
}


def _rule(**given: object) -> Callable[[], object]:
    return lambda: vpc.SecurityGroupIngressRule("strange", security_group_id="app-group-id", **given)


TCP = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (_rule(**TCP), "names 0 other ends"),
        (_rule(**TCP, cidr_ipv4="10.0.0.0/8", cidr_ipv6="::/0"), "names 2 other ends"),
        (_rule(**TCP, cidr_ipv4="everywhere"), "no address range"),
        (_rule(**TCP, prefix_list_id="pl-0123456789"), "no ManagedPrefixList of this graph"),
        (_rule(**TCP, referenced_security_group_id="sg-0123456789"), "no SecurityGroup of this graph"),
        (_rule(ip_protocol="icmp", from_port=8, to_port=0, cidr_ipv4="10.0.0.0/8"), "protocol icmp"),
        (_rule(ip_protocol="tcp", cidr_ipv4="10.0.0.0/8"), "ports None"),
        (lambda: ec2.SecurityGroup("idle", vpc_id="net-id"), "nothing stands in idle"),
        (lambda: ec2.DefaultSecurityGroup("default", ingress=[{**TCP, "protocol": "tcp"}]), "default has rules"),
        (lambda: ec2.NetworkAcl("acl", vpc_id="net-id"), "networkAcl"),
        (lambda: ec2.VpcPeeringConnection("peer", vpc_id="net-id", peer_vpc_id="vpc-1"), "vpcPeeringConnection"),
        (
            lambda: ec2.SecurityGroupRule(
                "old", security_group_id="app-group-id", type="ingress", protocol="-1", from_port=0, to_port=0
            ),
            "securityGroupRule",
        ),
        (lambda: ec2.Vpc("second", cidr_block="10.1.0.0/16"), "two networks"),
        (lambda: ec2.Subnet("bare", vpc_id="net-id", cidr_block="10.0.2.0/24"), "main route table"),
        (
            lambda: ec2.Route(
                "narrow", route_table_id="back-table-id", destination_cidr_block="10.9.0.0/16", gateway_id="gateway-id"
            ),
            "has a route to",
        ),
        (
            lambda: ec2.Route(
                "peered",
                route_table_id="back-table-id",
                destination_cidr_block="0.0.0.0/0",
                vpc_peering_connection_id="pcx-1",
            ),
            "vpcPeeringConnectionId",
        ),
        (lambda: lambda_.FunctionUrl("url", function_name="one", authorization_type="NONE"), "functionUrl"),
        (
            lambda: cloudformation.Stack(
                "template", template_body='{"Resources": {"Way": {"Type": "AWS::EC2::Route"}}}'
            ),
            "Way is a AWS::EC2::Route",
        ),
        (lambda: apigatewayv2.Api("api", protocol_type="HTTP"), "apigatewayv2"),
        (lambda: opensearch.Domain("search-domain", engine_version="OpenSearch_2.19"), "outside the network"),
        (
            lambda: scheduler.Schedule(
                "nightly",
                flexible_time_window={"mode": "OFF"},
                schedule_expression="rate(1 day)",
                target={
                    "arn": "cluster",
                    "role_arn": "role",
                    "ecs_parameters": {"task_definition_arn": "one", "network_configuration": {"subnets": ["back-id"]}},
                },
            ),
            "scheduler",
        ),
    ],
)
def test_what_is_not_understood_is_an_error_and_no_silence(more: Callable[[], object], says: str) -> None:
    with pytest.raises(UnknownShapeError, match=says):
        reachable(Tiny(more=more).graph())


@pytest.mark.parametrize(
    ("network", "says"),
    [
        (Tiny(app={"security_groups": []}), "the VPC's defaults"),
        (Tiny(more=delivered(default_cache_behavior=IN_THE_CLEAR)), "in the clear"),
        (Tiny(more=delivered(origins=[{"origin_id": "one", "domain_name": "example.com"}])), "outside the network"),
        (Tiny(entry={"load_balancer_type": "network"}), "no application load balancer"),
        (Tiny(entry={"ip_address_type": "ipv8"}), "addresses of type ipv8"),
        (Tiny(admits=[{"prefix_list_id": "files-prefixListId"}], more=s3_gateway), "asks nobody"),
    ],
)
def test_a_place_or_an_admission_that_makes_no_sense_is_an_error(network: Tiny, says: str) -> None:
    with pytest.raises(UnknownShapeError, match=says):
        reachable(network.graph())
