"""Cases of the rules about copies in another region."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, named, put, remove

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
]
