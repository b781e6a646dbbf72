"""A network without internet: nothing leaves it but calls of AWS's APIs, and each of those finds its endpoint.

What this does not prove: that AWS's own services, once reached, send nothing on, and that names resolved by the VPC's
DNS resolver carry nothing out.
"""

from collections.abc import Callable

import pulumi
import pytest
from pulumi_aws import ec2, ecs, lb, vpc

from components.iam import allow, role
from components.package_index import PackageIndex, PackageIndexArgs
from dify.flows import ENDPOINTS, OUTBOUND, STARTED_BY_AWS
from settings.endpoints import CLOSED
from tests.components.component_graphs import ACCOUNT, site
from tests.network.aws_calls import called_services, images_from_outside, reached_services, ways_out
from tests.network.network_graphs import PARTS, network
from tests.recorder import Graph, record

TASKS = [part for part, kind in PARTS.items() if kind in STARTED_BY_AWS]


def _egress(graph: Graph, part: str) -> list[dict[str, object]]:
    rules = graph.of(":SecurityGroupEgressRule")
    return [rule.inputs for rule in rules if rule.inputs["securityGroupId"] == f"firewall-{part}-id"]


def _with_role(service: str, actions: list[str]) -> Graph:
    opts = pulumi.ResourceOptions()
    statements = [allow("Calls", actions, "*")]
    return record(lambda: role("task", service=service, site=site(), statements=statements, opts=opts))


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_a_closed_network_has_no_way_out(preview: bool) -> None:
    assert ways_out(network(internet=False, preview=preview)) == []


def test_an_open_network_has_gateways_and_routes_and_lets_out_whom_it_should() -> None:
    found = set(ways_out(network(internet=True)))
    assert {"network-internet", "network-public-out", "network-nat-a", "network-private-c-out"} <= found
    leaving = {part for part in TASKS if f"firewall-{part}-out" in found}
    assert leaving == {part for part, kind in PARTS.items() if kind in OUTBOUND}


@pytest.mark.parametrize(
    "build",
    [
        lambda: ec2.InternetGateway("found", vpc_id="vpc"),
        lambda: ec2.EgressOnlyInternetGateway("found", vpc_id="vpc"),
        lambda: ec2.NatGateway("found", subnet_id="subnet"),
        lambda: ec2.Eip("found", domain="vpc"),
        lambda: ec2.Route("found", route_table_id="table", destination_cidr_block="0.0.0.0/0", gateway_id="gateway"),
        lambda: ec2.Route("found", route_table_id="table", destination_ipv6_cidr_block="::/0", gateway_id="gateway"),
        lambda: ec2.RouteTable("found", vpc_id="vpc", routes=[{"cidr_block": "0.0.0.0/0", "gateway_id": "gateway"}]),
        lambda: vpc.SecurityGroupEgressRule(
            "found",
            security_group_id="group",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4="198.51.100.7/32",
        ),
        lambda: vpc.SecurityGroupEgressRule("found", security_group_id="group", ip_protocol="-1", cidr_ipv6="::/0"),
        lambda: ec2.SecurityGroup(
            "found", egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}]
        ),
        lambda: lb.LoadBalancer("found", subnets=["subnet"]),
        lambda: ecs.Service("found", network_configuration={"subnets": ["subnet"], "assign_public_ip": True}),
    ],
)
def test_every_kind_of_way_out_is_found(build: Callable[[], object]) -> None:
    assert ways_out(record(build)) == ["found"]


def test_a_private_load_balancer_and_a_task_without_address_are_no_way_out() -> None:
    def build() -> None:
        lb.LoadBalancer("balancer", internal=True, subnets=["subnet"])
        ecs.Service("service", network_configuration={"subnets": ["subnet"]})

    assert ways_out(record(build)) == []


@pytest.mark.parametrize("part", TASKS)
def test_whatever_aws_starts_reaches_the_endpoints_and_s3_and_no_address(part: str) -> None:
    rules = _egress(network(internet=False), part)
    to_endpoints = [rule for rule in rules if rule.get("referencedSecurityGroupId") == f"firewall-{ENDPOINTS}-id"]
    assert [rule["fromPort"] for rule in to_endpoints] == [443]
    assert [rule["fromPort"] for rule in rules if rule.get("prefixListId") == "network-s3-prefixListId"] == [443]
    assert not [rule for rule in rules if "cidrIpv4" in rule or "cidrIpv6" in rule]


def test_the_endpoints_admit_exactly_what_aws_starts() -> None:
    rules = network(internet=False).of(":SecurityGroupIngressRule")
    admitted = {
        (rule.inputs["referencedSecurityGroupId"], rule.inputs["fromPort"])
        for rule in rules
        if rule.inputs["securityGroupId"] == f"firewall-{ENDPOINTS}-id"
    }
    assert admitted == {(f"firewall-{part}-id", 443) for part in TASKS}


def test_private_and_data_subnets_have_the_same_addresses_with_and_without_internet() -> None:
    placed = [
        {subnet.name: subnet.inputs["cidrBlock"] for subnet in network(internet=internet).of(":Subnet")}
        for internet in (True, False)
    ]
    assert {name: block for name, block in placed[0].items() if "-public-" not in name} == placed[1]


def test_every_api_that_the_package_index_needs_is_reached() -> None:
    def build() -> None:
        index = PackageIndex("packages", PackageIndexArgs(site=site(), key_arn="key"))
        opts = pulumi.ResourceOptions()
        statements = index.read_statements()
        role("daemon", service="ecs-tasks.amazonaws.com", site=site(), statements=statements, opts=opts)

    called = called_services(record(build))
    assert called == {"codeartifact.api", "codeartifact.repositories", "sts"}
    assert called <= reached_services(network(internet=False))


def test_a_closed_network_reaches_s3_and_every_service_that_it_is_said_to_need() -> None:
    assert reached_services(network(internet=False)) == {*CLOSED, "s3", "email-smtp"}


@pytest.mark.parametrize(
    ("action", "services"),
    [
        ("cloudwatch:PutMetricData", {"monitoring"}),
        ("ecr:BatchGetImage", {"ecr.api", "ecr.dkr"}),
        ("lambda:InvokeFunction", {"lambda"}),
        ("es:ESHttpPost", set[str]()),
        ("iam:PassRole", set[str]()),
        ("iam:GetRole", {"iam"}),
    ],
)
@pytest.mark.parametrize("caller", ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"])
def test_a_permission_of_a_task_or_function_names_the_endpoint_that_it_needs(
    caller: str, action: str, services: set[str]
) -> None:
    assert called_services(_with_role(caller, [action])) == services


def test_what_aws_does_by_itself_needs_no_endpoint_here() -> None:
    assert called_services(_with_role("backup.amazonaws.com", ["backup:StartBackupJob"])) == set()


def test_an_image_from_another_registry_is_found() -> None:
    ours = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/dify/api@sha256:{'0' * 64}"

    def build() -> None:
        for number, image in enumerate((ours, "langgenius/dify-api:1.17.1")):
            containers = pulumi.Output.json_dumps([{"name": "one", "image": image}])
            ecs.TaskDefinition(f"definition-{number}", family="one", container_definitions=containers)

    assert images_from_outside(record(build)) == {"langgenius/dify-api:1.17.1"}
