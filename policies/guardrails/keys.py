"""KMS keys: rotated, hard to lose, closed."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from pulumi_policy import Severity

from .documents import Statement, documents_of, statements, text
from .federation import is_pipeline
from .graph import Graph
from .remediation import Setting
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import KEY, MANAGED_POLICY, ROLE, ROLE_POLICY
from .values import is_not_true, is_true, number

PRODUCTION_WINDOW_DAYS = 30

DECRYPTING = ("kms:Decrypt", "kms:ReEncryptFrom")
THROUGH = "kms:ViaService"
NARROWING = (THROUGH.lower(), "kms:encryptioncontext", "kms:resourcealiases")
"""How the names of conditions begin that say which of all keys, or for what."""


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


@rule(
    "iam-policy-must-not-decrypt-with-any-key",
    MANAGED_POLICY,
    ROLE_POLICY,
    ROLE,
    severity=Severity.HIGH,
    description="Whoever may decrypt with keys that are not named may do so through a service of AWS only.",
    remediation="Name the keys, or add a condition on kms:ViaService, the encryption context or the keys' aliases.",
    references=References(fsbp="KMS.1, KMS.2", practice="SEC03-BP02"),
    late=("policy", "inlinePolicies"),
)
def names_keys(resource: Resource) -> Iterator[Finding]:
    for name, document in documents_of(resource):
        if any(_is_any_key(statement) for statement in _decrypting(document, name)):
            yield "decrypts with any key"


@rule(
    "kms-key-must-be-used-through-services",
    KEY,
    MANAGED_POLICY,
    ROLE_POLICY,
    ROLE,
    severity=Severity.MEDIUM,
    description="Who decrypts does so through the service whose data it is, also with a key that is named: a stolen "
    "ciphertext is then worth nothing to them.",
    remediation="Add the condition StringEquals kms:ViaService; where code itself encrypts, the encryption context.",
    references=References(practice="SEC08-BP01, SEC03-BP02"),
    url="https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service",
    late=("policy", "inlinePolicies"),
)
def used_through_services(resource: Resource, graph: Graph) -> Iterator[Finding]:
    # A pipeline reads its own state, which is encrypted by its own hand.
    if resource.type != KEY and is_pipeline(resource, graph):
        return
    for name, document in documents_of(resource):
        for statement in _decrypting(document, name):
            # A service of AWS that uses a key itself comes through none; any key is the rule's above.
            if statement.principals.get("AWS") if resource.type == KEY else not _is_any_key(statement):
                yield "is used to decrypt by other ways" if resource.type == KEY else "decrypts by other ways"


def _decrypting(document: Any, name: str) -> Iterator[Statement]:
    """Statements that allow decryption through no service and for no purpose. All of a key for its account is another
    rule's matter: its roles' policies then decide."""
    for statement in statements(document, name):
        given = [action.lower() for action in text(statement.actions, name, "Action") if action.split(":")[-1] != "*"]
        decrypts = any(fnmatchcase(action.lower(), one) for action in DECRYPTING for one in given)
        if statement.allows and decrypts and not _is_narrowed(statement):
            yield statement


def _is_any_key(statement: Statement) -> bool:
    keys = [str(key) for key in statement.resources]
    return not keys or any(key == "*" or key.endswith((":*", "key/*")) for key in keys)


def _is_narrowed(statement: Statement) -> bool:
    narrowed = any(key.startswith(NARROWING) for key in statement.condition_keys())
    return narrowed or statement.tests("Null", THROUGH, "false")
