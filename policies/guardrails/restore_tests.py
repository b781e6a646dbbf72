"""AWS Backup tries restores on a schedule: of every store, missed when it stops, private, and not for long."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .graph import Graph, known, once_per_graph
from .resource import Resource
from .rule import Finding, References, rule
from .security_groups import admissions
from .tokens import (
    ALARM,
    BACKUP_SELECTION,
    BUCKET,
    DATABASE,
    DATABASE_SUBNETS,
    KEY,
    RESTORE_TEST,
    RESTORE_TEST_PLAN,
    SECURITY_GROUP,
    VAULT,
)
from .values import UNKNOWN, UndecidedError, mapping, number
from .watching import WATCHING, metrics

GUIDE = "https://docs.aws.amazon.com/aws-backup/latest/devguide/"
TESTED_AS = {DATABASE: "RDS", BUCKET: "S3"}
"""Type -> what a restore test calls it."""

COMPLETED = "NumberOfRestoreJobsCompleted"
OVERRIDES = "restoreMetadataOverrides"
MOST_HOURS = 24


@rule(
    "backup-selection-must-be-restore-tested",
    BACKUP_SELECTION,
    severity=Severity.HIGH,
    description="A restore of each database and bucket that is backed up in production is tried on a schedule.",
    remediation="Name it in protectedResourceArns of a RestoreTestingSelection whose RestoreTestingPlan includes the "
    "vault of its backups.",
    references=References(practice="REL09-BP04"),
    url=GUIDE + "restore-testing.html",
    production_only=True,
)
def restore_tested(resource: Resource, graph: Graph) -> Iterator[Finding]:
    for store in graph.linked(resource, "resources", *TESTED_AS):
        tests = graph.pointing_at(store, "protectedResourceArns", RESTORE_TEST) or _tests_of_all(store, graph)
        plans = [plan for test in tests for plan in graph.linked(test, "restoreTestingPlanName", RESTORE_TEST_PLAN)]
        if not tests:
            yield f"no restore of {store.name} is ever tried"
        elif not any(graph.linked(plan, "recoveryPointSelection", VAULT) for plan in plans):
            yield f"the restore test of {store.name} takes from no vault of this stack"


def _tests_of_all(store: Resource, graph: Graph) -> list[Resource]:
    """The tests of every resource of its kind in the account."""
    return [
        test
        for test in graph.of(RESTORE_TEST)
        if "*" in test.entries("protectedResourceArns") and test.get("protectedResourceType") == TESTED_AS[store.type]
    ]


@rule(
    "backup-restore-test-must-be-missed",
    RESTORE_TEST,
    severity=Severity.HIGH,
    description="An alarm of production rings when no store of a kind has been restored: a test that is no longer made "
    "fails at nothing.",
    remediation="Add a MetricAlarm on NumberOfRestoreJobsCompleted of the vault, with the test's protectedResourceType "
    "as ResourceType and with treatMissingData breaching.",
    references=References(practice="REL09-BP04"),
    url=GUIDE + "cloudwatch.html",
    production_only=True,
)
def missed(resource: Resource, graph: Graph) -> Iterator[Finding]:
    kind = str(resource.get("protectedResourceType"))
    for plan in graph.linked(resource, "restoreTestingPlanName", RESTORE_TEST_PLAN):
        for vault in graph.linked(plan, "recoveryPointSelection", VAULT):
            if not {(vault.urn, kind), (str(vault.props.get("name")), kind)} & _missed(graph):
                yield f"no alarm rings when no restore of {kind} from {vault.name} is completed"


@once_per_graph
def _missed(graph: Graph) -> set[tuple[str, str]]:
    """Each vault, by its URN and by its name, with each kind of store whose restores an alarm misses."""
    found: set[tuple[str, str]] = set()
    for alarm in graph.of(ALARM):
        if alarm.get("treatMissingData") != "breaching":
            continue
        vaults = [vault.urn for name in WATCHING for vault in graph.linked(alarm, name, VAULT)]
        for metric in metrics(alarm):
            if metric.get("metricName") == COMPLETED:
                about = mapping(metric.get("dimensions"))
                named = [about["BackupVaultName"]] if "BackupVaultName" in about else []
                found |= {(str(vault), str(about.get("ResourceType"))) for vault in (*vaults, *named)}
    return found


@rule(
    "backup-restore-test-must-stay-private",
    RESTORE_TEST,
    severity=Severity.HIGH,
    description="What a test restores is as closed as what it was made from: a database in subnets and a security "
    "group of this stack, objects under a key of this stack. AWS Backup itself takes the default VPC and Amazon's key.",
    remediation="Set dbSubnetGroupName and vpcSecurityGroupIds, or encryptionType SSE-KMS and kmsKey, in "
    "restoreMetadataOverrides.",
    references=References(practice="SEC08-BP04"),
    url=GUIDE + "restore-testing-inferred-metadata.html",
)
def stays_private(resource: Resource, graph: Graph) -> Iterator[Finding]:
    kind = resource.get("protectedResourceType")
    if kind == TESTED_AS[DATABASE]:
        yield from _reached_by_nobody(resource, graph)
    elif kind == TESTED_AS[BUCKET]:
        yield from _under_own_key(resource, graph)


def _reached_by_nobody(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if str(_override(resource, "publiclyAccessible") or "false").lower() != "false":
        yield "publiclyAccessible is not false"
    if not graph.linked(resource, OVERRIDES, DATABASE_SUBNETS):
        yield "dbSubnetGroupName is no subnet group of this stack"
    groups = graph.linked(resource, OVERRIDES, SECURITY_GROUP)
    if not groups:
        yield "vpcSecurityGroupIds is no security group of this stack"
    for group in groups:
        if admissions(graph)[group.urn].by_address:
            yield f"{group.name} lets addresses in"


def _under_own_key(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if _override(resource, "encryptionType") != "SSE-KMS":
        yield "encryptionType is not SSE-KMS"
    if not graph.linked(resource, OVERRIDES, KEY) and not _override(resource, "kmsKey"):
        yield "kmsKey is missing"


def _override(resource: Resource, name: str) -> object:
    """AWS Backup takes a name in any case. Raises UndecidedError when unknown."""
    given = mapping(known(resource, OVERRIDES))
    found = next((value for key, value in given.items() if key.lower() == name.lower()), None)
    if found is UNKNOWN:
        raise UndecidedError((OVERRIDES, name))
    return found


@rule(
    "backup-restore-test-must-clean-up",
    RESTORE_TEST,
    severity=Severity.MEDIUM,
    description="What a test restored, a copy of everything, is deleted within a day.",
    remediation="Set validationWindowHours to 24 or less.",
    references=References(practice="SEC07-BP04"),
    url=GUIDE + "restore-testing.html",
)
def cleans_up(resource: Resource) -> Iterator[Finding]:
    # AWS Backup deletes it at once where nothing is said.
    if number(resource.get("validationWindowHours")) > MOST_HOURS:
        yield f"is kept for {number(resource.get('validationWindowHours')):g} hours"
