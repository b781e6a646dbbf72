"""KMS keys: rotated, hard to lose, closed."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pulumi_policy import Severity

from .documents import documents_of, statements, text
from .remediation import Setting
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import KEY, MANAGED_POLICY, ROLE, ROLE_POLICY
from .values import is_not_true, is_true, number

PRODUCTION_WINDOW_DAYS = 30


@rule(
    "kms-key-must-rotate",
    KEY,
    severity=Severity.HIGH,
    description="Key material is replaced by KMS every year.",
    remediation="Set enableKeyRotation to true.",
    references=References(fsbp="KMS.4", cis="3.6", checkov="CKV_AWS_7"),
    remedy=(Setting(path="enableKeyRotation"),),
)
def rotates(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "enableKeyRotation", is_true, "enableKeyRotation is not true")


@rule(
    "kms-key-must-be-recoverable",
    KEY,
    severity=Severity.HIGH,
    description="A key that is deleted in production can be brought back for 30 days; without it all its data is gone.",
    remediation="Set deletionWindowInDays to 30.",
    references=References(fsbp="KMS.3", checkov="CKV_AWS_227"),
    production_only=True,
)
def recoverable(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource,
        "deletionWindowInDays",
        lambda days: number(days) >= PRODUCTION_WINDOW_DAYS,
        f"deletionWindowInDays is under {PRODUCTION_WINDOW_DAYS}",
    )
    yield from expect(resource, "isEnabled", lambda value: value is not False, "is switched off")


@rule(
    "kms-key-policy-must-not-be-public",
    KEY,
    severity=Severity.CRITICAL,
    description="Each key has a policy, and it admits nobody from outside.",
    remediation="Name principals in the policy, or tie * to this account with kms:CallerAccount.",
    references=References(fsbp="KMS.5", checkov="CKV_AWS_33, CKV2_AWS_64"),
    late=("policy",),
)
def policy_not_public(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "bypassPolicyLockoutSafetyCheck", is_not_true, "bypassPolicyLockoutSafetyCheck is true")
    if not resource.has("policy"):
        yield "has no policy of its own"
        return
    for statement in statements(resource.props["policy"], "policy"):
        if statement.is_public:
            yield "its policy admits anyone"


@rule(
    "kms-grant-must-be-for-aws-resources",
    KEY,
    MANAGED_POLICY,
    ROLE_POLICY,
    ROLE,
    severity=Severity.HIGH,
    description="Whoever may pass on the use of a key may do so for AWS's own resources only, and not to a stranger.",
    remediation="Add the condition Bool kms:GrantIsForAWSResource true to statements that allow kms:CreateGrant.",
    references=References(practice="SEC08-BP01, SEC03-BP02"),
    url="https://docs.aws.amazon.com/kms/latest/developerguide/grant-authorization.html",
    late=("policy", "inlinePolicies"),
)
def grants_bounded(resource: Resource) -> Iterator[Finding]:
    for name, document in documents_of(resource):
        for statement in statements(document, name):
            # Whole services, and the whole of a key for its account, are other rules' matter.
            named = [action for action in text(statement.actions, name, "Action") if action.split(":")[-1] != "*"]
            grants = any(fnmatchcase("kms:creategrant", action.lower()) for action in named)
            if statement.allows and grants and not statement.tests("Bool", "kms:GrantIsForAWSResource", "true"):
                yield "lets the use of a key be passed on to anybody"
