"""Secrets Manager: encrypted with a key of this stack, recoverable, closed."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .documents import statements
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import SECRET, SECRET_POLICY
from .values import number

PRODUCTION_WINDOW_DAYS = 7


@rule(
    "secretsmanager-secret-must-use-own-key",
    SECRET,
    severity=Severity.HIGH,
    description="Secrets are encrypted with a key of this stack, so that reading one takes two permissions.",
    remediation="Set kmsKeyId.",
    references=References(checkov="CKV_AWS_149", practice="SEC08-BP01"),
    url="https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html",
)
def own_key(resource: Resource) -> Iterator[Finding]:
    if not resource.has("kmsKeyId"):
        yield "kmsKeyId is missing"


@rule(
    "secretsmanager-secret-must-be-recoverable",
    SECRET,
    severity=Severity.HIGH,
    description="A secret that is deleted in production can be brought back for a week.",
    remediation="Set recoveryWindowInDays to 7 or more.",
    references=References(practice="SEC02-BP03"),
    url="https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html",
    production_only=True,
)
def recoverable(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource,
        "recoveryWindowInDays",
        lambda days: number(days) >= PRODUCTION_WINDOW_DAYS,
        f"recoveryWindowInDays is under {PRODUCTION_WINDOW_DAYS}",
    )


@rule(
    "secretsmanager-secret-must-not-be-public",
    SECRET,
    SECRET_POLICY,
    severity=Severity.CRITICAL,
    description="No policy of a secret admits anyone.",
    remediation="Name the principal that may read it, or remove the policy.",
    references=References(practice="SEC03-BP07"),
    url="https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html",
    late=("policy",),
)
def not_public(resource: Resource) -> Iterator[Finding]:
    if resource.type == SECRET and not resource.has("policy"):
        return
    for statement in statements(resource.props.get("policy"), "policy"):
        if statement.is_public:
            yield "its policy admits anyone"
