"""Both ends of a link agree: a role trusts who is given it, a bucket and a key let in who writes there. A wrong link
makes no error when a stack is made; the writer is refused later, and mostly says nothing."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pulumi_policy import Severity

from .documents import statements
from .graph import Graph
from .privileges import ACTS_AS
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import (
    BACKUP_SELECTION,
    BUCKET,
    BUCKET_LOGGING,
    BUCKET_POLICY,
    BUCKET_REPLICATION,
    DATABASE,
    DATABASE_PROXY,
    FLOW_LOG,
    FUNCTION,
    KEY,
    LOAD_BALANCER,
    LOG_GROUP,
    RECORDER_CHANNEL,
    RESTORE_TEST,
    ROLE,
    TASK_DEFINITION,
    TRAIL,
)

GIVEN_TO = {
    TASK_DEFINITION: "ecs-tasks.amazonaws.com",
    FUNCTION: "lambda.amazonaws.com",
    DATABASE: "monitoring.rds.amazonaws.com",
    DATABASE_PROXY: "rds.amazonaws.com",
    BACKUP_SELECTION: "backup.amazonaws.com",
    RESTORE_TEST: "backup.amazonaws.com",
    BUCKET_REPLICATION: "s3.amazonaws.com",
    TRAIL: "cloudtrail.amazonaws.com",
}
"""Type -> the service that assumes the role it is given (the guides of these services)."""

WRITES_TO = {
    TRAIL: (("s3BucketName",), "cloudtrail.amazonaws.com"),
    FLOW_LOG: (("logDestination",), "delivery.logs.amazonaws.com"),
    RECORDER_CHANNEL: (("s3BucketName",), "config.amazonaws.com"),
    LOAD_BALANCER: (("accessLogs", "connectionLogs"), "logdelivery.elasticloadbalancing.amazonaws.com"),
    BUCKET_LOGGING: (("targetBucket",), "logging.s3.amazonaws.com"),
}
"""Type -> the properties that name its bucket, and the service that writes there."""

ENCRYPTS_WITH = {LOG_GROUP: "logs.*.amazonaws.com", TRAIL: "cloudtrail.amazonaws.com"}
"""Type -> the service that uses the key in kmsKeyId for itself, which a key of this account alone does not let it."""

POLICIES = "https://docs.aws.amazon.com/"


def _admits(holder: Resource, name: str, service: str) -> bool:
    """Whether the policy in the property lets the service in. Raises UndecidedError if it is unknown."""
    return holder.has(name) and any(
        fnmatchcase(str(one), service)
        for statement in statements(holder.props[name], name)
        if statement.allows
        for one in statement.principals.get("Service", ())
    )


@rule(
    "iam-role-must-trust-who-is-given-it",
    *GIVEN_TO,
    severity=Severity.MEDIUM,
    description="A role that is given to a service may be assumed by that service: it is not another one's.",
    remediation="Give it the role that is meant for it, or name the service in the role's assumeRolePolicy.",
    references=References(practice="SEC03-BP02"),
    url=POLICIES + "IAM/latest/UserGuide/reference_policies_elements_principal.html",
    late=("assumeRolePolicy",),
)
def trusts_its_user(resource: Resource, graph: Graph) -> Iterator[Finding]:
    service = GIVEN_TO[resource.type]
    for name in ACTS_AS[resource.type]:
        for role in graph.linked(resource, name, ROLE):
            if not _admits(role, "assumeRolePolicy", service):
                yield f"{name} is {role.name}, which does not trust {service}"


@rule(
    "s3-bucket-must-admit-who-logs-to-it",
    *WRITES_TO,
    severity=Severity.HIGH,
    description="A bucket of the stack that logs go to lets their writer in; one that it does not loses them silently.",
    remediation="Name the bucket that is meant for these logs, or allow the service s3:PutObject in its BucketPolicy.",
    references=References(practice="SEC04-BP01"),
    url=POLICIES + "AmazonS3/latest/userguide/example-bucket-policies.html",
    late=("policy",),
)
def bucket_admits_writer(resource: Resource, graph: Graph) -> Iterator[Finding]:
    names, service = WRITES_TO[resource.type]
    for name in names:
        for bucket in graph.linked(resource, name, BUCKET):
            policies = graph.pointing_at(bucket, "bucket", BUCKET_POLICY)
            if not any(_admits(policy, "policy", service) for policy in policies):
                yield f"{name} is {bucket.name}, which does not let {service} in"


@rule(
    "kms-key-must-admit-who-encrypts-with-it",
    *ENCRYPTS_WITH,
    severity=Severity.HIGH,
    description="The key of a log group or a trail lets the service use it that encrypts by itself.",
    remediation="Name the key that is meant for logs, or allow the service in its policy.",
    references=References(practice="SEC08-BP02"),
    url=POLICIES + "AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
    late=("policy",),
)
def key_admits_service(resource: Resource, graph: Graph) -> Iterator[Finding]:
    service = ENCRYPTS_WITH[resource.type]
    for key in graph.linked(resource, "kmsKeyId", KEY):
        if not _admits(key, "policy", service):
            yield f"kmsKeyId is {key.name}, which does not let {service} in"
