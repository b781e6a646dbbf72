"""Where data is: PostgreSQL, the cache, OpenSearch, buckets and backups."""

from collections.abc import Iterator

from sandbox.cost.line import HOURS, Line, steady, unpriced
from sandbox.cost.stack import Stack
from sandbox.cost.usage import Usage

_PART = "data"


def stores(stack: Stack, usage: Usage) -> Iterator[Line]:
    """Every store of the stack."""
    yield from _database(stack, usage)
    yield from _cache(stack)
    yield from _search(stack)
    yield from _files(stack, usage)


def _database(stack: Stack, usage: Usage) -> Iterator[Line]:
    for region, one in stack.everywhere("rds/instance:Instance"):
        instances, name = (2 if one.get("multiAz") else 1), str(one["instanceClass"])
        what = f"PostgreSQL {name}, {instances} x"
        yield steady(_PART, what, name, region, instances * HOURS)
        yield Line(
            part=_PART, what="PostgreSQL: storage", price="database-storage", region=region,
            least=instances * one["allocatedStorage"], most=instances * one["maxAllocatedStorage"],
        )  # fmt: skip
        yield steady(_PART, "PostgreSQL: backups", "database-backup", region, usage.backup_gb, assumed=True)
        if one.get("databaseInsightsMode") == "advanced":
            yield unpriced(_PART, "CloudWatch Database Insights, advanced", region, "by vCPU of the instance")
    for region, _ in stack.everywhere("rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"):
        copied = usage.copied_backup_gb
        yield steady(_PART, "PostgreSQL: backups in the other region", "database-backup", region, copied, assumed=True)
        yield steady(_PART, "PostgreSQL: copying them", "region-data", stack.home, copied, assumed=True)
    for region, _ in stack.everywhere("rds/proxy:Proxy"):
        yield unpriced(_PART, "RDS Proxy", region, "by vCPU of the instance")


def _cache(stack: Stack) -> Iterator[Line]:
    for region, one in stack.everywhere("elasticache/replicationGroup:ReplicationGroup"):
        nodes, name = float(one["numCacheClusters"]), str(one["nodeType"])
        yield steady(_PART, f"cache {name}, {nodes:g} x", name, region, nodes * HOURS)
        if one.get("snapshotRetentionLimit"):
            yield unpriced(_PART, "cache: snapshots beyond the first", region, "by GB that are in the cache")


def _search(stack: Stack) -> Iterator[Line]:
    for region, one in stack.everywhere("opensearch/domain:Domain"):
        cluster, disk = one["clusterConfig"], one["ebsOptions"]
        nodes, name = float(cluster["instanceCount"]), str(cluster["instanceType"])
        yield steady(_PART, f"OpenSearch {name}, {nodes:g} x", name, region, nodes * HOURS)
        if cluster.get("dedicatedMasterEnabled"):
            masters, name = float(cluster["dedicatedMasterCount"]), str(cluster["dedicatedMasterType"])
            yield steady(_PART, f"OpenSearch masters {name}, {masters:g} x", name, region, masters * HOURS)
        yield steady(_PART, "OpenSearch: storage", "search-storage", region, nodes * disk["volumeSize"])


def _files(stack: Stack, usage: Usage) -> Iterator[Line]:
    home = stack.home
    yield steady(_PART, "S3: files", "files", home, usage.files_gb, assumed=True)
    yield steady(_PART, "S3: records and logs", "files", home, usage.records_gb, assumed=True)
    half = usage.file_requests_thousand / 2
    yield steady(_PART, "S3: requests that write", "files-written", home, half, assumed=True)
    yield steady(_PART, "S3: requests that read", "files-read", home, half, assumed=True)
    for region in sorted(stack.counts("s3/bucket:Bucket").keys() - {home}):
        yield steady(_PART, "S3: copies of files", "files", region, usage.files_gb, assumed=True)
        yield steady(_PART, "S3: copying them", "region-data", home, usage.changed_gb, assumed=True)
        yield unpriced(_PART, "S3: replication within 15 minutes", home, "by GB that are copied")
    if stack.of("backup/plan:Plan"):
        yield steady(_PART, "AWS Backup: files", "files-backup", home, usage.files_gb, assumed=True)
    if stack.of("backup/restoreTestingPlan:RestoreTestingPlan"):
        yield unpriced(_PART, "restore tests", home, 'by test and GB (docs/operate.md, "Costs")')
