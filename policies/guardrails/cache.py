"""ElastiCache: encrypted, authenticated, redundant, restorable."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .graph import Graph
from .remediation import Setting
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import CACHE, CACHE_SUBNETS, CACHE_USER, CACHE_USER_GROUP
from .values import UNKNOWN, UndecidedError, is_true, look, number

PRODUCTION_SNAPSHOT_DAYS = 7
LOGS = ("slow-log", "engine-log")

EVERY_KEY = frozenset({"~*", "allkeys", "%rw~*", "%r~*", "%w~*"})
ALL_COMMANDS = frozenset({"+@all", "allcommands", "+@dangerous"})
LESS_COMMANDS = frozenset({"-@all", "nocommands", "-@dangerous"})
"""Words of an access string (Redis documentation, "ACL")."""


@rule(
    "elasticache-replication-group-must-be-encrypted",
    CACHE,
    severity=Severity.CRITICAL,
    description="The cache is encrypted at rest with a key of this stack, and in transit without exception.",
    remediation="Set atRestEncryptionEnabled, kmsKeyId, transitEncryptionEnabled; transitEncryptionMode required.",
    references=References(fsbp="ElastiCache.4, ElastiCache.5", checkov="CKV_AWS_29, CKV_AWS_30, CKV_AWS_191"),
    remedy=(
        Setting(path="atRestEncryptionEnabled", at_creation=True),
        Setting(path="transitEncryptionEnabled", at_creation=True),
        Setting(path="transitEncryptionMode", value="required", in_place_of=("preferred",)),
    ),
)
def encrypted(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "atRestEncryptionEnabled", is_true, "atRestEncryptionEnabled is not true")
    yield from expect(resource, "transitEncryptionEnabled", is_true, "transitEncryptionEnabled is not true")
    # Encryption in transit starts out required; preferred also answers in plain text.
    yield from expect(
        resource, "transitEncryptionMode", lambda mode: mode != "preferred", "transitEncryptionMode is preferred"
    )
    if not resource.has("kmsKeyId"):
        yield "kmsKeyId is missing"


@rule(
    "elasticache-replication-group-must-authenticate",
    CACHE,
    severity=Severity.CRITICAL,
    description="The cache asks who is calling: users with passwords, and a default user that can do nothing.",
    remediation="Set userGroupIds to a UserGroup whose users have passwords or IAM; switch the default user off.",
    references=References(fsbp="ElastiCache.6", checkov="CKV_AWS_31"),
)
def authenticates(resource: Resource, graph: Graph) -> Iterator[Finding]:
    groups = graph.linked(resource, "userGroupIds", CACHE_USER_GROUP)
    if not groups and not resource.has("authToken"):
        yield "has neither users nor an authentication token"
    for group in groups:
        users = graph.linked(group, "userIds", CACHE_USER)
        if not users:
            yield f"{group.name} has no users of this stack"
        for user in users:
            if _needs_no_password(user) and not str(user.get("accessString") or "").startswith("off"):
                yield f"{user.name} needs no password"


@rule(
    "elasticache-user-must-be-bounded",
    CACHE_USER,
    severity=Severity.HIGH,
    description="A user of the cache has a password, and not every command on every key.",
    remediation="Add -@dangerous after +@all, or name the keys (~prefix*); use a password or IAM, never nopass.",
    references=References(practice="SEC03-BP02"),
    url="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html",
)
def bounded(resource: Resource) -> Iterator[Finding]:
    granted = str(resource.get("accessString") or "").replace("(", " ").replace(")", " ").lower().split()
    if not granted:
        yield "accessString is missing"
    if granted[:1] == ["off"]:
        return
    if EVERY_KEY & set(granted) and _is_dangerous(granted):
        yield "may run dangerous commands on every key"
    if "nopass" in granted or _needs_no_password(resource):
        yield "needs no password"


def _is_dangerous(granted: list[str]) -> bool:
    """Whether FLUSHALL, CONFIG and their like are granted: of what an access string says, the last word counts."""
    said = [word in ALL_COMMANDS for word in granted if word in ALL_COMMANDS | LESS_COMMANDS]
    return bool(said) and said[-1]


def _needs_no_password(user: Resource) -> bool:
    return is_true(user.get("noPasswordRequired")) or (user.get("authenticationMode", "type") == "no-password-required")


@rule(
    "elasticache-replication-group-must-fail-over",
    CACHE,
    severity=Severity.HIGH,
    description="The cache of production has a replica in another availability zone that takes over by itself.",
    remediation="Set automaticFailoverEnabled and multiAzEnabled to true and numCacheClusters to at least 2.",
    references=References(fsbp="ElastiCache.3", checkov="CKV2_AWS_50"),
    production_only=True,
)
def fails_over(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "automaticFailoverEnabled", is_true, "automaticFailoverEnabled is not true")
    yield from expect(resource, "multiAzEnabled", is_true, "multiAzEnabled is not true")
    if not resource.has("replicasPerNodeGroup"):
        yield from expect(resource, "numCacheClusters", lambda nodes: number(nodes) >= 2, "has fewer than two nodes")


@rule(
    "elasticache-replication-group-must-keep-snapshots",
    CACHE,
    severity=Severity.HIGH,
    description="Snapshots of the cache of production reach back at least a week, and one is left when it is deleted.",
    remediation="Set snapshotRetentionLimit to 7 or more, and finalSnapshotIdentifier.",
    references=References(fsbp="ElastiCache.1"),
    production_only=True,
)
def keeps_snapshots(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource,
        "snapshotRetentionLimit",
        lambda days: number(days) >= PRODUCTION_SNAPSHOT_DAYS,
        f"keeps snapshots under {PRODUCTION_SNAPSHOT_DAYS} days",
    )
    if not resource.has("finalSnapshotIdentifier"):
        yield "leaves no snapshot when it is deleted"


@rule(
    "elasticache-replication-group-must-deliver-its-logs",
    CACHE,
    severity=Severity.MEDIUM,
    description="What the engine did, and commands that took long with who sent them, are in CloudWatch.",
    remediation="Add logDeliveryConfigurations for slow-log and engine-log with destinationType cloudwatch-logs.",
    references=References(practice="SEC04-BP01"),
    url="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html",
)
def delivers_logs(resource: Resource) -> Iterator[Finding]:
    deliveries = resource.entries("logDeliveryConfigurations")
    if UNKNOWN in deliveries:
        yield UndecidedError(("logDeliveryConfigurations",))
        return
    delivered = {look(one, "logType") for one in deliveries if look(one, "destinationType") == "cloudwatch-logs"}
    for kind in LOGS:
        if kind not in delivered:
            yield f"does not deliver its {kind}"


@rule(
    "elasticache-replication-group-must-have-subnets-of-its-own",
    CACHE,
    severity=Severity.HIGH,
    description="The cache is in subnets that were chosen for it, not in those of the default VPC.",
    remediation="Set subnetGroupName to a SubnetGroup of this stack; on an existing cache this replaces it.",
    references=References(fsbp="ElastiCache.7"),
)
def has_own_subnets(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if not graph.linked(resource, "subnetGroupName", CACHE_SUBNETS):
        yield "is in no subnet group of this stack"
