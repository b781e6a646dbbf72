"""Resources and what they name: in one region, each the only one of its kind there, and allowed to read it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from pulumi_policy import Severity

from .graph import Graph, once_per_graph
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import (
    ALARM,
    BUCKET_LIFECYCLE,
    BUCKET_LOCK,
    BUCKET_LOGGING,
    BUCKET_POLICY,
    BUCKET_REPLICATION,
    CACHE,
    DATABASE,
    DATABASE_PROXY,
    DISTRIBUTION,
    FUNCTION,
    LISTENER,
    LOAD_BALANCER,
    LOG_GROUP,
    MANAGED_POLICY,
    REPOSITORY_LIFECYCLE,
    REPOSITORY_POLICY,
    ROLE,
    ROLE_POLICY,
    ROLE_POLICY_ATTACHMENT,
    ROUTE_TABLE_ASSOCIATION,
    SEARCH,
    SECRET,
    SECRET_POLICY,
    SECRET_ROTATION,
    SERVICE,
    TASK_DEFINITION,
    TOPIC_POLICY,
    TRAIL,
    VAULT_LOCK,
    VAULT_POLICY,
    WEB_ACL_ASSOCIATION,
    WEB_ACL_LOG,
)
from .values import UNKNOWN

WORLDWIDE = "us-east-1"
"""Where CloudFront looks for certificates and web ACLs (Amazon CloudFront Developer Guide, "Requirements for using
SSL/TLS certificates"; AWS WAF Developer Guide, "CloudFront distributions")."""

REGIONAL: Mapping[str, tuple[str, ...]] = {
    ALARM: ("alarmActions",),
    BUCKET_LOGGING: ("bucket", "targetBucket"),
    CACHE: ("kmsKeyId", "securityGroupIds", "subnetGroupName"),
    DATABASE: ("kmsKeyId", "vpcSecurityGroupIds", "dbSubnetGroupName"),
    DATABASE_PROXY: ("vpcSecurityGroupIds", "vpcSubnetIds"),
    DISTRIBUTION: ("viewerCertificate", "webAclId"),
    FUNCTION: ("kmsKeyArn", "vpcConfig"),
    LISTENER: ("certificateArn", "defaultActions", "loadBalancerArn"),
    LOAD_BALANCER: ("securityGroups", "subnets"),
    LOG_GROUP: ("kmsKeyId",),
    SEARCH: ("encryptAtRest", "vpcOptions"),
    SECRET: ("kmsKeyId",),
    SERVICE: ("cluster", "loadBalancers", "networkConfiguration", "taskDefinition"),
    TRAIL: ("cloudWatchLogsGroupArn", "kmsKeyId"),
    WEB_ACL_ASSOCIATION: ("resourceArn", "webAclArn"),
}
"""Properties whose value AWS looks for in the region of the resource."""

ONLY: Mapping[str, str] = {
    BUCKET_LIFECYCLE: "bucket",
    BUCKET_LOCK: "bucket",
    BUCKET_LOGGING: "bucket",
    BUCKET_POLICY: "bucket",
    BUCKET_REPLICATION: "bucket",
    REPOSITORY_LIFECYCLE: "repository",
    REPOSITORY_POLICY: "repository",
    ROUTE_TABLE_ASSOCIATION: "subnetId",
    SECRET_POLICY: "secretArn",
    SECRET_ROTATION: "secretId",
    TOPIC_POLICY: "arn",
    VAULT_LOCK: "backupVaultName",
    VAULT_POLICY: "backupVaultName",
    WEB_ACL_ASSOCIATION: "resourceArn",
    WEB_ACL_LOG: "resourceArn",
}
"""What AWS keeps one of for each resource that the property names: the later call replaces what the earlier one put."""


def _region(resource: Resource) -> str:
    """Where the resource is, by its own property or its provider's; empty where neither says it."""
    given: list[object] = [resource.props.get("region"), (resource.provider or {}).get("region")]
    return next((str(region) for region in given if region not in (None, UNKNOWN)), "")


@rule(
    "aws-resource-must-be-where-what-it-names-is",
    *REGIONAL,
    severity=Severity.MEDIUM,
    description="A resource names keys, subnets, certificates and topics of its own region, CloudFront those of "
    "us-east-1: AWS looks nowhere else, and says so in the middle of a deployment.",
    remediation="Create both with the provider of the same region; for CloudFront with that of us-east-1.",
    references=References(practice="SEC05-BP01"),
    url="https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/regions.html",
)
def in_one_region(resource: Resource, graph: Graph) -> Iterator[Finding]:
    here = WORLDWIDE if resource.type == DISTRIBUTION else _region(resource)
    for name in REGIONAL[resource.type]:
        for target in graph.linked(resource, name):
            there = _region(target)
            if here and there and here != there:
                yield f"is in {here} and names {target.name} in {there} as {name}"


@rule(
    "aws-resource-must-not-overwrite-another",
    *ONLY,
    severity=Severity.HIGH,
    description="No two resources set the same thing: AWS keeps what came last, and each deployment changes it again.",
    remediation="Merge both into one resource, or point one of them at what it is for.",
    references=References(practice="OPS05-BP04"),
    url="https://docs.aws.amazon.com/wellarchitected/latest/framework/ops_dev_integ_build_mgmt_sys.html",
)
def overwrites_nothing(resource: Resource, graph: Graph) -> Iterator[Finding]:
    others = {urn for target in _targets(resource, graph) for urn in _setting(graph)[resource.type, target]}
    for other in graph.those(others - {resource.urn}):
        values: list[object] = [one.props.get(ONLY[one.type]) for one in (resource, other)]
        # What both know tells more than what both depend on.
        if UNKNOWN in values or (values[0] == values[1] and values[0] is not None):
            yield f"sets the same as {other.name}"


@once_per_graph
def _setting(graph: Graph) -> Mapping[tuple[str, str], list[str]]:
    """Type and target -> the URNs of all that set it."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for resource in graph.of(*ONLY):
        for target in _targets(resource, graph):
            found[resource.type, target].append(resource.urn)
    return found


def _targets(resource: Resource, graph: Graph) -> Iterator[str]:
    """What the property of ONLY names, told by its value and told by what it depends on, each as text."""
    name = ONLY[resource.type]
    value: object = resource.props.get(name)
    if value not in (None, UNKNOWN):
        yield repr(value)
    if linked := {target.urn for target in graph.linked(resource, name)}:
        yield repr(sorted(linked))


@rule(
    "ecs-task-definition-must-be-let-read-its-secrets",
    TASK_DEFINITION,
    severity=Severity.MEDIUM,
    description="The execution role may read every secret of the stack that its containers take: without that no task "
    "starts, and the deployment finds it out.",
    remediation="Name the secret in a policy of the role in executionRoleArn, with the key that encrypts it.",
    references=References(practice="SEC03-BP02"),
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html",
)
def reads_its_secrets(resource: Resource, graph: Graph) -> Iterator[Finding]:
    readable = {
        secret.urn
        for role in graph.linked(resource, "executionRoleArn", ROLE)
        for policy in _policies(role, graph)
        for secret in graph.linked(policy, "policy", SECRET)
    }
    for secret in graph.linked(resource, "containerDefinitions", SECRET):
        if secret.urn not in readable:
            yield f"takes {secret.name}, which its execution role may not read"


def _policies(role: Resource, graph: Graph) -> Iterator[Resource]:
    yield from graph.pointing_at(role, "role", ROLE_POLICY)
    for attachment in graph.pointing_at(role, "role", ROLE_POLICY_ATTACHMENT):
        yield from graph.linked(attachment, "policyArn", MANAGED_POLICY)
