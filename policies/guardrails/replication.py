"""Copies of users' files and of the database's backups in another region."""

from collections.abc import Iterator
from typing import Any, cast

from pulumi_policy import PolicyResource, Severity

from .graph import Graph, single
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import BACKUP_SELECTION, BUCKET, BUCKET_REPLICATION, DATABASE, DATABASE_BACKUPS, KEY
from .values import look, mapping, number, plain

ENCRYPTED = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html"
BACKUPS = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReplicateBackups.html"


def is_copy(bucket: Resource, graph: Graph) -> bool:
    """Whether another bucket is replicated to this one."""
    return bool(graph.pointing_at(bucket, "rules", BUCKET_REPLICATION))


@rule(
    "s3-bucket-must-be-replicated",
    BUCKET,
    severity=Severity.HIGH,
    description="Each bucket of production that is worth a backup has a copy of every object in another region.",
    remediation="Add one BucketReplicationConfig with an enabled rule for everything to a bucket whose provider is of "
    "another region.",
    references=References(fsbp="S3.7", checkov="CKV_AWS_144", practice="REL13-BP02"),
    production_only=True,
)
def replicated(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if not graph.pointing_at(resource, "resources", BACKUP_SELECTION):
        return
    configuration = single(graph.pointing_at(resource, "bucket", BUCKET_REPLICATION))
    if configuration is None:
        yield "does not have exactly one BucketReplicationConfig"
        return
    copies = graph.linked(configuration, "rules", BUCKET)
    if not copies:
        yield "is replicated to no bucket of this stack"
    elif all(_region(copy) == _region(resource) for copy in copies):
        yield "is replicated within its own region"
    if not any(_copies_everything(entry) for entry in configuration.entries("rules")):
        yield "has no enabled rule that replicates every object"


@rule(
    "s3-replication-must-encrypt-copies",
    BUCKET_REPLICATION,
    severity=Severity.HIGH,
    description="Encrypted objects are replicated too, which S3 leaves out by default, and encrypted with a key of "
    "this stack in the region of the copy.",
    remediation="Set sourceSelectionCriteria.sseKmsEncryptedObjects to Enabled and replicaKmsKeyId to a key that has "
    "the same provider as the destination.",
    references=References(fsbp="S3.17", checkov="CKV_AWS_145", practice="SEC08-BP02"),
    url=ENCRYPTED,
)
def encrypts_copies(resource: Resource, graph: Graph) -> Iterator[Finding]:
    entries = resource.entries("rules")
    if not entries:
        yield "has no rule"
    for entry in entries:
        if look(entry, "sourceSelectionCriteria", "sseKmsEncryptedObjects", "status") != "Enabled":
            yield "leaves out encrypted objects"
    keys = {_region(key) for key in graph.linked(resource, "rules", KEY)}
    buckets = {_region(bucket) for bucket in graph.linked(resource, "rules", BUCKET)}
    if entries and (not keys or keys != buckets):
        yield "encrypts copies with no key of this stack in their own region"


@rule(
    "rds-instance-must-replicate-its-backups",
    DATABASE,
    severity=Severity.HIGH,
    description="Snapshots and logs of the database of production are copied to another region and kept there as long "
    "as here.",
    remediation="Add one InstanceAutomatedBackupsReplication of the instance whose provider is of another region, with "
    "the retentionPeriod of the instance's backupRetentionPeriod.",
    references=References(practice="REL13-BP02"),
    url=BACKUPS,
    production_only=True,
)
def replicates_backups(resource: Resource, graph: Graph) -> Iterator[Finding]:
    replication = single(graph.pointing_at(resource, "sourceDbInstanceArn", DATABASE_BACKUPS))
    if replication is None:
        yield "does not have exactly one InstanceAutomatedBackupsReplication"
        return
    if _region(replication) in (None, _region(resource)):
        yield "has its backups replicated within its own region"
    least = number(resource.props.get("backupRetentionPeriod"))
    yield from expect(
        replication, "retentionPeriod", lambda days: number(days) >= least, "its replicated backups end before its own"
    )


@rule(
    "rds-replicated-backups-must-be-encrypted",
    DATABASE_BACKUPS,
    severity=Severity.HIGH,
    description="Copies of the database's backups are encrypted with a key of this stack in their own region.",
    remediation="Set kmsKeyId to a key that has the same provider as the replication.",
    references=References(checkov="CKV_AWS_245", practice="SEC08-BP02"),
    url=BACKUPS,
)
def encrypts_backups(resource: Resource, graph: Graph) -> Iterator[Finding]:
    keys = {_region(key) for key in graph.linked(resource, "kmsKeyId", KEY)}
    if keys != {_region(resource)}:
        yield "encrypts copies with no key of this stack in their own region"


def _copies_everything(entry: Any) -> bool:
    narrowed = look(entry, "filter", "prefix") or look(entry, "filter", "tag") or look(entry, "filter", "and")
    return look(entry, "status") == "Enabled" and not narrowed and not look(entry, "prefix")


def _region(resource: Resource) -> str | None:
    """The region of the resource's provider, None where it cannot be told: then it counts as no other region."""
    provider = cast("PolicyResource", resource.source).provider
    return None if provider is None else mapping(plain(provider.props)).get("region")
