"""Limits of roles: none makes itself stronger, none serves two masters, none is lent to strangers."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pulumi_policy import Severity

from .documents import OWNERS, Statement, documents_of, statements, text
from .federation import is_federated
from .graph import Graph
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import (
    BACKUP_SELECTION,
    BUCKET_POLICY,
    BUCKET_REPLICATION,
    DATABASE,
    DATABASE_PROXY,
    FUNCTION,
    KEY,
    LOG_RESOURCE_POLICY,
    MANAGED_POLICY,
    REPOSITORY_POLICY,
    RESTORE_TEST,
    ROLE,
    ROLE_POLICY,
    SEARCH,
    SECRET_POLICY,
    TASK_DEFINITION,
    TOPIC,
    TOPIC_POLICY,
    TRAIL,
    VAULT_POLICY,
)
from .values import mapping

GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
PERMISSIONS = (ROLE_POLICY, MANAGED_POLICY, ROLE)

BOUNDED = ("iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy")
"""With these a role becomes as strong as its boundary lets it; all know the key iam:PermissionsBoundary."""

NAMED = ("iam:UpdateAssumeRolePolicy",)
"""With this somebody else gets a role."""

NEVER = (
    *("iam:AddUserToGroup", "iam:AttachGroupPolicy", "iam:AttachUserPolicy", "iam:CreateAccessKey"),
    *("iam:CreateLoginProfile", "iam:CreatePolicyVersion", "iam:CreateUser", "iam:DeleteRolePermissionsBoundary"),
    *("iam:PutGroupPolicy", "iam:PutUserPolicy", "iam:SetDefaultPolicyVersion", "iam:UpdateLoginProfile"),
)
"""Ways past a boundary, or to people's credentials."""

PASSING = "iam:PassRole"

OBJECTS = ("s3:getobject", "s3:putobject", "s3:deleteobject")
"""What is done to objects, in lower case."""

ACTS_AS = {
    TASK_DEFINITION: ("executionRoleArn", "taskRoleArn"),
    FUNCTION: ("role",),
    DATABASE: ("monitoringRoleArn",),
    DATABASE_PROXY: ("roleArn",),
    BACKUP_SELECTION: ("iamRoleArn",),
    RESTORE_TEST: ("iamRoleArn",),
    BUCKET_REPLICATION: ("role",),
    TRAIL: ("cloudWatchLogsRoleArn",),
}
"""What runs with a role, and the property that names it."""

RESOURCE_POLICIES = {
    BUCKET_POLICY: "policy",
    KEY: "policy",
    LOG_RESOURCE_POLICY: "policyDocument",
    REPOSITORY_POLICY: "policy",
    SEARCH: "accessPolicies",
    SECRET_POLICY: "policy",
    TOPIC_POLICY: "policy",
    VAULT_POLICY: "policy",
}
"""What has a policy of its own, and the property that holds it."""

ON_BEHALF = {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceowner", "kms:calleraccount"}
ENCRYPTED_FOR = "kms:encryptioncontext:"
"""Keys that say for whom a service acts. CloudWatch Logs and CloudTrail say it to KMS in the encryption context."""

EVENTS = "events.amazonaws.com"
NOTICES = {TOPIC_POLICY: {"sns:publish"}, KEY: {"kms:decrypt", "kms:generatedatakey"}}
"""What EventBridge needs to send to an encrypted topic. It says to neither for whom it sends, so that a condition would
refuse everything (Amazon EventBridge User Guide, "Troubleshooting Amazon EventBridge"). Whoever misuses it can send a
false notice, and read none."""


def _allowed(resource: Resource) -> Iterator[Statement]:
    for name, document in documents_of(resource):
        yield from (statement for statement in statements(document, name) if statement.allows)


def _grants(statement: Statement, actions: tuple[str, ...]) -> list[str]:
    """Which of `actions` the statement allows, by name or by pattern."""
    given = [name for name in text(statement.actions, "policy", "Action") if name.startswith(("iam:", "*"))]
    return [action for action in actions if any(fnmatchcase(action.lower(), name.lower()) for name in given)]


@rule(
    "iam-role-must-have-a-boundary",
    ROLE,
    severity=Severity.HIGH,
    description="A role of an AWS service has a permissions boundary, so that no policy makes it too strong.",
    remediation="Set permissionsBoundary to the boundary of the stack.",
    references=References(checkov="CKV_AWS_286", practice="SEC03-BP05"),
    url=GUIDE + "access_policies_boundaries.html",
    late=("assumeRolePolicy",),
)
def has_boundary(resource: Resource) -> Iterator[Finding]:
    if resource.has("permissionsBoundary"):
        return
    if not resource.has("assumeRolePolicy") or not is_federated(resource.props["assumeRolePolicy"]):
        yield "has no permissions boundary"


@rule(
    "iam-policy-must-say-whom-it-passes-roles-to",
    *PERMISSIONS,
    severity=Severity.HIGH,
    description="Whoever may hand a role to a service may hand it to named services only.",
    remediation="Add the condition StringEquals iam:PassedToService with the services.",
    references=References(checkov="CKV_AWS_286", practice="SEC03-BP02"),
    url=GUIDE + "id_roles_use_passrole.html",
    late=("policy", "inlinePolicies"),
)
def bounds_pass_role(resource: Resource) -> Iterator[Finding]:
    for statement in _allowed(resource):
        if not _grants(statement, (PASSING,)):
            continue
        passed = mapping(statement.condition.get("StringEquals"))
        if "iam:passedtoservice" not in {name.lower() for name in passed}:
            yield "passes roles to any service"
        if "*" in statement.resources or not statement.resources:
            yield "passes any role"


@rule(
    "iam-policy-must-not-lead-to-more",
    *PERMISSIONS,
    severity=Severity.CRITICAL,
    description="No role can give itself or others more than the boundary of the stack allows.",
    remediation="Tie role actions to iam:PermissionsBoundary and to named roles; leave users and policies to people.",
    references=References(checkov="CKV_AWS_286, CKV_AWS_289", practice="SEC03-BP02"),
    url=GUIDE + "access_policies_boundaries.html#access_policies_boundaries-delegate",
    late=("policy", "inlinePolicies"),
)
def no_escalation(resource: Resource) -> Iterator[Finding]:
    for statement in _allowed(resource):
        unbounded = _grants(statement, NEVER)
        if "iam:permissionsboundary" not in statement.condition_keys():
            unbounded += _grants(statement, BOUNDED)
        if not statement.resources or any(
            str(name) == "*" or str(name).endswith(":role/*") for name in statement.resources
        ):
            unbounded += _grants(statement, NAMED)
        if unbounded:
            yield f"allows {', '.join(unbounded)}"


@rule(
    "iam-policy-must-say-whose-objects",
    *PERMISSIONS,
    severity=Severity.HIGH,
    description="Whoever may read or write objects in buckets of any name may do so in those of its own account or "
    "organisation only: a bucket's name does not say whose it is.",
    remediation="Name the buckets, or add the condition StringEquals aws:ResourceAccount.",
    references=References(checkov="CKV_AWS_288", practice="SEC03-BP05"),
    url=GUIDE + "access_policies_data-perimeters.html",
    late=("policy", "inlinePolicies"),
)
def says_whose_objects(resource: Resource) -> Iterator[Finding]:
    for statement in _allowed(resource):
        given = [action.lower() for action in text(statement.actions, "policy", "Action")]
        objects = any(fnmatchcase(action, one) for action in OBJECTS for one in given)
        any_name = any(str(name).partition(":s3:::")[2].startswith("*") for name in statement.resources)
        if objects and any_name and not statement.condition_keys() & OWNERS:
            yield "reaches objects of any account"


@rule(
    "iam-role-must-serve-one-purpose",
    ROLE,
    severity=Severity.MEDIUM,
    description="Each role is used by one task, one function or one service, and each use has its own.",
    remediation="Give each its own role with the permissions that it needs.",
    references=References(practice="SEC03-BP02"),
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_permissions_least_privileges.html",
)
def serves_one(resource: Resource, graph: Graph) -> Iterator[Finding]:
    users = {
        user.name
        for type_, names in ACTS_AS.items()
        for name in names
        for user in graph.pointing_at(resource, name, type_)
    }
    if len(users) > 1:
        yield f"serves {', '.join(sorted(users))}"


@rule(
    "iam-resource-policy-must-know-whom-a-service-acts-for",
    *RESOURCE_POLICIES,
    severity=Severity.HIGH,
    description="A policy of a resource admits an AWS service only on behalf of this account or a named resource.",
    remediation="Add aws:SourceAccount or aws:SourceArn; for keys of logs and trails the encryption context.",
    references=References(practice="SEC03-BP07"),
    url=GUIDE + "confused-deputy.html",
    late=tuple(sorted({*RESOURCE_POLICIES.values()})),
)
def knows_for_whom(resource: Resource, graph: Graph) -> Iterator[Finding]:
    name = RESOURCE_POLICIES[resource.type]
    if not resource.has(name):
        yield f"{name} is missing"
        return
    for statement in statements(resource.props[name], name):
        keys = statement.condition_keys()
        bound = keys & ON_BEHALF or any(key.startswith(ENCRYPTED_FOR) for key in keys)
        if statement.allows and statement.principals.get("Service") and not bound:
            services = sorted(text(statement.principals["Service"], name, "Principal"))
            if services == [EVENTS] and _sends_notices(resource, statement, graph):
                continue
            yield f"admits {', '.join(services)} on anyone's behalf"


def _sends_notices(resource: Resource, statement: Statement, graph: Graph) -> bool:
    """Whether the statement lets EventBridge do no more than send to a topic; a key must be a topic's."""
    wanted = {action.lower() for action in text(statement.actions, "policy", "Action")}
    if not wanted or not wanted <= NOTICES.get(resource.type, set()):
        return False
    return resource.type == TOPIC_POLICY or bool(graph.pointing_at(resource, "kmsMasterKeyId", TOPIC))


@rule(
    "iam-resource-policy-must-name-its-actions",
    *RESOURCE_POLICIES,
    severity=Severity.HIGH,
    description="A policy of a resource gives nobody every action; only the account itself may have all of a key's.",
    remediation="List the actions that the service or role needs.",
    references=References(fsbp="S3.6", practice="SEC03-BP02"),
    url=GUIDE + "best-practices.html#grant-least-privilege",
    late=tuple(sorted({*RESOURCE_POLICIES.values()})),
)
def resource_policy_names_actions(resource: Resource) -> Iterator[Finding]:
    name = RESOURCE_POLICIES[resource.type]
    if not resource.has(name):
        return
    for statement in statements(resource.props[name], name):
        owners = [owner for owners in statement.principals.values() for owner in owners]
        own = resource.type == KEY and all(str(owner).endswith(":root") for owner in owners)
        every = [action for action in text(statement.actions, name, "Action") if action.split(":")[-1] == "*"]
        if statement.allows and not own and (every or statement.not_actions):
            yield f"gives away {', '.join(sorted(every)) or 'all but what it lists'}"
