"""S3 bucket policies: what each refuses, so that one wrong permission elsewhere opens nothing."""

from collections.abc import Callable, Iterator

from pulumi_policy import Severity

from .documents import Statement, statements, text
from .graph import Graph, single
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import BUCKET, BUCKET_ENCRYPTION, BUCKET_POLICY
from .values import mapping

ALGORITHM = "s3:x-amz-server-side-encryption"
KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
CUSTOMER_ALGORITHM = "s3:x-amz-server-side-encryption-customer-algorithm"
SERVICES = "aws:principalisawsservice"
MODERN_TLS = ("1.2", "1.3")
PERIMETER = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html"
ENCRYPTION = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/specifying-kms-encryption.html"
TLS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html"
LOCK_OUT = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html"


def _policy(bucket: Resource, graph: Graph) -> Resource | None:
    return single(graph.pointing_at(bucket, "bucket", BUCKET_POLICY))


def _refuses(policy: Resource | None, action: str, *keys: str, test: Callable[[Statement], bool]) -> bool:
    """Whether a statement denies `action` to everyone under a condition of these keys and no further one."""
    return policy is not None and any(
        _is_for_everyone(statement)
        and {action, "s3:*", "*"} & set(text(statement.actions, "policy", "Action"))
        and _keys(statement) <= {key.lower() for key in keys}
        and test(statement)
        for statement in statements(policy.props.get("policy"), "policy")
    )


def _is_for_everyone(statement: Statement) -> bool:
    return statement.effect == "Deny" and any("*" in names for names in statement.principals.values())


def _keys(statement: Statement) -> set[str]:
    return {key.lower() for tests in statement.condition.values() for key in mapping(tests)}


@rule(
    "s3-bucket-must-refuse-old-tls",
    BUCKET,
    severity=Severity.MEDIUM,
    description="The bucket refuses versions of TLS before 1.2.",
    remediation="Deny s3:* to everyone when s3:TlsVersion is NumericLessThan 1.2.",
    references=References(practice="SEC09-BP02"),
    url=TLS,
    late=("policy",),
)
def refuses_old_tls(resource: Resource, graph: Graph) -> Iterator[Finding]:
    def old(statement: Statement) -> bool:
        return any(statement.tests("NumericLessThan", "s3:TlsVersion", version) for version in MODERN_TLS)

    if not _refuses(_policy(resource, graph), "s3:*", "s3:TlsVersion", test=old):
        yield "its policy does not deny TLS before 1.2"


@rule(
    "s3-bucket-must-refuse-other-accounts",
    BUCKET,
    severity=Severity.HIGH,
    description="The bucket refuses callers of other accounts, whatever a policy elsewhere allows them.",
    remediation="Deny s3:* to everyone when aws:PrincipalAccount is not this account and "
    "aws:PrincipalIsAWSService is false.",
    references=References(fsbp="S3.6", practice="SEC03-BP05"),
    url=PERIMETER,
    late=("policy",),
)
def refuses_other_accounts(resource: Resource, graph: Graph) -> Iterator[Finding]:
    def foreign(statement: Statement) -> bool:
        accounts = mapping(statement.condition.get("StringNotEquals")).get("aws:PrincipalAccount")
        return isinstance(accounts, str)

    if not _refuses(_policy(resource, graph), "s3:*", "aws:PrincipalAccount", SERVICES, test=foreign):
        yield "its policy does not deny other accounts than one"


@rule(
    "s3-bucket-must-refuse-other-encryption",
    BUCKET,
    severity=Severity.MEDIUM,
    description="The bucket refuses uploads that ask for another encryption than its own, or bring their own key.",
    remediation="Deny s3:PutObject to everyone when the header of algorithm or key is there and is not the bucket's.",
    references=References(fsbp="S3.17", practice="SEC08-BP03"),
    url=ENCRYPTION,
    late=("policy",),
)
def refuses_other_encryption(resource: Resource, graph: Graph) -> Iterator[Finding]:
    policy = _policy(resource, graph)
    configuration = single(graph.pointing_at(resource, "bucket", BUCKET_ENCRYPTION))
    own = (
        None
        if configuration is None
        else configuration.get("rules", "applyServerSideEncryptionByDefault", "sseAlgorithm")
    )

    def other_algorithm(statement: Statement) -> bool:
        return statement.tests("StringNotEquals", ALGORITHM, str(own))

    def other_key(statement: Statement) -> bool:
        return KEY in mapping(statement.condition.get("StringNotEquals"))

    def key_of_caller(statement: Statement) -> bool:
        return statement.tests("Null", CUSTOMER_ALGORITHM, "false")

    if not _refuses(policy, "s3:PutObject", ALGORITHM, test=other_algorithm):
        yield "its policy does not deny uploads with another algorithm"
    if own != "AES256" and not _refuses(policy, "s3:PutObject", ALGORITHM, KEY, test=other_key):
        yield "its policy does not deny uploads with another key"
    if not _refuses(policy, "s3:PutObject", CUSTOMER_ALGORITHM, test=key_of_caller):
        yield "its policy does not deny uploads with a key of the caller"


@rule(
    "s3-bucket-policy-must-not-lock-out",
    BUCKET_POLICY,
    severity=Severity.HIGH,
    description="No bucket policy denies everyone everything: only the root user could mend it.",
    remediation="Give the Deny a condition.",
    references=References(checkov="CKV_AWS_93"),
    url=LOCK_OUT,
    late=("policy",),
)
def locks_nobody_out(resource: Resource) -> Iterator[Finding]:
    for statement in statements(resource.props.get("policy"), "policy"):
        everything = {"s3:*", "*"} & set(text(statement.actions, "policy", "Action"))
        if _is_for_everyone(statement) and everything and not _keys(statement):
            yield "denies everyone everything"
