"""AWS Backup: every store is selected, and what is kept cannot be deleted early."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .audit import is_locked
from .documents import statements, text
from .graph import Graph, single
from .queries import holds_results
from .replication import is_copy
from .resource import Resource
from .rule import Finding, References, expect, rule
from .search import holds_snapshots
from .storage import receives_logs
from .tokens import BACKUP_PLAN, BACKUP_SELECTION, BUCKET, DATABASE, VAULT, VAULT_LOCK, VAULT_POLICY
from .values import is_true, look, number

LEAST_RETENTION_DAYS = 30
SPARED = (receives_logs, holds_results, is_copy, is_locked, holds_snapshots)
"""Buckets that need no backup."""
LOCK = "https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html"


@rule(
    "backup-selection-must-cover-stores",
    DATABASE,
    BUCKET,
    severity=Severity.HIGH,
    description="Each database and bucket of production is in a backup selection that leads to a plan and a vault.",
    remediation="Add the resource's ARN to resources of a Selection; buckets of logs, of Athena's results, "
    "of copies, of OpenSearch's snapshots and with a lock are left out.",
    references=References(fsbp="RDS.26", practice="REL09-BP01"),
    production_only=True,
)
def stores_covered(resource: Resource, graph: Graph) -> Iterator[Finding]:
    # AWS Backup has no support for ElastiCache, which keeps snapshots of its own (elasticache rules).
    if resource.type == BUCKET and any(spared(resource, graph) for spared in SPARED):
        return
    selections = graph.pointing_at(resource, "resources", BACKUP_SELECTION)
    if not selections:
        yield "is in no backup selection"
    plans = [plan for selection in selections for plan in graph.linked(selection, "planId", BACKUP_PLAN)]
    if selections and not plans:
        yield "its backup selection leads to no plan of this stack"
    elif selections and not any(graph.linked(plan, "rules", VAULT) for plan in plans):
        yield "its backup plan leads to no vault of this stack"


@rule(
    "backup-plan-must-keep-a-month",
    BACKUP_PLAN,
    severity=Severity.HIGH,
    description="A plan of production has a schedule whose recovery points are kept for 30 days or more.",
    remediation="Give a rule a schedule and lifecycle.deleteAfter of 30 or more.",
    references=References(practice="REL09-BP01"),
    url="https://docs.aws.amazon.com/aws-backup/latest/devguide/about-backup-plans.html",
    production_only=True,
)
def keeps_a_month(resource: Resource) -> Iterator[Finding]:
    kept = [
        number(look(entry, "lifecycle", "deleteAfter"))
        for entry in resource.entries("rules")
        if look(entry, "schedule") or look(entry, "enableContinuousBackup")
    ]
    if not kept or max(kept) < LEAST_RETENTION_DAYS:
        yield f"keeps nothing for {LEAST_RETENTION_DAYS} days on a schedule"


@rule(
    "backup-plan-must-keep-every-moment",
    BACKUP_PLAN,
    severity=Severity.HIGH,
    description="A plan of production keeps databases and buckets continuously, so that any moment can be restored.",
    remediation="Give one rule of the plan enableContinuousBackup true.",
    references=References(practice="REL09-BP01"),
    url="https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html",
    production_only=True,
)
def keeps_every_moment(resource: Resource) -> Iterator[Finding]:
    if not any(is_true(look(entry, "enableContinuousBackup")) for entry in resource.entries("rules")):
        yield "no rule has enableContinuousBackup"


@rule(
    "backup-vault-must-be-locked",
    VAULT,
    severity=Severity.CRITICAL,
    description="Recovery points of production cannot be deleted early, by anyone.",
    remediation="Add one VaultLockConfiguration with minRetentionDays and, for compliance mode, changeableForDays.",
    references=References(practice="REL09-BP02"),
    url=LOCK,
    production_only=True,
)
def locked(resource: Resource, graph: Graph) -> Iterator[Finding]:
    lock = single(graph.pointing_at(resource, "backupVaultName", VAULT_LOCK))
    if lock is None:
        yield "does not have exactly one VaultLockConfiguration"
        return
    yield from expect(lock, "minRetentionDays", lambda days: number(days) >= 1, "minRetentionDays is missing")


@rule(
    "backup-vault-must-use-own-key",
    VAULT,
    severity=Severity.HIGH,
    description="Recovery points are encrypted with a key of this stack.",
    remediation="Set kmsKeyArn.",
    references=References(fsbp="Backup.1", checkov="CKV_AWS_166"),
)
def own_key(resource: Resource) -> Iterator[Finding]:
    if not resource.has("kmsKeyArn"):
        yield "kmsKeyArn is missing"


@rule(
    "backup-vault-must-deny-deletion",
    VAULT,
    severity=Severity.MEDIUM,
    description="A vault of production denies the deletion of recovery points, also while its lock can be lifted.",
    remediation="Add one VaultPolicy that denies backup:DeleteRecoveryPoint to everyone.",
    references=References(practice="REL09-BP02"),
    url="https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html",
    production_only=True,
    late=("policy",),
)
def denies_deletion(resource: Resource, graph: Graph) -> Iterator[Finding]:
    policy = single(graph.pointing_at(resource, "backupVaultName", VAULT_POLICY))
    if policy is None:
        yield "does not have exactly one VaultPolicy"
        return
    for statement in statements(policy.props.get("policy"), "policy"):
        anyone = any("*" in names for names in statement.principals.values())
        actions = {action.lower() for action in text(statement.actions, "policy", "Action")}
        if statement.effect == "Deny" and anyone and actions & {"backup:deleterecoverypoint", "backup:*", "*"}:
            return
    yield "its policy does not deny backup:DeleteRecoveryPoint to everyone"
