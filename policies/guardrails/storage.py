"""S3: each bucket complete. In version 7 of the provider all of it is in resources beside the bucket."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .documents import statements, text
from .graph import Graph, single
from .remediation import Setting
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import (
    BUCKET,
    BUCKET_ENCRYPTION,
    BUCKET_LIFECYCLE,
    BUCKET_LOGGING,
    BUCKET_OWNERSHIP,
    BUCKET_POLICY,
    BUCKET_PUBLIC_ACCESS,
    BUCKET_VERSIONING,
    LOAD_BALANCER,
)
from .values import UNKNOWN, is_one_of, is_true, look

FLAGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def receives_logs(bucket: Resource, graph: Graph) -> bool:
    """Whether the bucket is where access logs go, of buckets or of a load balancer."""
    return bool(
        graph.pointing_at(bucket, "targetBucket", BUCKET_LOGGING)
        or graph.pointing_at(bucket, "accessLogs", LOAD_BALANCER)
    )


def _side(bucket: Resource, graph: Graph, type_: str) -> Resource | None:
    """The one resource of this type beside the bucket; two of them overwrite each other, so they count as none."""
    return single(graph.pointing_at(bucket, "bucket", type_))


def _inline(bucket: Resource, name: str) -> str:
    """The bucket's own property in place of a resource beside it, as older programs have it; empty where it is not.
    Its second name says it in the plural. What is unknown was not given: AWS answers with it after the deployment."""
    return next((one for one in (name, f"{name}s") if bucket.has(one) and bucket.props[one] is not UNKNOWN), "")


@rule(
    "s3-bucket-must-block-public-access",
    BUCKET,
    severity=Severity.CRITICAL,
    description="Public access to each bucket is blocked in all four ways.",
    remediation="Add one BucketPublicAccessBlock for the bucket with the four flags true.",
    references=References(fsbp="S3.8", cis="2.1.4", checkov="CKV2_AWS_6, CKV_AWS_53, CKV_AWS_54"),
)
def blocks_public_access(resource: Resource, graph: Graph) -> Iterator[Finding]:
    # Where it is not given, AWS answers with one after the deployment: until then it is unknown, and never public.
    acl = resource.props.get("acl")
    if str(acl).startswith("public"):
        yield f"acl is {acl}"
    block = _side(resource, graph, BUCKET_PUBLIC_ACCESS)
    if block is None:
        yield "does not have exactly one BucketPublicAccessBlock"
        return
    for flag in FLAGS:
        yield from expect(block, flag, is_true, f"{flag} is not true")


@rule(
    "s3-public-access-block-must-be-complete",
    BUCKET_PUBLIC_ACCESS,
    severity=Severity.CRITICAL,
    description="A block of public access blocks all four ways. It is judged before it is made, not with the bucket.",
    remediation="Set the four flags to true; a bucket that somebody must read admits them by its policy.",
    references=References(fsbp="S3.8", cis="2.1.4", checkov="CKV_AWS_55, CKV_AWS_56"),
    remedy=tuple(Setting(path=flag) for flag in FLAGS),
)
def blocks_completely(resource: Resource) -> Iterator[Finding]:
    for flag in FLAGS:
        yield from expect(resource, flag, is_true, f"{flag} is not true")


@rule(
    "s3-bucket-must-be-encrypted",
    BUCKET,
    severity=Severity.HIGH,
    description="Objects are encrypted with a key of this stack; S3's own key is enough for buckets that receive logs.",
    remediation="Add one BucketServerSideEncryptionConfiguration with sseAlgorithm aws:kms and kmsMasterKeyId.",
    references=References(fsbp="S3.17", checkov="CKV_AWS_145"),
)
def encrypted(resource: Resource, graph: Graph) -> Iterator[Finding]:
    configuration, where = _side(resource, graph, BUCKET_ENCRYPTION), "rules"
    if configuration is None:
        configuration, where = resource, _inline(resource, "serverSideEncryptionConfiguration")
    if not where:
        yield "does not have exactly one BucketServerSideEncryptionConfiguration"
        return
    # Inline, the list of rules is one level deeper.
    within = [where] if configuration is not resource else [where, "rules" if where.endswith("s") else "rule"]
    algorithm = configuration.get(*within, "applyServerSideEncryptionByDefault", "sseAlgorithm")
    # Load balancers deliver to S3's own key only (ELB user guide, enable-access-logging).
    if algorithm == "AES256" and receives_logs(resource, graph):
        return
    if not is_one_of(algorithm, {"aws:kms", "aws:kms:dsse"}):
        yield "is not encrypted with KMS"
    elif not graph.linked(configuration, where):
        yield "is encrypted with a key that is not of this stack"


@rule(
    "s3-bucket-must-keep-versions",
    BUCKET,
    severity=Severity.HIGH,
    description="An overwritten or deleted object can be brought back.",
    remediation="Add one BucketVersioning with versioningConfiguration.status Enabled.",
    references=References(fsbp="S3.14", checkov="CKV_AWS_21", practice="REL09-BP01"),
)
def keeps_versions(resource: Resource, graph: Graph) -> Iterator[Finding]:
    versioning = _side(resource, graph, BUCKET_VERSIONING)
    inline = _inline(resource, "versioning")
    if versioning is None and inline:
        yield from expect(resource, f"{inline}.enabled", is_true, "versioning is not enabled")
        return
    if versioning is None:
        yield "does not have exactly one BucketVersioning"
        return
    yield from expect(
        versioning, "versioningConfiguration.status", lambda status: status == "Enabled", "versioning is not enabled"
    )


@rule(
    "s3-bucket-must-own-its-objects",
    BUCKET,
    severity=Severity.MEDIUM,
    description="Access lists are off: the bucket's owner owns every object.",
    remediation="Add one BucketOwnershipControls with rule.objectOwnership BucketOwnerEnforced.",
    references=References(fsbp="S3.12", checkov="CKV2_AWS_65"),
)
def owns_objects(resource: Resource, graph: Graph) -> Iterator[Finding]:
    controls = _side(resource, graph, BUCKET_OWNERSHIP)
    if controls is None:
        yield "does not have exactly one BucketOwnershipControls"
        return
    yield from expect(
        controls, "rule.objectOwnership", lambda owner: owner == "BucketOwnerEnforced", "access lists are not off"
    )


@rule(
    "s3-bucket-must-clean-up",
    BUCKET,
    severity=Severity.MEDIUM,
    description="A lifecycle ends abandoned uploads, which are stored and paid for but never listed.",
    remediation="Add one BucketLifecycleConfiguration with an enabled rule abortIncompleteMultipartUpload.",
    references=References(fsbp="S3.13", checkov="CKV2_AWS_61, CKV_AWS_300"),
)
def cleans_up(resource: Resource, graph: Graph) -> Iterator[Finding]:
    lifecycle = _side(resource, graph, BUCKET_LIFECYCLE)
    if lifecycle is None:
        yield "does not have exactly one BucketLifecycleConfiguration"
        return
    rules = [entry for entry in lifecycle.entries("rules") if look(entry, "status") == "Enabled"]
    if not any(look(entry, "abortIncompleteMultipartUpload", "daysAfterInitiation") for entry in rules):
        yield "no enabled lifecycle rule aborts incomplete uploads"


@rule(
    "s3-bucket-must-end-old-versions",
    BUCKET,
    severity=Severity.MEDIUM,
    description="A lifecycle ends versions that were overwritten or deleted: else what users deleted stays for ever.",
    remediation="Add one BucketLifecycleConfiguration with an enabled rule noncurrentVersionExpiration.",
    references=References(fsbp="S3.10", checkov="CKV2_AWS_61"),
)
def ends_old_versions(resource: Resource, graph: Graph) -> Iterator[Finding]:
    lifecycle = _side(resource, graph, BUCKET_LIFECYCLE)
    rules = lifecycle.entries("rules") if lifecycle else []
    if not any(
        look(entry, "noncurrentVersionExpiration", "noncurrentDays")
        for entry in rules
        if look(entry, "status") == "Enabled"
    ):
        yield "no enabled lifecycle rule ends old versions"


@rule(
    "s3-bucket-must-demand-tls",
    BUCKET,
    severity=Severity.HIGH,
    description="The bucket refuses requests without TLS.",
    remediation="Add one BucketPolicy that denies s3:* to everyone when aws:SecureTransport is false.",
    references=References(fsbp="S3.5", cis="2.1.1"),
    late=("policy",),
)
def demands_tls(resource: Resource, graph: Graph) -> Iterator[Finding]:
    policy = _side(resource, graph, BUCKET_POLICY)
    if policy is None:
        yield "does not have exactly one BucketPolicy"
        return
    for statement in statements(policy.props.get("policy"), "policy"):
        anyone = any("*" in names for names in statement.principals.values())
        everything = bool({"s3:*", "*"} & set(text(statement.actions, "policy", "Action")))
        if (
            statement.effect == "Deny"
            and anyone
            and everything
            and statement.tests("Bool", "aws:SecureTransport", "false")
        ):
            return
    yield "its policy does not deny requests without TLS"


@rule(
    "s3-bucket-must-log-access",
    BUCKET,
    severity=Severity.MEDIUM,
    description="Requests to each bucket are logged in another one; a bucket that receives logs needs none.",
    remediation="Add one BucketLogging with the log bucket as targetBucket.",
    references=References(fsbp="S3.9", checkov="CKV_AWS_18"),
)
def logs_access(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if receives_logs(resource, graph):
        return
    logging = _side(resource, graph, BUCKET_LOGGING)
    if logging is None:
        yield "does not have exactly one BucketLogging"
    elif not graph.linked(logging, "targetBucket", BUCKET):
        yield "logs to no bucket of this stack"


@rule(
    "s3-bucket-policy-must-not-be-public",
    BUCKET_POLICY,
    severity=Severity.CRITICAL,
    description="No bucket policy allows anyone.",
    remediation="Name the principal, or tie the statement to an account with aws:SourceAccount.",
    references=References(fsbp="S3.2, S3.3", checkov="CKV_AWS_70"),
    late=("policy",),
)
def policy_not_public(resource: Resource) -> Iterator[Finding]:
    for statement in statements(resource.props.get("policy"), "policy"):
        if statement.is_public:
            yield "allows anyone"
