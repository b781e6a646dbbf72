"""VPC endpoints: AWS inside the network, for callers of this account, under the names that every SDK uses."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from .documents import Statement, statements
from .graph import Graph
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import INTERNET_GATEWAY, VPC, VPC_ENDPOINT
from .values import is_true

ACCESS = "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html"
NAMES = "https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html"

NEEDED = ("s3", "ecr.api", "ecr.dkr", "logs", "secretsmanager")
"""Without these a Fargate task gets neither image nor secrets nor log (Amazon ECS Developer Guide, interface VPC
endpoints; Amazon ECR User Guide, same)."""

WITHOUT_POLICY = ("email-smtp",)
"""Services whose endpoint no IAM policy could judge: SMTP is no AWS API."""


def is_gateway(endpoint: Resource) -> bool:
    """Whether it is a route, which is AWS's default, and not an interface."""
    return (endpoint.get("vpcEndpointType") or "Gateway") == "Gateway"


def _is_closed(network: Resource, graph: Graph) -> bool:
    return not graph.pointing_at(network, "vpcId", INTERNET_GATEWAY)


def _service(endpoint: Resource) -> str:
    """`ecr.api` of `com.amazonaws.eu-central-1.ecr.api`."""
    return ".".join(str(endpoint.get("serviceName")).split(".")[3:])


def _names_what_it_opens(statement: Statement) -> bool:
    resources: tuple[Any, ...] = statement.resources
    return bool(resources) and not any(str(resource) == "*" or str(resource).endswith(":::*") for resource in resources)


@rule(
    "vpc-endpoint-must-bind-its-callers",
    VPC_ENDPOINT,
    severity=Severity.HIGH,
    description="The policy of an endpoint admits callers of an account or organisation, or names what others reach.",
    remediation="Give every statement the condition StringEquals aws:PrincipalAccount, or the resources it is about.",
    references=References(practice="SEC03-BP07"),
    url=ACCESS,
)
def binds_callers(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if is_gateway(resource):
        # A network with internet reaches every public file anyway; its gateway only shortens the way.
        networks = graph.linked(resource, "vpcId", VPC)
        if not any(_is_closed(network, graph) for network in networks):
            return
    elif _service(resource) in WITHOUT_POLICY:
        return
    if not resource.has("policy"):
        yield "has no policy, so the credentials of any account pass"
        return
    for statement in statements(resource.props["policy"], "policy"):
        if statement.is_public and not _names_what_it_opens(statement):
            yield "lets the credentials of any account pass"


@rule(
    "vpc-endpoint-must-answer-to-the-usual-name",
    VPC_ENDPOINT,
    severity=Severity.HIGH,
    description="An interface endpoint answers to the service's public name, so that no call goes around it.",
    remediation="Set privateDnsEnabled to true.",
    references=References(practice="SEC05-BP02"),
    url=NAMES,
)
def answers_to_usual_name(resource: Resource) -> Iterator[Finding]:
    if not is_gateway(resource):
        yield from expect(resource, "privateDnsEnabled", is_true, "privateDnsEnabled is not true")


@rule(
    "vpc-closed-network-must-reach-aws",
    VPC,
    severity=Severity.HIGH,
    description="A network without internet gateway has the endpoints without which no task starts.",
    remediation=f"Add endpoints for {', '.join(NEEDED)}.",
    references=References(fsbp="EC2.55, EC2.56"),
)
def closed_network_reaches_aws(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if not _is_closed(resource, graph):
        return
    reached = {_service(endpoint) for endpoint in graph.pointing_at(resource, "vpcId", VPC_ENDPOINT)}
    missing = [service for service in NEEDED if service not in reached]
    if missing:
        yield f"has neither a way to the internet nor endpoints for {', '.join(missing)}"
