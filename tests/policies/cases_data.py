"""Cases of the rules about databases, caches, buckets, keys, secrets and backups."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, every_statement, put, remove, unlink, unprotect
from tests.policies.cases_audit_logs import set_parameter
from tests.policies.graph_adapter import Declared, Stack


def files(resource: Declared) -> bool:
    """Of the buckets and what is beside them, those of users' files."""
    return "files" in resource.name


def no_password(stack: Stack, _: Declared) -> None:
    user = next(one for one in stack if one.type == t.CACHE_USER)
    user.props |= {"authenticationMode": {"type": "no-password-required"}, "accessString": "on ~* +@all"}


def without_store(stack: Stack, subject: Declared) -> None:
    """Take the database out of the selection."""
    database = next(one.urn for one in stack if one.type == t.DATABASE)
    subject.links["resources"] = [urn for urn in subject.links["resources"] if urn != database]


def keep_a_week(_: Stack, plan: Declared) -> None:
    for entry in plan.props["rules"]:
        entry["lifecycle"]["deleteAfter"] = 7


ENCRYPTION = "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm"

REFUSALS = frozenset(
    {"s3-bucket-must-refuse-old-tls", "s3-bucket-must-refuse-other-accounts", "s3-bucket-must-refuse-other-encryption"}
)
"""What a bucket's policy says beside TLS, and no longer does once every statement of it is broken."""

CASES = [
    Case(
        rule="rds-instance-must-not-be-public",
        at=t.DATABASE,
        breaks=put("publiclyAccessible", True),
        loses="dbSubnetGroupName",
        hides="publiclyAccessible",
    ),
    Case(
        rule="rds-instance-must-be-encrypted",
        at=t.DATABASE,
        breaks=put("storageEncrypted", False),
        loses="storageEncrypted",
        hides="storageEncrypted",
    ),
    Case(
        rule="rds-instance-must-be-multi-az",
        at=t.DATABASE,
        breaks=put("multiAz", False),
        loses="multiAz",
        hides="multiAz",
    ),
    Case(
        rule="rds-instance-must-refuse-deletion",
        at=t.DATABASE,
        breaks=put("skipFinalSnapshot", True),
        loses="deletionProtection",
        hides="deletionProtection",
    ),
    Case(
        rule="rds-instance-must-keep-backups",
        at=t.DATABASE,
        breaks=put("backupRetentionPeriod", 7),
        loses="backupRetentionPeriod",
        hides="backupRetentionPeriod",
    ),
    Case(
        rule="rds-instance-must-manage-its-password",
        at=t.DATABASE,
        breaks=put("password", "in the state"),
        loses="manageMasterUserPassword",
        hides="manageMasterUserPassword",
    ),
    Case(
        rule="rds-instance-must-force-tls",
        at=t.DATABASE_PARAMETERS,
        breaks=set_parameter("rds.force_ssl", "0"),
        loses="parameters",
        hides="parameters",
    ),
    Case(
        rule="rds-instance-must-export-its-logs",
        at=t.DATABASE,
        breaks=put("enabledCloudwatchLogsExports", ["upgrade"]),
        loses="enabledCloudwatchLogsExports",
        hides="enabledCloudwatchLogsExports",
    ),
    Case(
        rule="rds-instance-must-have-insights",
        at=t.DATABASE,
        breaks=put("performanceInsightsEnabled", False),
        loses="performanceInsightsKmsKeyId",
        hides="performanceInsightsEnabled",
    ),
    Case(
        rule="elasticache-replication-group-must-be-encrypted",
        at=t.CACHE,
        breaks=put("transitEncryptionMode", "preferred"),
        loses="atRestEncryptionEnabled",
        hides="transitEncryptionEnabled",
    ),
    Case(
        rule="elasticache-replication-group-must-authenticate",
        at=t.CACHE,
        breaks=no_password,
        also=frozenset({"elasticache-user-must-be-bounded"}),
        loses="userGroupIds",
        hides="userGroupIds",
        set_when_unknown=True,
    ),
    Case(
        rule="elasticache-replication-group-must-fail-over",
        at=t.CACHE,
        breaks=put("numCacheClusters", 1),
        loses="multiAzEnabled",
        hides="automaticFailoverEnabled",
    ),
    Case(
        rule="elasticache-replication-group-must-keep-snapshots",
        at=t.CACHE,
        breaks=put("snapshotRetentionLimit", 1),
        loses="snapshotRetentionLimit",
        hides="snapshotRetentionLimit",
    ),
    Case(
        rule="s3-bucket-must-block-public-access",
        at=t.BUCKET_PUBLIC_ACCESS,
        breaks=put("blockPublicPolicy", False),
        also=frozenset({"s3-public-access-block-must-be-complete"}),
        loses="restrictPublicBuckets",
        hides="blockPublicAcls",
    ),
    Case(
        rule="s3-public-access-block-must-be-complete",
        at=t.BUCKET_PUBLIC_ACCESS,
        breaks=put("ignorePublicAcls", False),
        also=frozenset({"s3-bucket-must-block-public-access"}),
        loses="blockPublicPolicy",
        hides="restrictPublicBuckets",
    ),
    Case(
        rule="s3-bucket-must-be-encrypted",
        at=t.BUCKET_ENCRYPTION,
        where=files,
        breaks=put(ENCRYPTION, "AES256"),
        also=frozenset({"s3-bucket-must-refuse-other-encryption"}),
        loses=remove,
        hides=ENCRYPTION,
    ),
    Case(
        rule="s3-bucket-must-keep-versions",
        at=t.BUCKET_VERSIONING,
        breaks=put("versioningConfiguration.status", "Suspended"),
        loses="versioningConfiguration",
        hides="versioningConfiguration.status",
    ),
    Case(
        rule="s3-bucket-must-own-its-objects",
        at=t.BUCKET_OWNERSHIP,
        breaks=put("rule.objectOwnership", "ObjectWriter"),
        loses="rule",
        hides="rule.objectOwnership",
    ),
    Case(
        rule="s3-bucket-must-demand-tls",
        at=t.BUCKET_POLICY,
        breaks=every_statement(Condition={"Bool": {"aws:SecureTransport": "true"}})("policy"),
        also=REFUSALS,
        where=files,
        loses=remove,
        hides="policy",
    ),
    Case(
        rule="s3-bucket-must-log-access",
        at=t.BUCKET_LOGGING,
        where=files,
        breaks=remove,
        loses="bucket",
        hides="bucket",
        set_when_unknown=True,
    ),
    Case(
        rule="s3-bucket-policy-must-not-be-public",
        at=t.BUCKET_POLICY,
        where=files,
        breaks=every_statement(Effect="Allow", Principal="*")("policy"),
        also=REFUSALS | {"s3-bucket-must-demand-tls", "iam-resource-policy-must-name-its-actions"},
        loses="policy",
        hides="policy",
    ),
    Case(
        rule="kms-key-must-rotate",
        at=t.KEY,
        breaks=put("enableKeyRotation", False),
        loses="enableKeyRotation",
        hides="enableKeyRotation",
    ),
    Case(
        rule="kms-key-must-be-recoverable",
        at=t.KEY,
        breaks=put("deletionWindowInDays", 7),
        loses="deletionWindowInDays",
        hides="deletionWindowInDays",
    ),
    Case(
        rule="kms-key-policy-must-not-be-public",
        at=t.KEY,
        breaks=every_statement(Principal={"AWS": "*"}, Condition=None)("policy"),
        loses="policy",
        hides="policy",
        also=frozenset({"kms-key-must-be-used-through-services"}),
    ),
    Case(
        rule="secretsmanager-secret-must-use-own-key",
        at=t.SECRET,
        breaks=put("kmsKeyId", ""),
        loses="kmsKeyId",
        hides="kmsKeyId",
        set_when_unknown=True,
    ),
    Case(
        rule="secretsmanager-secret-must-be-recoverable",
        at=t.SECRET,
        breaks=put("recoveryWindowInDays", 0),
        loses="recoveryWindowInDays",
        hides="recoveryWindowInDays",
    ),
    Case(
        rule="secretsmanager-secret-must-not-be-public",
        at=t.SECRET,
        breaks=put("policy", '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}'),
        loses="policy",
        hides="policy",
        safe_when_missing=True,
    ),
    Case(
        rule="backup-selection-must-cover-stores",
        at=t.BACKUP_SELECTION,
        breaks=without_store,
        loses="resources",
        hides="resources",
        set_when_unknown=True,
    ),
    Case(
        rule="backup-plan-must-keep-a-month",
        at=t.BACKUP_PLAN,
        breaks=keep_a_week,
        loses="rules",
        hides="rules",
    ),
    Case(
        rule="backup-vault-must-be-locked",
        at=t.VAULT_LOCK,
        breaks=remove,
        loses="minRetentionDays",
        hides="minRetentionDays",
    ),
    Case(
        rule="backup-vault-must-use-own-key",
        at=t.VAULT,
        breaks=put("kmsKeyArn", ""),
        loses="kmsKeyArn",
        hides="kmsKeyArn",
        set_when_unknown=True,
    ),
    Case(
        rule="backup-vault-must-deny-deletion",
        at=t.VAULT_POLICY,
        breaks=every_statement(Effect="Allow")("policy"),
        loses=unlink("backupVaultName"),
        hides="policy",
    ),
    Case(
        rule="pulumi-stateful-resource-must-be-protected",
        at=t.DATABASE,
        breaks=unprotect,
        loses=unprotect,
        hides="engine",
        set_when_unknown=True,
    ),
    Case(
        rule="aws-store-must-refuse-forced-destroy",
        at=t.BUCKET,
        breaks=put("forceDestroy", True),
        loses="forceDestroy",
        hides="forceDestroy",
        safe_when_missing=True,
    ),
]
