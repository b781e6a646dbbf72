"""What rings about the OpenSearch domain, from when on and why."""

from typing import NamedTuple

import pulumi

from components.alarms import Alarm, Metric
from settings.alarms import Alarms as Thresholds

_MIB_PER_GIB = 1024
_HEAP_PERCENT = 95
"""The heap is meant to be full most of the time: 85 % would ring every day."""

_MASTER_CPU_PERCENT = 50
_FREE_PERCENT = 25
"""The domain takes no documents any more with less than a fifth free: it rings before ("ClusterBlockException")."""


class _Sign(NamedTuple):
    """A metric that is 0 in a healthy domain, or 1 where `healthy_at_one`."""

    name: str
    metric: str
    why: str
    datapoints: int = 1
    period_seconds: int = 60
    healthy_at_one: bool = False


_SIGNS = (
    _Sign("red", "ClusterStatus.red", "Part of the vectors is on no node: searches fail or miss documents"),
    _Sign("yellow", "ClusterStatus.yellow", "Part of the vectors has no second copy", datapoints=5),
    _Sign(
        "writes-blocked",
        "ClusterIndexWritesBlocked",
        "The domain takes no documents: its disks or its heap are full",
        period_seconds=300,
    ),
    _Sign("snapshot", "AutomatedSnapshotFailure", "An automated snapshot failed"),
    _Sign("key", "KMSKeyError", "The domain's key is disabled: it stops working"),
    _Sign("key-lost", "KMSKeyInaccessible", "The domain's key is gone or its grant revoked: the data cannot be read"),
    _Sign(
        "master",
        "MasterReachableFromNode",
        "The nodes do not reach a master: the cluster decides nothing",
        datapoints=5,
        healthy_at_one=True,
    ),
)


def search_alarms(
    limits: Thresholds,
    domain_name: pulumi.Input[str],
    *,
    account: str,
    storage_gib: int,
    dedicated_masters: bool,
) -> list[Alarm]:
    """Health, space, CPU and heap of the domain; `storage_gib` is the volume of one data node.

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
            metrics={"seen": metric(seen.metric)},
            threshold=1 if seen.healthy_at_one else 0,
            below=seen.healthy_at_one,
            period_seconds=seen.period_seconds,
            datapoints=seen.datapoints,
        )

    free_percent = max(_FREE_PERCENT, 100 - limits.disk_percent)
    alarms = [
        *map(sign, _SIGNS),
        Alarm(
            name="disk",
            why=f"Less than {free_percent:g} % of a data node's storage is free",
            metrics={"free": metric("FreeStorageSpace", "Minimum")},
            threshold=storage_gib * _MIB_PER_GIB * free_percent / 100,
            below=True,
            datapoints=1,
        ),
        Alarm(
            name="cpu",
            why=f"A data node uses more than {limits.cpu_percent:g} % of its CPU",
            metrics={"cpu": metric("CPUUtilization")},
            threshold=limits.cpu_percent,
            period_seconds=900,
            datapoints=3,
        ),
        Alarm(
            name="heap",
            why=f"A data node uses more than {_HEAP_PERCENT} % of its heap",
            metrics={"heap": metric("JVMMemoryPressure")},
            threshold=_HEAP_PERCENT,
            datapoints=3,
        ),
        Alarm(
            name="unavailable",
            why="The domain reports nothing",
            metrics={"nodes": metric("Nodes", "SampleCount")},
            threshold=1,
            below=True,
            missing="breaching",
        ),
    ]
    if not dedicated_masters:
        return alarms
    return [
        *alarms,
        Alarm(
            name="master-cpu",
            why=f"A master uses more than {_MASTER_CPU_PERCENT} % of its CPU",
            metrics={"cpu": metric("MasterCPUUtilization")},
            threshold=_MASTER_CPU_PERCENT,
            period_seconds=900,
            datapoints=3,
        ),
        Alarm(
            name="master-heap",
            why=f"A master uses more than {_HEAP_PERCENT} % of its heap",
            metrics={"heap": metric("MasterJVMMemoryPressure")},
            threshold=_HEAP_PERCENT,
            datapoints=3,
        ),
    ]
