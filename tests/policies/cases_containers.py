"""Cases of the rules about what containers may do, and about keeping enough of them."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, Change, drop, every_container, named, put
from tests.policies.graph_adapter import Declared, Stack

CONTAINERS = "containerDefinitions"


def leave_for(cidr: str) -> Change:
    """Let the service's security group send to addresses."""

    def change(stack: Stack, subject: Declared) -> None:
        groups = {one.urn for one in stack if one.type == t.SECURITY_GROUP}
        held = [urn for urn in subject.links["networkConfiguration"] if urn in groups]
        props = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": cidr, "description": "more"}
        stack.append(Declared(type=t.EGRESS_RULE, name="added", props=props, links={"securityGroupId": held}))

    return change


CASES = [
    Case(
        rule="ecs-task-definition-must-run-images-by-digest",
        at=t.TASK_DEFINITION,
        breaks=every_container(image="registry.example.com/langgenius/dify-api:1.17.1"),
        loses=every_container(image=None),
        hides=CONTAINERS,
    ),
    Case(
        rule="ecs-task-definition-must-drop-capabilities",
        at=t.TASK_DEFINITION,
        where=named("web-definition"),
        breaks=every_container(linuxParameters={"capabilities": {"drop": ["ALL"], "add": ["SYS_PTRACE"]}}),
        loses=every_container(linuxParameters=None),
        hides=CONTAINERS,
    ),
    Case(
        rule="ecs-service-must-isolate-what-runs-as-root",
        at=t.SERVICE,
        where=named("sandbox-service"),
        breaks=leave_for("203.0.113.0/24"),
        loses="taskDefinition",
        hides="taskDefinition",
        set_when_unknown=True,
    ),
    Case(
        rule="ecs-service-must-keep-its-strength",
        at=t.SERVICE,
        where=named("api-service"),
        breaks=put("deploymentMinimumHealthyPercent", 50),
        loses="deploymentMinimumHealthyPercent",
        hides="deploymentMinimumHealthyPercent",
        safe_when_missing=True,
    ),
    Case(
        rule="cloudwatch-event-target-must-bound-its-retries",
        at=t.EVENT_TARGET,
        breaks=put("retryPolicy", {}),
        loses="retryPolicy",
        hides="retryPolicy",
        set_when_unknown=True,
    ),
    Case(
        rule="ecs-task-definition-must-encrypt-its-volumes",
        at=t.TASK_DEFINITION,
        breaks=put("volumes", [{"name": "shared", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]),
        loses="volumes",
        hides="volumes",
        safe_when_missing=True,
    ),
    Case(
        rule="ecs-task-definition-must-name-its-users",
        at=t.TASK_DEFINITION,
        where=named("web-definition"),
        breaks=every_container(user=None),
        loses=every_container(user=None),
        hides=CONTAINERS,
    ),
    Case(
        rule="ecs-service-must-name-its-cluster",
        at=t.SERVICE,
        breaks=drop("cluster"),
        loses="cluster",
        hides="cluster",
        set_when_unknown=True,
    ),
]
