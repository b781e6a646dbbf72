"""RDS: encrypted, private, redundant, restorable."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .graph import Graph
from .remediation import Setting
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import AURORA, AURORA_INSTANCE, DATABASE, DATABASE_EVENTS, DATABASE_PARAMETERS, TOPIC
from .values import UNKNOWN, UndecidedError, is_not_true, is_true, look, number

PRODUCTION_BACKUP_DAYS = 30
EVENTS = {
    DATABASE: frozenset({"configuration change", "failure", "maintenance"}),
    DATABASE_PARAMETERS: frozenset({"configuration change"}),
}
USUAL_OWNERS = frozenset({"admin", "postgres", "root"})


@rule(
    "rds-instance-must-not-be-public",
    DATABASE,
    AURORA_INSTANCE,
    severity=Severity.CRITICAL,
    description="The database has no public address and is in a subnet group of its own.",
    remediation="Remove publiclyAccessible and set dbSubnetGroupName.",
    references=References(fsbp="RDS.2, RDS.18", cis="2.2.3", checkov="CKV_AWS_17"),
    remedy=(Setting(path="publiclyAccessible", value=False),),
)
def not_public(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "publiclyAccessible", is_not_true, "publiclyAccessible is true")
    if resource.type == DATABASE and not resource.has("dbSubnetGroupName"):
        yield "dbSubnetGroupName is missing, so it lands in the default VPC"


@rule(
    "rds-instance-must-be-encrypted",
    DATABASE,
    AURORA,
    severity=Severity.CRITICAL,
    description="The database is encrypted with a key of this stack.",
    remediation="Set storageEncrypted to true and kmsKeyId; on an existing database this replaces it.",
    references=References(fsbp="RDS.3", cis="2.2.1", checkov="CKV_AWS_16"),
    remedy=(Setting(path="storageEncrypted", at_creation=True),),
)
def encrypted(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "storageEncrypted", is_true, "storageEncrypted is not true")
    if not resource.has("kmsKeyId"):
        yield "kmsKeyId is missing"


@rule(
    "rds-instance-must-be-multi-az",
    DATABASE,
    severity=Severity.HIGH,
    description="The database of production has a standby in another availability zone.",
    remediation="Set multiAz to true.",
    references=References(fsbp="RDS.5", cis="2.2.4", checkov="CKV_AWS_157"),
    production_only=True,
)
def multi_az(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "multiAz", is_true, "multiAz is not true")


@rule(
    "rds-instance-must-refuse-deletion",
    DATABASE,
    severity=Severity.CRITICAL,
    description="The database of production cannot be deleted by accident, and leaves a snapshot if it is deleted.",
    remediation="Set deletionProtection true, skipFinalSnapshot false, finalSnapshotIdentifier, "
    "deleteAutomatedBackups false (lifecycle: retain).",
    references=References(fsbp="RDS.8", checkov="CKV_AWS_293"),
    production_only=True,
    remedy=(
        Setting(path="deletionProtection"),
        Setting(path="skipFinalSnapshot", value=False),
        Setting(path="deleteAutomatedBackups", value=False),
    ),
)
def refuses_deletion(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "deletionProtection", is_true, "deletionProtection is not true")
    yield from expect(resource, "skipFinalSnapshot", is_not_true, "skipFinalSnapshot is true")
    yield from expect(
        resource, "deleteAutomatedBackups", lambda value: value is False, "deleteAutomatedBackups is not false"
    )
    if not resource.has("finalSnapshotIdentifier"):
        yield "finalSnapshotIdentifier is missing"


@rule(
    "rds-instance-must-keep-backups",
    DATABASE,
    severity=Severity.HIGH,
    description="Backups reach back 30 days in production, at least one elsewhere.",
    remediation="Set backupRetentionPeriod to 30 to 35 days.",
    references=References(fsbp="RDS.11", checkov="CKV_AWS_133", practice="REL09-BP01"),
)
def keeps_backups(resource: Resource) -> Iterator[Finding]:
    least = PRODUCTION_BACKUP_DAYS if resource.production else 1
    yield from expect(
        resource, "backupRetentionPeriod", lambda days: number(days) >= least, f"keeps backups under {least} day(s)"
    )


@rule(
    "rds-instance-must-manage-its-password",
    DATABASE,
    AURORA,
    severity=Severity.CRITICAL,
    description="RDS makes and keeps the master password; it never enters the program or its state.",
    remediation="Set manageMasterUserPassword to true and masterUserSecretKmsKeyId, and remove password.",
    references=References(practice="SEC02-BP03"),
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html",
)
def manages_password(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "manageMasterUserPassword", is_true, "manageMasterUserPassword is not true")
    if not resource.has("masterUserSecretKmsKeyId"):
        yield "its password is kept with AWS's key, not one of this stack"
    for name in ("password", "passwordWo", "masterPassword", "masterPasswordWo"):
        if resource.has(name):
            yield f"{name} is set"


@rule(
    "rds-instance-must-force-tls",
    DATABASE,
    severity=Severity.HIGH,
    description="The parameter group in use refuses connections without TLS.",
    remediation="Add rds.force_ssl with the value 1 to the ParameterGroup named in parameterGroupName.",
    references=References(fsbp="RDS.38", checkov="CKV2_AWS_69"),
)
def forces_tls(resource: Resource, graph: Graph) -> Iterator[Finding]:
    groups = graph.linked(resource, "parameterGroupName", DATABASE_PARAMETERS)
    if not groups:
        yield "uses no parameter group of this stack"
    for group in groups:
        if _parameters(group).get("rds.force_ssl") != "1":
            yield f"{group.name} does not set rds.force_ssl to 1"


@rule(
    "rds-instance-must-audit-changes",
    DATABASE,
    severity=Severity.HIGH,
    description="The database records who changed tables, roles and rights, and statements that took long; never the "
    "values that statements were given.",
    remediation="In the ParameterGroup named in parameterGroupName, add pgaudit to shared_preload_libraries; set "
    "pgaudit.log to ddl,role, and log_statement and log_min_duration_statement; leave pgaudit.log_parameter off.",
    references=References(checkov="CKV2_AWS_30", practice="SEC04-BP01"),
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.pgaudit.html",
)
def audits_changes(resource: Resource, graph: Graph) -> Iterator[Finding]:
    groups = graph.linked(resource, "parameterGroupName", DATABASE_PARAMETERS)
    if not groups:
        yield "uses no parameter group of this stack"
    for group in groups:
        parameters = _parameters(group)
        if "pgaudit" not in _words(parameters.get("shared_preload_libraries", "")):
            yield f"{group.name} does not load pgaudit"
        audited = _words(parameters.get("pgaudit.log", ""))
        if "all" not in audited and not audited >= {"ddl", "role"}:
            yield f"{group.name} does not audit changes of tables and of roles"
        if parameters.get("pgaudit.log_parameter", "0") not in {"0", "off"}:
            yield f"{group.name} logs the values of statements"
        for name in ("log_statement", "log_min_duration_statement"):
            if name not in parameters:
                yield f"{group.name} does not set {name}"


def _parameters(group: Resource) -> dict[str, str]:
    """The parameters that the group sets, by name. Raises UndecidedError when one is unknown."""
    parameters = group.entries("parameters")
    if UNKNOWN in parameters:
        raise UndecidedError(("parameters",))
    return {str(look(parameter, "name")): str(look(parameter, "value")) for parameter in parameters}


def _words(listed: str) -> set[str]:
    return {word.strip() for word in listed.split(",")}


@rule(
    "rds-instance-must-export-its-logs",
    DATABASE,
    severity=Severity.MEDIUM,
    description="The database's log is in CloudWatch.",
    remediation="Set enabledCloudwatchLogsExports to postgresql (and upgrade).",
    references=References(fsbp="RDS.9, RDS.36", checkov="CKV_AWS_129"),
)
def exports_logs(resource: Resource) -> Iterator[Finding]:
    if "postgresql" not in resource.entries("enabledCloudwatchLogsExports"):
        yield "enabledCloudwatchLogsExports lacks postgresql"


@rule(
    "rds-instance-must-have-insights",
    DATABASE,
    severity=Severity.LOW,
    description="Performance Insights shows what the database of production waits for, under a key of this stack.",
    remediation="Set performanceInsightsEnabled to true and performanceInsightsKmsKeyId.",
    references=References(checkov="CKV_AWS_353, CKV_AWS_354"),
    url="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.html",
    production_only=True,
)
def has_insights(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "performanceInsightsEnabled", is_true, "performanceInsightsEnabled is not true")
    if not resource.has("performanceInsightsKmsKeyId"):
        yield "performanceInsightsKmsKeyId is missing"


@rule(
    "rds-instance-must-be-monitored",
    DATABASE,
    severity=Severity.MEDIUM,
    description="Processes, memory and disks of the machine under the database are measured every minute or oftener.",
    remediation="Set monitoringInterval to 60 or less, but not 0, and monitoringRoleArn.",
    references=References(fsbp="RDS.6", checkov="CKV_AWS_118"),
)
def is_monitored(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource, "monitoringInterval", lambda seconds: 1 <= number(seconds) <= 60, "monitoringInterval is not 1 to 60"
    )
    if not resource.has("monitoringRoleArn"):
        yield "monitoringRoleArn is missing"


@rule(
    "rds-instance-must-admit-iam-logins",
    DATABASE,
    severity=Severity.MEDIUM,
    description="People can sign in to the database with IAM, and need no password of their own.",
    remediation="Set iamDatabaseAuthenticationEnabled to true.",
    references=References(fsbp="RDS.10", checkov="CKV_AWS_161"),
    remedy=(Setting(path="iamDatabaseAuthenticationEnabled"),),
)
def admits_iam_logins(resource: Resource) -> Iterator[Finding]:
    name = "iamDatabaseAuthenticationEnabled"
    yield from expect(resource, name, is_true, f"{name} is not true")


@rule(
    "rds-instance-must-tag-its-snapshots",
    DATABASE,
    severity=Severity.LOW,
    description="Snapshots carry the tags of the database, by which costs are told and access is decided.",
    remediation="Set copyTagsToSnapshot to true.",
    references=References(fsbp="RDS.17", checkov="CKV2_AWS_60"),
    remedy=(Setting(path="copyTagsToSnapshot"),),
)
def tags_snapshots(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "copyTagsToSnapshot", is_true, "copyTagsToSnapshot is not true")


@rule(
    "rds-instance-must-name-its-owner",
    DATABASE,
    severity=Severity.LOW,
    description="The owner's user name is not one that everybody tries first.",
    remediation=f"Set username to another name than {', '.join(sorted(USUAL_OWNERS))}; this replaces the database.",
    references=References(fsbp="RDS.25"),
)
def names_owner(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource,
        "username",
        lambda name: str(name or "postgres").lower() not in USUAL_OWNERS,
        "username is missing or the usual one",
    )


@rule(
    "rds-events-must-reach-someone",
    DATABASE,
    DATABASE_PARAMETERS,
    severity=Severity.MEDIUM,
    description="That RDS maintains, changes or cannot run the database is told to the topic that alarms go to.",
    remediation="Add EventSubscriptions with snsTopic, sourceIds and sourceType: for a db-instance at least the "
    "categories configuration change, failure and maintenance, for a db-parameter-group configuration change.",
    references=References(fsbp="RDS.20, RDS.21", practice="REL06-BP03"),
)
def events_reach_someone(resource: Resource, graph: Graph) -> Iterator[Finding]:
    told: set[str] = set()
    for subscription in graph.pointing_at(resource, "sourceIds", DATABASE_EVENTS):
        if subscription.get("enabled") is not False and graph.linked(subscription, "snsTopic", TOPIC):
            told |= set(map(str, subscription.entries("eventCategories")))
    for category in sorted(EVENTS[resource.type] - told):
        yield f"tells nobody of events of the category {category}"
