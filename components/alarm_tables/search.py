"""What rings about the OpenSearch domain, from when on and why."""

from typing import NamedTuple

import pulumi

from components.alarms import Alarm
from components.metric import Metric
from settings.alarms import Alarms as Limits
from settings.severity import Severity

_MIB_PER_GIB = 1024
_HEAP_PERCENT = 95
"""The heap is meant to be full most of the time: 85 % would ring every day."""

_MASTER_CPU_PERCENT = 50
_FREE_PERCENT = 25
"""The domain takes no documents any more with less than a fifth free: it rings before ("ClusterBlockException")."""


_SNAPSHOT_HOURS = 3
"""One is taken each hour, and takes minutes; what it misses the next one holds."""

_SILENT = "A domain that reports nothing is what the alarm `unavailable` is about"
_MERGES = "Three quarters of an hour: merging segments after an import keeps a node busy for minutes"
_COLLECTS = "Three minutes beyond what is normal: a collection of garbage frees the heap within seconds"
_AT_ONCE = "A single measure: it does not heal by itself"


class _Sign(NamedTuple):
    """A metric that is 0 in a healthy domain, or 1 where `healthy_at_one`."""

    name: str
    metric: str
    why: str
    runbook: str
    severity: Severity
    datapoints: int = 1
    period_seconds: int = 60
    patience: str = _AT_ONCE
    healthy_at_one: bool = False


_SIGNS = (
    _Sign(
        "red",
        "ClusterStatus.red",
        "Part of the vectors is on no node: searches fail or miss documents",
        "red",
        Severity.PAGE,
    ),
    _Sign(
        "yellow",
        "ClusterStatus.yellow",
        "Part of the vectors has no second copy",
        "yellow",
        Severity.TICKET,
        datapoints=5,
        patience="Five minutes in a row: a copy is missing for a moment whenever an index is made",
    ),
    _Sign(
        "writes-blocked",
        "ClusterIndexWritesBlocked",
        "The domain takes no documents: its disks or its heap are full",
        "writes-blocked",
        Severity.PAGE,
        period_seconds=300,
    ),
    _Sign("snapshot", "AutomatedSnapshotFailure", "An automated snapshot failed", "snapshot-failed", Severity.TICKET),
    _Sign("key", "KMSKeyError", "The domain's key is disabled: it stops working", "key-disabled", Severity.PAGE),
    _Sign(
        "key-lost",
        "KMSKeyInaccessible",
        "The domain's key is gone or its grant revoked: the data cannot be read",
        "key-disabled",
        Severity.PAGE,
    ),
    _Sign(
        "master",
        "MasterReachableFromNode",
        "The nodes do not reach a master: the cluster decides nothing",
        "no-master",
        Severity.PAGE,
        datapoints=5,
        patience="Five minutes in a row: another master is chosen within seconds",
        healthy_at_one=True,
    ),
)


def search_alarms(
    limits: Limits,
    domain_name: pulumi.Input[str],
    *,
    account: str,
    storage_gib: int,
    dedicated_masters: bool,
    snapshot_age: Metric,
) -> list[Alarm]:
    """Health, space, CPU and heap of the domain, and the age of its newest snapshot; `storage_gib` is the volume of one
    data node.

    Source: "Recommended CloudWatch alarms for Amazon OpenSearch Service" (developer guide), with the stack's own limits
    for CPU and disk.
    """

    def metric(name: str, statistic: str = "Maximum") -> Metric:
        where: dict[str, pulumi.Input[str]] = {"DomainName": domain_name, "ClientId": account}
        return Metric(namespace="AWS/ES", name=name, statistic=statistic, dimensions=where)

    def sign(seen: _Sign) -> Alarm:
        return Alarm(
            name=seen.name,
            why=seen.why,
            runbook=f"search#{seen.runbook}",
            severity=seen.severity,
            metrics={"seen": metric(seen.metric)},
            threshold=1 if seen.healthy_at_one else 0,
            below=seen.healthy_at_one,
            period_seconds=seen.period_seconds,
            datapoints=seen.datapoints,
            patience=seen.patience,
            silence=_SILENT,
        )

    free_percent = max(_FREE_PERCENT, 100 - limits.disk_percent)
    alarms = [
        *map(sign, _SIGNS),
        Alarm(
            name="disk",
            why=f"Less than {free_percent:g} % of a data node's storage is free",
            runbook="search#disk",
            severity=Severity.TICKET,
            metrics={"free": metric("FreeStorageSpace", "Minimum")},
            threshold=storage_gib * _MIB_PER_GIB * free_percent / 100,
            below=True,
            datapoints=1,
            patience="A single measure: documents are refused at a fifth, and space comes back only by deleting",
            silence=_SILENT,
        ),
        Alarm(
            name="cpu",
            why=f"A data node uses more than {limits.cpu_percent:g} % of its CPU",
            runbook="search#cpu",
            severity=Severity.TICKET,
            metrics={"cpu": metric("CPUUtilization")},
            threshold=limits.cpu_percent,
            period_seconds=900,
            datapoints=3,
            patience=_MERGES,
            silence=_SILENT,
        ),
        Alarm(
            name="heap",
            why=f"A data node uses more than {_HEAP_PERCENT} % of its heap",
            runbook="search#heap",
            severity=Severity.TICKET,
            metrics={"heap": metric("JVMMemoryPressure")},
            threshold=_HEAP_PERCENT,
            datapoints=3,
            patience=_COLLECTS,
            silence=_SILENT,
        ),
        Alarm(
            name="unavailable",
            why="The domain reports nothing",
            runbook="search#unavailable",
            severity=Severity.PAGE,
            metrics={"nodes": metric("Nodes", "SampleCount")},
            threshold=1,
            below=True,
            missing="breaching",
            silence="Silence is what it is about",
        ),
        Alarm(
            name="snapshot-late",
            why=f"The newest snapshot of the vectors is older than {_SNAPSHOT_HOURS} hours",
            runbook="search#snapshot-late",
            severity=Severity.TICKET,
            metrics={"age": snapshot_age},
            threshold=_SNAPSHOT_HOURS * 3600,
            period_seconds=3600,
            datapoints=2,
            patience="Two hours: a snapshot that failed is made up for by the next one",
            missing="breaching",
            silence="Nobody looks, or there is no snapshot; in its first hours a stack has none",
        ),
    ]
    if not dedicated_masters:
        return alarms
    return [
        *alarms,
        Alarm(
            name="master-cpu",
            why=f"A master uses more than {_MASTER_CPU_PERCENT} % of its CPU",
            runbook="search#cpu",
            severity=Severity.TICKET,
            metrics={"cpu": metric("MasterCPUUtilization")},
            threshold=_MASTER_CPU_PERCENT,
            period_seconds=900,
            datapoints=3,
            patience=_MERGES,
            silence=_SILENT,
        ),
        Alarm(
            name="master-heap",
            why=f"A master uses more than {_HEAP_PERCENT} % of its heap",
            runbook="search#heap",
            severity=Severity.TICKET,
            metrics={"heap": metric("MasterJVMMemoryPressure")},
            threshold=_HEAP_PERCENT,
            datapoints=3,
            patience=_COLLECTS,
            silence=_SILENT,
        ),
    ]
