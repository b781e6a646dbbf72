"""VPC endpoints: AWS inside the network, for callers of this account, under the names that every SDK uses."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from .documents import OWNERS, Statement, statements
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

READS = frozenset({"s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"})
"""What takes nothing out but names."""

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


def _only_reads(statement: Statement) -> bool:
    actions: tuple[Any, ...] = statement.actions
    return bool(actions) and {str(action) for action in actions} <= READS


def _may_read_elsewhere(endpoint: Resource, graph: Graph) -> bool:
    """A network with internet reaches every public file anyway; its gateway only shortens the way."""
    networks = graph.linked(endpoint, "vpcId", VPC)
    return is_gateway(endpoint) and bool(networks) and not any(_is_closed(one, graph) for one in networks)


@rule(
    "vpc-endpoint-must-bind-its-callers",
    VPC_ENDPOINT,
    severity=Severity.HIGH,
    description="The policy of an endpoint admits callers of an account or organisation, or names what others reach. "
    "Through the gateway of a network with internet anybody may read objects, and nobody write elsewhere.",
    remediation="Give every statement the condition StringEquals aws:PrincipalAccount, or the resources it is about.",
    references=References(practice="SEC03-BP07"),
    url=ACCESS,
)
def binds_callers(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if not is_gateway(resource) and _service(resource) in WITHOUT_POLICY:
        return
    if not resource.has("policy"):
        yield "has no policy, so the credentials of any account pass"
        return
    may_read = _may_read_elsewhere(resource, graph)
    for statement in statements(resource.props["policy"], "policy"):
        if not statement.is_public or _names_what_it_opens(statement) or (may_read and _only_reads(statement)):
            continue
        yield "lets the credentials of any account pass"


@rule(
    "vpc-gateway-must-bind-what-is-reached",
    VPC_ENDPOINT,
    severity=Severity.HIGH,
    description="The policy of a gateway to S3 or DynamoDB names what is reached through it, or says whose: also with "
    "own credentials nothing is carried to another account. In a network with internet anybody's objects may be read.",
    remediation="Give every statement the condition StringEquals aws:ResourceAccount, or the resources it is about.",
    references=References(practice="SEC03-BP05"),
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html",
)
def binds_what_is_reached(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if not is_gateway(resource) or not resource.has("policy"):
        return
    may_read = _may_read_elsewhere(resource, graph)
    for statement in statements(resource.props["policy"], "policy"):
        named = _names_what_it_opens(statement) or statement.condition_keys() & OWNERS
        if statement.allows and not named and not (may_read and _only_reads(statement)):
            yield "reaches resources of any account"


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
    "vpc-network-must-reach-aws-inside",
    VPC,
    severity=Severity.HIGH,
    description="A network without internet gateway, and any in production, has the endpoints by which tasks start.",
    remediation=f"Add endpoints for {', '.join(NEEDED)}.",
    references=References(fsbp="EC2.55, EC2.56"),
)
def reaches_aws_inside(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if not resource.production and not _is_closed(resource, graph):
        return
    reached = {_service(endpoint) for endpoint in graph.pointing_at(resource, "vpcId", VPC_ENDPOINT)}
    missing = [service for service in NEEDED if service not in reached]
    if missing:
        yield f"has no endpoints for {', '.join(missing)}"
