"""Cases of the rules about what ends by itself, and what is kept to its last moment."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, drop
from tests.policies.graph_adapter import Declared, Stack


def keep_hours(_: Stack, subject: Declared) -> None:
    """Have the plan take its recovery points on a schedule only."""
    for entry in subject.props["rules"]:
        entry.pop("enableContinuousBackup", None)


CASES = [
    Case(
        rule="s3-bucket-must-clean-up",
        at=t.BUCKET_LIFECYCLE,
        breaks=drop("rules.0.abortIncompleteMultipartUpload"),
        loses="rules",
        hides="rules",
    ),
    Case(
        rule="s3-bucket-must-end-old-versions",
        at=t.BUCKET_LIFECYCLE,
        breaks=drop("rules.0.noncurrentVersionExpiration"),
        loses="rules",
        hides="rules",
    ),
    Case(
        rule="backup-plan-must-keep-every-moment",
        at=t.BACKUP_PLAN,
        breaks=keep_hours,
        loses="rules",
        hides="rules",
    ),
]
