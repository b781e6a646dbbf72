"""Where data is, who uses it, and where copies of it go."""

from typing import Any

from dify.flows import CACHE, DATABASE, SEARCH
from dify.services import MIGRATION
from tests.generated.mermaid import Arrow, Box, Node, Picture
from tests.generated.stack_graph import StackGraph
from tests.recorder import Recorded

_VAULT = "backup vault"
_BACKUPS = "database backups"

_WORDS = """Solid arrows read and write: security groups let services reach databases, and the roles of tasks let them
use buckets. Dashed arrows are copies. What has the same arrows shares a box. Every store is encrypted with a key of
this stack. Buckets of records and logs are not drawn."""

_SNAPSHOTS = "search-snapshots"

_HELD = {
    "storage-files": "files of users",
    "storage-plugins": "plugins",
    "history-records": "use, day by day",
    _SNAPSHOTS: "snapshots of vectors",
}
"""What buckets are for, by the end of their names."""


def data(seen: StackGraph) -> Picture:
    """Services and functions, databases, buckets, their copies in another region and the vault."""
    stores = _stores(seen)
    kept = {node.name for node in stores}
    users = {source for source, target in seen.connections if target in kept}
    services = [one for one in (*seen.deployments, MIGRATION.name) if one in users or seen.buckets_of(one)]
    functions = sorted(users - {*services} - kept)
    home = seen.settings.region
    buckets = [one for one in _sorted_buckets(seen) if "logs" not in one.name and not one.name.startswith("audit")]
    copies = [bucket for bucket in buckets if seen.region(bucket) != home]
    return Picture(
        title="Data",
        words=_WORDS,
        boxes=[
            Box(title="services", nodes=[Node(name=one) for one in services], together=True),
            Box(title="functions", nodes=[Node(name=one) for one in functions], together=True),
            Box(title="data subnets", nodes=stores),
            Box(title=f"S3, {home}", nodes=[_bucket(one) for one in buckets if one not in copies]),
            *_elsewhere(seen, copies),
            *_backups_elsewhere(seen),
            *_vault(seen),
        ],
        arrows=[
            *(Arrow(source, target) for source, target in sorted(seen.connections) if target in kept),
            *(Arrow(service, _name(bucket)) for service in services for bucket in sorted(seen.buckets_of(service))),
            *(Arrow(SEARCH, _name(bucket), dashed=True) for bucket in buckets if bucket.name.startswith(_SNAPSHOTS)),
            *_replicated(seen, buckets),
            *_backed_up(seen, buckets),
            *(Arrow(DATABASE, _BACKUPS, dashed=True) for _ in _backups(seen)),
        ],
    )


def _sorted_buckets(seen: StackGraph) -> list[Recorded]:
    return sorted(seen.graph.of("s3/bucket:Bucket"), key=lambda one: one.name)


def _stores(seen: StackGraph) -> list[Node]:
    graph, found = seen.graph, list[Node]()
    for one in graph.of("rds/instance:Instance"):
        found.append(Node(name=DATABASE, store=True, lines=_database(one.inputs)))
    for one in graph.of("elasticache/replicationGroup:ReplicationGroup"):
        found.append(Node(name=CACHE, store=True, lines=_cache(one.inputs)))
    for one in graph.of("opensearch/domain:Domain"):
        found.append(Node(name=SEARCH, store=True, lines=_search(one.inputs)))
    return found


def _database(inputs: dict[str, Any]) -> list[str]:
    zones = "Multi-AZ" if inputs["multiAz"] else "one zone"
    sizes = f"{inputs['allocatedStorage']:g} to {inputs['maxAllocatedStorage']:g} GiB"
    return [
        f"PostgreSQL {inputs['engineVersion']}, {zones}",
        f"{inputs['instanceClass']}, {sizes}",
        f"{inputs['backupRetentionPeriod']:g} days point-in-time",
    ]


def _cache(inputs: dict[str, Any]) -> list[str]:
    nodes, days = inputs["numCacheClusters"], inputs.get("snapshotRetentionLimit", 0)
    return [
        f"{str(inputs['engine']).capitalize()} {inputs['engineVersion']}",
        f"{nodes:g} x {inputs['nodeType']}",
        f"{days:g} daily snapshots",
    ]


def _search(inputs: dict[str, Any]) -> list[str]:
    cluster, disk = inputs["clusterConfig"], inputs["ebsOptions"]
    lines = [
        inputs["engineVersion"].replace("_", " "),
        f"{cluster['instanceCount']:g} x {cluster['instanceType']}, {disk['volumeSize']:g} GiB each",
    ]
    if cluster.get("dedicatedMasterEnabled"):
        lines.append(f"{cluster['dedicatedMasterCount']:g} masters, {cluster['dedicatedMasterType']}")
    return lines


def _bucket(bucket: Recorded) -> Node:
    held = [words for prefix, words in _HELD.items() if _name(bucket).endswith(prefix)]
    return Node(name=_name(bucket), store=True, lines=held)


def _name(bucket: Recorded | str) -> str:
    return (bucket if isinstance(bucket, str) else bucket.name).removesuffix("-bucket")


def _elsewhere(seen: StackGraph, copies: list[Recorded]) -> list[Box]:
    regions = sorted({seen.region(one) for one in copies})
    return [
        Box(title=f"S3, {region}", nodes=[_bucket(one) for one in copies if seen.region(one) == region])
        for region in regions
    ]


def _backups(seen: StackGraph) -> list[Recorded]:
    return list(seen.graph.of(":InstanceAutomatedBackupsReplication"))


def _backups_elsewhere(seen: StackGraph) -> list[Box]:
    return [
        Box(
            title=f"RDS, {seen.region(one)}",
            nodes=[Node(name=_BACKUPS, store=True, lines=[f"{one.inputs['retentionPeriod']:g} days point-in-time"])],
        )
        for one in _backups(seen)
    ]


def _vault(seen: StackGraph) -> list[Box]:
    graph = seen.graph
    rules = [rule for plan in graph.of("backup/plan:Plan") for rule in plan.inputs["rules"]]
    if not rules:
        return []
    kept = [f"{rule['ruleName']}, kept {rule['lifecycle']['deleteAfter']:g} days" for rule in rules]
    locked = ["locked"] if graph.of("backup/vaultLockConfiguration:VaultLockConfiguration") else []
    return [Box(title="AWS Backup", nodes=[Node(name=_VAULT, store=True, lines=[*kept, *locked])])]


def _replicated(seen: StackGraph, buckets: list[Recorded]) -> list[Arrow]:
    names = {f"{bucket.name}-bucket": _name(bucket) for bucket in buckets}
    arns = {f"{bucket.name}-arn": _name(bucket) for bucket in buckets}
    return [
        Arrow(names[one.inputs["bucket"]], arns[rule["destination"]["bucket"]], dashed=True)
        for one in seen.graph.of(":BucketReplicationConfig")
        for rule in one.inputs["rules"]
    ]


def _backed_up(seen: StackGraph, buckets: list[Recorded]) -> list[Arrow]:
    arns = {f"{bucket.name}-arn": _name(bucket) for bucket in buckets}
    arns |= {f"{one.name}-arn": DATABASE for one in seen.graph.of("rds/instance:Instance")}
    return [
        Arrow(arns[arn], _VAULT, dashed=True)
        for one in seen.graph.of("backup/selection:Selection")
        for arn in one.inputs["resources"]
    ]
