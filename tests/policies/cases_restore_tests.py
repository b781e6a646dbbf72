"""Cases of the rules about restore tests."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, Change, drop, named, put, remove, together, unlink

DATABASE, BUCKETS = named("restore-testing-database"), named("restore-testing-buckets")


def override(name: str, value: str) -> Change:
    """Tell AWS Backup something else about what it restores."""
    return put(f"restoreMetadataOverrides.{name}", value)


CASES = [
    Case(
        rule="backup-selection-must-be-restore-tested",
        at=t.RESTORE_TEST,
        where=DATABASE,
        breaks=remove,
        loses=together(drop("protectedResourceArns"), unlink("protectedResourceArns")),
        hides="protectedResourceArns",
        set_when_unknown=True,
    ),
    Case(
        rule="backup-restore-test-must-be-missed",
        at=t.ALARM,
        where=named("backup-database-not-restored"),
        breaks=remove,
        loses="metricQueries",
        hides="metricQueries",
    ),
    Case(
        rule="backup-restore-test-must-stay-private",
        at=t.RESTORE_TEST,
        where=DATABASE,
        breaks=override("publiclyAccessible", "true"),
        loses="restoreMetadataOverrides",
        hides="restoreMetadataOverrides",
    ),
    Case(
        rule="backup-restore-test-must-clean-up",
        at=t.RESTORE_TEST,
        where=BUCKETS,
        breaks=put("validationWindowHours", 168),
        loses="validationWindowHours",
        hides="validationWindowHours",
        safe_when_missing=True,
    ),
]
