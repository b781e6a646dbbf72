"""CodeArtifact: packages encrypted with our key, for callers who are named."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .documents import statements
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import PACKAGE_DOMAIN, PACKAGE_DOMAIN_POLICY, PACKAGE_REPOSITORY_POLICY


@rule(
    "codeartifact-domain-must-use-own-key",
    PACKAGE_DOMAIN,
    severity=Severity.MEDIUM,
    description="Packages are encrypted with a key of this stack.",
    remediation="Set encryptionKey; on an existing domain this replaces it.",
    references=References(checkov="CKV_AWS_221", practice="SEC08-BP01"),
    url="https://docs.aws.amazon.com/codeartifact/latest/ug/domain-create.html",
)
def own_key(resource: Resource) -> Iterator[Finding]:
    if not resource.has("encryptionKey"):
        yield "encryptionKey is missing"


@rule(
    "codeartifact-policy-must-not-be-public",
    PACKAGE_DOMAIN_POLICY,
    PACKAGE_REPOSITORY_POLICY,
    severity=Severity.CRITICAL,
    description="No policy of a domain or repository lets anyone fetch packages, tokens for them, or publish.",
    remediation="Name the accounts or the organisation, or remove the policy: roles of this account need none.",
    references=References(practice="SEC03-BP07"),
    url="https://docs.aws.amazon.com/codeartifact/latest/ug/repo-policies.html",
    late=("policyDocument",),
)
def not_public(resource: Resource) -> Iterator[Finding]:
    for statement in statements(resource.props.get("policyDocument"), "policyDocument"):
        if statement.is_public:
            yield "its policy admits anyone"
