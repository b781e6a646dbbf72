"""Isolation: what may take itself over has nothing to take further."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .container_definitions import LATE, containers_of, is_unconfined, lasting
from .graph import Graph
from .resource import Resource
from .rule import Finding, References, rule
from .security_groups import admissions, groups_of, leaves_by_address
from .tiers import LAYERS, PLACEMENTS, STORES
from .tokens import ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT, SERVICE, TASK_DEFINITION


@rule(
    "ecs-service-must-isolate-what-runs-as-root",
    SERVICE,
    severity=Severity.CRITICAL,
    description="A service whose containers are root with capabilities or can change their own image has no permission "
    "and reaches neither a store nor an address: whoever takes it over, such as the code that it runs, ends there.",
    remediation="Set user and readonlyRootFilesystem, or drop ALL capabilities; where the image needs them, empty its "
    "task role and let its security group reach other services and AWS's endpoints only.",
    references=References(practice="SEC05-BP01"),
    url=LAYERS,
    production_only=True,
    late=LATE,
)
def isolates_root(resource: Resource, graph: Graph) -> Iterator[Finding]:
    definitions = graph.linked(resource, "taskDefinition", TASK_DEFINITION)
    if not definitions:
        yield "runs no task definition of this stack"
    for definition in definitions:
        if any(is_unconfined(container) for container in lasting(containers_of(definition))):
            for way in (*_permissions(definition, graph), *_connections(resource, graph)):
                yield f"{way}, and {definition.name} runs as root or can change its image"


def _permissions(definition: Resource, graph: Graph) -> Iterator[str]:
    roles = graph.linked(definition, "taskRoleArn", ROLE)
    if definition.has("taskRoleArn") and not roles:
        yield "its role is none of this stack"
    for role in roles:
        inline = any(role.has(name) for name in ("inlinePolicies", "managedPolicyArns"))
        if inline or graph.pointing_at(role, "role", ROLE_POLICY, ROLE_POLICY_ATTACHMENT):
            yield f"{role.name} has permissions"


def _connections(service: Resource, graph: Graph) -> Iterator[str]:
    groups = groups_of(graph, service, PLACEMENTS[SERVICE].groups)
    for group in groups:
        if leaves_by_address(graph, group):
            yield f"{group.name} leaves to addresses"
    admitted = admissions(graph)
    for store in graph.of(*STORES):
        for guard in groups_of(graph, store, PLACEMENTS[store.type].groups):
            if admitted[guard.urn].groups & {group.urn for group in groups}:
                yield f"it reaches {store.name}"
