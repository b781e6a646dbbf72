"""Cases of the rules about copies in another region."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, drop, named, put, remove

CASES = [
    Case(
        rule="s3-bucket-must-be-replicated",
        at=t.BUCKET_REPLICATION,
        where=named("replication-files"),
        breaks=put("rules.0.status", "Disabled"),
        loses=remove,
        hides="rules.0.status",
    ),
    Case(
        rule="s3-replication-must-encrypt-copies",
        at=t.BUCKET_REPLICATION,
        where=named("replication-files"),
        breaks=put("rules.0.sourceSelectionCriteria.sseKmsEncryptedObjects.status", "Disabled"),
        loses="rules",
        hides="rules.0.sourceSelectionCriteria.sseKmsEncryptedObjects.status",
    ),
    Case(
        rule="rds-instance-must-replicate-its-backups",
        at=t.DATABASE_BACKUPS,
        where=named("backups-replica-replication"),
        breaks=put("retentionPeriod", 7),
        loses=remove,
        hides="retentionPeriod",
    ),
    Case(
        rule="rds-replicated-backups-must-be-encrypted",
        at=t.DATABASE_BACKUPS,
        where=named("backups-replica-replication"),
        breaks=drop("kmsKeyId"),
        loses="kmsKeyId",
        hides="kmsKeyId",
        set_when_unknown=True,
    ),
]
