"""What a recorded graph sends where: the ways to the internet, and the AWS APIs that tasks and functions call.

Pure functions over a graph, whoever made it: a component's recording or the whole program's.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, cast

from tests.network.network_parts import called
from tests.recorder import Graph, Recorded

_EVERYWHERE = {"0.0.0.0/0", "::/0"}
_GATEWAYS = (
    *("ec2/internetGateway:InternetGateway", "ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"),
    *("ec2/natGateway:NatGateway", "ec2/eip:Eip", "ec2/carrierGateway:CarrierGateway"),
)
_LEADS_OUT: dict[str, Callable[[dict[str, Any]], bool]] = {
    "ec2/route:Route": lambda inputs: bool(
        _EVERYWHERE & {inputs.get("destinationCidrBlock"), inputs.get("destinationIpv6CidrBlock")}
    ),
    "ec2/routeTable:RouteTable": lambda inputs: bool(inputs.get("routes")),
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": lambda inputs: bool({"cidrIpv4", "cidrIpv6"} & {*inputs}),
    "ec2/securityGroup:SecurityGroup": lambda inputs: bool(inputs.get("egress")),
    "lb/loadBalancer:LoadBalancer": lambda inputs: inputs.get("internal") is not True,
    "ecs/service:Service": lambda inputs: inputs["networkConfiguration"].get("assignPublicIp") is True,
}
"""Type -> whether one with these inputs opens a way; gateways always do."""
_CALLERS = ("ecs-tasks.amazonaws.com", "lambda.amazonaws.com")
_RUN = ("ecs/taskDefinition:TaskDefinition", "lambda/function:Function")
_ECR = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/.+")

_ENDPOINTS = {
    "cloudwatch": {"monitoring"},
    "codeartifact": {"codeartifact.api", "codeartifact.repositories"},
    "ecr": {"ecr.api", "ecr.dkr"},
    "ses": {"email-smtp"},
    # Addresses inside the network already: the search domain, and sign-in to database and cache.
    "es": set[str](),
    "rds-db": set[str](),
}
"""Prefix of IAM's actions -> short names of the endpoints that take the calls, where those are not the prefix itself
(Service Authorization Reference; AWS PrivateLink Guide, "AWS services that integrate with AWS PrivateLink")."""

_NO_CALL = {"iam:PassRole"}
"""Permissions that another service looks at: nobody calls them (IAM User Guide, "Grant a user permissions to pass a
role to an AWS service")."""


def ways_out(graph: Graph) -> list[str]:
    """Names of the resources through which traffic could leave for, or come from, the internet."""
    return [resource.name for resource in graph.resources if resource.custom and _leads_out(resource)]


def called_services(graph: Graph, within: Collection[str] | None = None) -> set[str]:
    """Short names of the endpoints that tasks and functions need, by what their roles allow; of those parts only that
    are named in `within`, if it is given."""
    callers = {role.urn for role in graph.of("iam/role:Role") if _assumed_by(role) & {*_CALLERS}}
    if within is not None:
        callers &= {role for part in _RUN for one in graph.of(part) if called(one) in within for role in _roles(one)}
    prefixes = {
        action.split(":", maxsplit=1)[0]
        for policy in graph.of("iam/rolePolicy:RolePolicy")
        if callers & {*policy.property_dependencies["role"]}
        for statement in _statements(policy.inputs["policy"])
        if statement["Effect"] == "Allow"
        for action in _several(statement["Action"])
        if action not in _NO_CALL
    }
    return {service for prefix in prefixes for service in _ENDPOINTS.get(prefix, {prefix})}


def reached_services(graph: Graph) -> set[str]:
    """Short names of the services that the network of `graph` reaches by an endpoint or a gateway."""
    return {
        endpoint.inputs["serviceName"].split(".", maxsplit=3)[3] for endpoint in graph.of("ec2/vpcEndpoint:VpcEndpoint")
    }


def images_from_outside(graph: Graph) -> set[str]:
    """Images of tasks that lie neither in a repository of `graph` nor in another of ECR: a closed network cannot pull
    them."""
    ours = tuple(str(repository.outputs["repositoryUrl"]) for repository in graph.of("ecr/repository:Repository"))
    return {
        container["image"]
        for definition in graph.of("ecs/taskDefinition:TaskDefinition")
        for container in json.loads(definition.inputs["containerDefinitions"])
        if not container["image"].startswith(ours) and _ECR.fullmatch(container["image"]) is None
    }


def _leads_out(resource: Recorded) -> bool:
    if resource.type.endswith(_GATEWAYS):
        return True
    leads = next((leads for kind, leads in _LEADS_OUT.items() if resource.type.endswith(kind)), None)
    return leads is not None and leads(resource.inputs)


def _roles(resource: Recorded) -> Iterator[str]:
    for name in ("taskRoleArn", "executionRoleArn", "role"):
        yield from resource.property_dependencies.get(name, [])


def _assumed_by(role: Recorded) -> set[str]:
    return {
        service
        for statement in _statements(role.inputs["assumeRolePolicy"])
        for service in _several(statement["Principal"].get("Service", []))
    }


def _statements(document: str) -> Iterator[dict[str, Any]]:
    yield from cast("list[dict[str, Any]]", json.loads(document)["Statement"])


def _several(value: str | Iterable[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
