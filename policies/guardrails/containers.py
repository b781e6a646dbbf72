"""Containers on ECS: what a task definition may say and how a service replaces its tasks."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from .container_definitions import LATE, containers_of, drops
from .graph import Graph
from .literals import holds_secret
from .remediation import Setting
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import CLUSTER, KEY, ROLE, SERVICE, TASK_DEFINITION
from .values import UNKNOWN, UndecidedError, is_not_true, is_one_of, is_true, items, look, mapping

PINNED = re.compile(r"(@sha256:[0-9a-f]{64}|:(?!latest$)[A-Za-z0-9_][A-Za-z0-9_.-]*)$")
BY_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")

IMAGES = "https://docs.aws.amazon.com/AmazonECS/latest/bestpracticesguide/image.html"
CAPABILITIES = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_KernelCapabilities.html"

NEEDLESS = frozenset({"AUDIT_WRITE", "MKNOD", "NET_RAW", "SETFCAP", "SETPCAP"})
"""Granted by default (Docker documentation, "Linux capabilities"); no server needs to forge packets, make devices or
hand out capabilities, whoever it runs as."""


@rule(
    "ecs-task-definition-must-keep-secrets-out-of-environment",
    TASK_DEFINITION,
    severity=Severity.CRITICAL,
    description="No secret is written into a container's environment; anyone who may describe a task could read it.",
    remediation="Put the value into Secrets Manager and name it in secrets[].valueFrom.",
    references=References(fsbp="ECS.8", practice="SEC02-BP03"),
    late=LATE,
)
def no_secret_in_environment(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        for variable in items(container.get("environment")):
            name = str(mapping(variable).get("name"))
            if holds_secret(name, mapping(variable).get("value")):
                yield f"container {container.get('name')} has a secret in the variable {name}"


@rule(
    "ecs-task-definition-must-not-be-privileged",
    TASK_DEFINITION,
    severity=Severity.HIGH,
    description="Containers have no privileges on, and share no namespace with, the host.",
    remediation="Set networkMode to awsvpc, remove pidMode, ipcMode and privileged.",
    references=References(fsbp="ECS.1, ECS.3, ECS.4", checkov="CKV_AWS_334, CKV_AWS_335"),
    late=LATE,
)
def not_privileged(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "networkMode", lambda mode: mode == "awsvpc", "networkMode is not awsvpc")
    for mode in ("pidMode", "ipcMode"):
        yield from expect(resource, mode, lambda value: value != "host", f"{mode} is host")
    for container in containers_of(resource):
        if not is_not_true(container.get("privileged")):
            yield f"container {container.get('name')} is privileged"


@rule(
    "ecs-task-definition-must-have-read-only-root",
    TASK_DEFINITION,
    severity=Severity.MEDIUM,
    description="Containers cannot change their own image; what they write goes to volumes.",
    remediation="Set readonlyRootFilesystem to true and mount a volume at each path that is written.",
    references=References(fsbp="ECS.5", checkov="CKV_AWS_336"),
    late=LATE,
)
def read_only_root(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        if not is_true(container.get("readonlyRootFilesystem")):
            yield f"container {container.get('name')} can write to its root file system"


@rule(
    "ecs-task-definition-must-log",
    TASK_DEFINITION,
    severity=Severity.HIGH,
    description="Each container sends its output to a log group.",
    remediation="Set logConfiguration with logDriver awslogs and the options awslogs-group and awslogs-region.",
    references=References(fsbp="ECS.9"),
    late=LATE,
)
def logs(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        driver = look(container, "logConfiguration", "logDriver")
        if not is_one_of(driver, {"awslogs", "awsfirelens", "splunk"}):
            yield f"container {container.get('name')} has no log configuration"
        elif driver == "awslogs" and not look(container, "logConfiguration", "options", "awslogs-group"):
            yield f"container {container.get('name')} names no log group"


@rule(
    "ecs-task-definition-must-pin-its-image",
    TASK_DEFINITION,
    severity=Severity.HIGH,
    description="Images are named by digest or by a tag other than latest, so that every task runs the same.",
    remediation="Name a release in the image, better its digest.",
    references=References(practice="REL08-BP04"),
    url=IMAGES,
    late=LATE,
)
def image_pinned(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        if not PINNED.search(str(container.get("image") or "").rsplit("/", maxsplit=1)[-1]):
            yield f"container {container.get('name')} does not pin its image"


@rule(
    "ecs-task-definition-must-run-images-by-digest",
    TASK_DEFINITION,
    severity=Severity.HIGH,
    description="Production names its images by digest: a tag that is moved changes nothing that runs.",
    remediation="End the image in @sha256: and its digest.",
    references=References(practice="REL08-BP04"),
    url=IMAGES,
    production_only=True,
    late=LATE,
)
def image_by_digest(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        if not BY_DIGEST.search(str(container.get("image") or "")):
            yield f"container {container.get('name')} names its image by no digest"


@rule(
    "ecs-task-definition-must-drop-capabilities",
    TASK_DEFINITION,
    severity=Severity.HIGH,
    description="Containers give up the capabilities of root that they need not have, and get none beyond.",
    remediation="Set linuxParameters.capabilities.drop to ALL; for an image that starts as root to all that it does "
    f"without, at least {', '.join(sorted(NEEDLESS))}. Remove add.",
    references=References(practice="SEC06-BP02"),
    url=CAPABILITIES,
    late=LATE,
)
def drops_capabilities(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        if "ALL" not in drops(container) and not drops(container) >= NEEDLESS:
            yield f"container {container.get('name')} keeps capabilities that it does not need"
        if look(container, "linuxParameters", "capabilities", "add"):
            yield f"container {container.get('name')} adds capabilities"


@rule(
    "ecs-task-definition-must-separate-its-roles",
    TASK_DEFINITION,
    severity=Severity.HIGH,
    description="The role that starts a task (images, secrets, logs) is not the role its code runs with.",
    remediation="Give executionRoleArn and taskRoleArn one role each.",
    references=References(checkov="CKV_AWS_249", practice="SEC03-BP02"),
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-iam-roles.html",
)
def roles_apart(resource: Resource, graph: Graph) -> Iterator[Finding]:
    execution = {role.urn for role in graph.linked(resource, "executionRoleArn", ROLE)}
    task = {role.urn for role in graph.linked(resource, "taskRoleArn", ROLE)}
    if not execution or not task:
        yield "does not name an execution role and a task role of this stack"
    if execution & task:
        yield "runs with the role that starts it"


@rule(
    "ecs-task-definition-must-encrypt-its-volumes",
    TASK_DEFINITION,
    severity=Severity.HIGH,
    description="What a task reads and writes on a file system of EFS is encrypted on the way.",
    remediation="Set transitEncryption to ENABLED in efsVolumeConfiguration, or keep files in S3.",
    references=References(checkov="CKV_AWS_97", practice="SEC09-BP02"),
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-best-practices.html",
)
def encrypts_its_volumes(resource: Resource) -> Iterator[Finding]:
    for volume in resource.entries("volumes"):
        shared = look(volume, "efsVolumeConfiguration")
        if shared and look(volume, "efsVolumeConfiguration", "transitEncryption") != "ENABLED":
            yield f"mounts {look(volume, 'name')} in plain text"


@rule(
    "ecs-service-must-have-no-public-address",
    SERVICE,
    severity=Severity.CRITICAL,
    description="Tasks have no public address.",
    remediation="Remove assignPublicIp from networkConfiguration and run the service in private subnets.",
    references=References(fsbp="ECS.2", checkov="CKV_AWS_333"),
)
def no_public_address(resource: Resource) -> Iterator[Finding]:
    if resource.props.get("networkConfiguration") is UNKNOWN:
        yield UndecidedError(("networkConfiguration",))
    elif not resource.has("networkConfiguration"):
        yield "has no networkConfiguration"
    else:
        yield from expect(
            resource, "networkConfiguration.assignPublicIp", is_not_true, "networkConfiguration.assignPublicIp is true"
        )


@rule(
    "ecs-service-must-roll-back",
    SERVICE,
    severity=Severity.HIGH,
    description="A deployment that does not become healthy is stopped and rolled back.",
    remediation="Set deploymentCircuitBreaker with enable and rollback true.",
    references=References(practice="OPS06-BP04"),
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html",
    remedy=(
        Setting(path="deploymentCircuitBreaker.enable"),
        Setting(path="deploymentCircuitBreaker.rollback"),
    ),
)
def rolls_back(resource: Resource) -> Iterator[Finding]:
    for switch in ("enable", "rollback"):
        path = f"deploymentCircuitBreaker.{switch}"
        yield from expect(resource, path, is_true, f"{path} is not true")


@rule(
    "ecs-task-definition-must-name-its-users",
    TASK_DEFINITION,
    severity=Severity.MEDIUM,
    description="Each container says which user it runs as: an image that is built anew may make it root.",
    remediation="Set user of each container to a number; root only where it gives up what it does not need.",
    references=References(fsbp="ECS.20", practice="SEC06-BP02"),
    late=LATE,
)
def names_its_users(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        if not container.get("user"):
            yield f"container {container.get('name')} names no user"


@rule(
    "ecs-service-must-name-its-cluster",
    SERVICE,
    severity=Severity.MEDIUM,
    description="A service runs in a cluster that it names, not in the account's default one that nobody watches.",
    remediation="Set cluster to the ARN of a cluster of the stack.",
    references=References(practice="OPS04-BP02"),
    url="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html",
)
def names_its_cluster(resource: Resource) -> Iterator[Finding]:
    if not resource.has("cluster"):
        yield "names no cluster"


@rule(
    "ecs-cluster-must-have-insights",
    CLUSTER,
    severity=Severity.LOW,
    description="The cluster reports tasks, CPU and memory to Container Insights.",
    remediation="Add the setting containerInsights with the value enabled or enhanced.",
    references=References(fsbp="ECS.12", checkov="CKV_AWS_65"),
)
def insights(resource: Resource) -> Iterator[Finding]:
    settings = {str(look(entry, "name")): look(entry, "value") for entry in resource.entries("settings")}
    if not is_one_of(settings.get("containerInsights"), {"enabled", "enhanced"}):
        yield "containerInsights is not enabled"


@rule(
    "ecs-cluster-must-record-sessions",
    CLUSTER,
    severity=Severity.MEDIUM,
    description="Whatever is done inside a container with ECS Exec is encrypted and recorded.",
    remediation="Set configuration.executeCommandConfiguration: kmsKeyId, logging OVERRIDE and logConfiguration with "
    "cloudWatchLogGroupName and cloudWatchEncryptionEnabled true.",
    references=References(checkov="CKV_AWS_223, CKV_AWS_224"),
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html",
)
def records_sessions(resource: Resource, graph: Graph) -> Iterator[Finding]:
    command = "configuration.executeCommandConfiguration"
    log = f"{command}.logConfiguration"
    # Of a key that a preview has yet to make, only the link is known.
    if not graph.linked(resource, "configuration", KEY):
        yield from expect(resource, f"{command}.kmsKeyId", bool, "kmsKeyId of sessions is missing")
    yield from expect(resource, f"{command}.logging", lambda kind: kind == "OVERRIDE", "logging is not OVERRIDE")
    yield from expect(resource, f"{log}.cloudWatchLogGroupName", bool, "sessions go to no log group")
    yield from expect(
        resource, f"{log}.cloudWatchEncryptionEnabled", is_true, "the log of sessions may be in the clear"
    )
