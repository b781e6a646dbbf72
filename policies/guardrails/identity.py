"""IAM: statements that name what they allow, roles that know who assumes them."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pulumi_policy import Severity

from .documents import Statement, documents_of, statements, text
from .federation import is_pipeline
from .graph import Graph
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import ACCESS_KEY, MANAGED_POLICY, ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT, USER
from .values import UNKNOWN

WITHOUT_RESOURCE = frozenset(
    {
        "acm:requestcertificate",
        "backup:describerestorejob",
        "backup:listrestorejobs",
        "ce:createanomalymonitor",
        "ce:createanomalysubscription",
        "cloudfront:createdistribution",
        "cloudfront:createoriginaccesscontrol",
        "cloudfront:createresponseheaderspolicy",
        "cloudfront:createvpcorigin",
        "cloudwatch:getmetricdata",
        "cloudwatch:getmetricstatistics",
        "cloudwatch:listmetrics",
        "cloudwatch:putmetricdata",
        "codeartifact:createdomain",
        "codeartifact:createrepository",
        "ec2:assignprivateipaddresses",
        "ec2:createnetworkinterface",
        "ec2:deletenetworkinterface",
        "ec2:describenetworkinterfaces",
        "ec2:describesecuritygroups",
        "ec2:describesubnets",
        "ec2:describevpcs",
        "ec2:unassignprivateipaddresses",
        "ecr:getauthorizationtoken",
        "ecs:deregistertaskdefinition",
        "elasticloadbalancing:describerules",
        "elasticloadbalancing:setwebacl",
        "events:listrules",
        "kms:createkey",
        "kms:generaterandom",
        "logs:deletequerydefinition",
        "logs:putquerydefinition",
        "logs:createlogdelivery",
        "logs:deletelogdelivery",
        "logs:deleteresourcepolicy",
        "logs:putresourcepolicy",
        "logs:updatelogdelivery",
        "rds:createdbproxy",
        "s3:listallmybuckets",
        "secretsmanager:getrandompassword",
        "servicediscovery:createprivatednsnamespace",
        "servicediscovery:tagresource",
        "servicediscovery:untagresource",
        "sns:getsubscriptionattributes",
        "sns:setsubscriptionattributes",
        "sns:unsubscribe",
        "ssmmessages:createcontrolchannel",
        "ssmmessages:createdatachannel",
        "ssmmessages:opencontrolchannel",
        "ssmmessages:opendatachannel",
        "sts:getcalleridentity",
        "sts:getservicebearertoken",
        "tag:getresources",
        "xray:puttelemetryrecords",
        "xray:puttracesegments",
    }
)
"""Actions that IAM grants on * only, or (ec2) that Lambda needs so; service authorization reference, in lower case."""

BOUND_SERVICES = frozenset(
    {"ecs-tasks.amazonaws.com", "es.amazonaws.com", "monitoring.rds.amazonaws.com", "vpc-flow-logs.amazonaws.com"}
    | {"scheduler.amazonaws.com", "states.amazonaws.com", "firehose.amazonaws.com"}
)
"""Services that send aws:SourceAccount when they assume a role; Lambda and Backup do not promise to."""

CONTENTS = frozenset(
    {"secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "s3:GetObject", "s3:GetObjectVersion"}
    | {"ssm:GetParameter", "logs:GetLogEvents", "logs:GetQueryResults", "wafv2:GetSampledRequests"}
    | {"athena:GetQueryResults", "codeartifact:GetAuthorizationToken", "dynamodb:GetItem", "kinesis:GetRecords"}
)
"""Reads that give out what a resource holds."""

ADMINISTRATORS = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")
PERMISSIONS = (ROLE_POLICY, MANAGED_POLICY, ROLE)


def _allowed(resource: Resource) -> Iterator[Statement]:
    """The allowing statements of every permission document of the resource."""
    for name, document in documents_of(resource):
        yield from (statement for statement in statements(document, name) if statement.allows)


@rule(
    "iam-policy-must-name-its-actions",
    *PERMISSIONS,
    severity=Severity.CRITICAL,
    description="No statement allows every action of everything or of a service.",
    remediation="List the actions that the code calls; NotAction only ever in a Deny.",
    references=References(fsbp="IAM.1, IAM.21", cis="1.15", checkov="CKV_AWS_62, CKV_AWS_63, CKV2_AWS_40"),
    late=("policy", "inlinePolicies"),
)
def names_actions(resource: Resource) -> Iterator[Finding]:
    if resource.type != ROLE and not resource.has("policy"):
        yield "has no policy"
    for statement in _allowed(resource):
        if statement.not_actions or not statement.actions:
            yield "allows everything but what it lists"
        wide = [action for action in text(statement.actions, "policy", "Action") if action.split(":")[-1] == "*"]
        if wide:
            yield f"allows {', '.join(sorted(wide))}"


@rule(
    "iam-policy-must-name-its-resources",
    *PERMISSIONS,
    severity=Severity.HIGH,
    description="No statement allows actions on every resource, except those that cannot be limited.",
    remediation="Name the ARN; put actions that take no resource into a statement of their own.",
    references=References(checkov="CKV_AWS_355, CKV_AWS_290", practice="SEC03-BP02"),
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    late=("policy", "inlinePolicies"),
)
def names_resources(resource: Resource, graph: Graph) -> Iterator[Finding]:
    for statement in _allowed(resource):
        anything = "*" in statement.resources or not statement.resources
        if not anything and not statement.not_resources:
            continue
        actions = text(statement.actions, "policy", "Action")
        wide = sorted(action for action in actions if action.lower() not in WITHOUT_RESOURCE)
        if wide and is_pipeline(resource, graph):
            wide = [action for action in wide if not _looks_only(action)]
        if wide:
            yield f"allows {', '.join(wide)} on every resource"


def _looks_only(action: str) -> bool:
    """Whether it reads how something is set. A pipeline compares all that a stack has with its program."""
    service, _, verb = action.partition(":")
    return verb.startswith(("Describe", "Get", "List", "View", "BatchGet", "BatchCheck")) and not any(
        fnmatchcase(name, action) or fnmatchcase(action, name) for name in CONTENTS if name.startswith(f"{service}:")
    )


@rule(
    "iam-role-must-bound-its-trust",
    ROLE,
    severity=Severity.HIGH,
    description="A role names who assumes it, and a service only on behalf of this account.",
    remediation="Name the principal and add the condition StringEquals aws:SourceAccount to the trust policy.",
    references=References(checkov="CKV_AWS_60, CKV_AWS_61", practice="SEC03-BP07"),
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
    late=("assumeRolePolicy",),
)
def bounds_trust(resource: Resource) -> Iterator[Finding]:
    if not resource.has("assumeRolePolicy"):
        yield "has no trust policy"
        return
    for statement in statements(resource.props["assumeRolePolicy"], "assumeRolePolicy"):
        # Under whatever condition: a trust policy says who, and a condition only when.
        if statement.allows and any("*" in names for names in statement.principals.values()):
            yield "anyone may assume it"
        services = set(text(statement.principals.get("Service", ()), "assumeRolePolicy", "Principal"))
        unbound = services & BOUND_SERVICES
        if statement.allows and unbound and not statement.condition_keys() & {"aws:sourceaccount", "aws:sourcearn"}:
            yield f"{', '.join(sorted(unbound))} may assume it on anyone's behalf"
        whole_accounts = [name for name in statement.principals.get("AWS", ()) if str(name).endswith(":root")]
        if statement.allows and whole_accounts and not statement.condition:
            yield "everyone of an account may assume it"


@rule(
    "iam-role-must-not-be-administrator",
    ROLE,
    ROLE_POLICY_ATTACHMENT,
    severity=Severity.CRITICAL,
    description="No role has one of AWS's administrator policies.",
    remediation="Attach a policy with the actions that are needed.",
    references=References(fsbp="IAM.1", cis="1.15", checkov="CKV_AWS_274, CKV2_AWS_56"),
    late=("policyArn",),
)
def no_administrator(resource: Resource) -> Iterator[Finding]:
    attached = [resource.get("policyArn")] if resource.type == ROLE_POLICY_ATTACHMENT else []
    if resource.type == ROLE:
        # An unknown one is a policy of this stack, which has rules of its own.
        attached = [arn for arn in resource.entries("managedPolicyArns") if arn is not UNKNOWN]
    if None in attached:
        yield "names no policy"
    for arn in attached:
        if str(arn).rsplit("/", maxsplit=1)[-1] in ADMINISTRATORS:
            yield f"has {str(arn).rsplit('/', maxsplit=1)[-1]}"


@rule(
    "iam-user-must-not-exist",
    USER,
    ACCESS_KEY,
    severity=Severity.HIGH,
    description="The stack has no users and no access keys: people come by federation, code by roles.",
    remediation="Remove it; give the code a role.",
    references=References(fsbp="IAM.2", cis="1.14", checkov="CKV_AWS_273"),
)
def no_users(resource: Resource) -> Iterator[Finding]:
    yield f"is a {resource.type.rsplit(':', maxsplit=1)[-1]}"
