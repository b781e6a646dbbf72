"""What rings about the database."""

from collections.abc import Callable

import pulumi

from components.alarms import Alarm
from components.metric import Metric
from dify.capacity import instance_memory_gib
from settings.alarms import Alarms as Limits
from settings.instance_types import BURSTABLE
from settings.severity import Severity

_GIB = 1024**3

_BUSY_PERCENT, _FULL_PERCENT = 80, 95
"""Shares of the connections that the class admits: one to look at, one that leaves next to none."""

_LEAST_BALANCE_PERCENT = 10
_MOST_TRANSACTION_IDS = 1_000_000_000
"""Of the 2,147 million after which PostgreSQL refuses to write. Both numbers are AWS's own (Amazon CloudWatch User
Guide, "Recommended alarms", RDS)."""

_SWAPPED_BYTES = 256 * 1024**2
_WAITING_REQUESTS = 64
_LEAST_CREDITS = 30
"""Our own: a healthy instance swaps next to nothing, 64 requests for a disk keep a gp3 volume of 3,000 requests a
second busy for 20 ms, and 30 credits are half an hour of one vCPU."""

_ALWAYS_REPORTS = "RDS reports each minute; an instance that does not is what the alarm `unavailable` is about"


def database_alarms(
    limits: Limits,
    identifier: pulumi.Input[str],
    *,
    instance_class: str,
    storage_gib: int,
    connections: int,
) -> list[Alarm]:
    """CPU, memory, storage and connections of the database; `connections` is what it admits.

    Source: Amazon RDS User Guide, "Amazon CloudWatch metrics for Amazon RDS". There is no ReplicaLag: the standby of a
    Multi-AZ instance writes before the primary answers, and no read replica exists. BurstBalance is of gp2 only.
    Deadlocks are counted in the log (components/alarm_tables/application.py): RDS for PostgreSQL has no metric of them.
    """

    def metric(name: str, statistic: str = "Average") -> dict[str, Metric]:
        where = {"DBInstanceIdentifier": identifier}
        return {"value": Metric(namespace="AWS/RDS", name=name, statistic=statistic, dimensions=where)}

    memory = instance_memory_gib(instance_class) * _GIB
    alarms = [
        Alarm(
            name="unavailable",
            why="The database reports nothing",
            runbook="database#unavailable",
            severity=Severity.PAGE,
            metrics=metric("CPUUtilization", "SampleCount"),
            threshold=1,
            below=True,
            patience="Five minutes in a row: a failover takes one to two",
            missing="breaching",
            silence="Silence is what it is about",
        ),
        Alarm(
            name="cpu",
            why=f"The database uses more than {limits.cpu_percent:g} % of its CPU",
            runbook="database#cpu",
            severity=Severity.TICKET,
            metrics=metric("CPUUtilization"),
            threshold=limits.cpu_percent,
            datapoints=15,
            patience="A quarter of an hour: a vacuum, a backup or an index being built is over sooner",
            silence=_ALWAYS_REPORTS,
        ),
        Alarm(
            name="memory",
            why=f"The database uses more than {limits.memory_percent:g} % of its memory",
            runbook="database#memory",
            severity=Severity.TICKET,
            metrics=metric("FreeableMemory"),
            threshold=memory * (100 - limits.memory_percent) / 100,
            below=True,
            silence=_ALWAYS_REPORTS,
        ),
        Alarm(
            name="swap",
            why=f"The database swaps more than {_SWAPPED_BYTES // 1024**2} MiB",
            runbook="database#memory",
            severity=Severity.TICKET,
            metrics=metric("SwapUsage", "Maximum"),
            threshold=_SWAPPED_BYTES,
            datapoints=15,
            patience="A quarter of an hour: pages that nobody asks for may leave memory once",
            silence=_ALWAYS_REPORTS,
        ),
        *_connections(metric("DatabaseConnections", "Maximum"), connections),
        Alarm(
            name="transaction-ids",
            why="Transaction numbers run out: vacuum does not keep up, and PostgreSQL will refuse to write",
            runbook="database#transaction-ids",
            severity=Severity.TICKET,
            metrics=metric("MaximumUsedTransactionIDs", "Maximum"),
            threshold=_MOST_TRANSACTION_IDS,
            period_seconds=3600,
            datapoints=1,
            patience="One hour's figure: it falls only when vacuum gets through, and days are left",
            silence=_ALWAYS_REPORTS,
        ),
        *_storage(limits, metric, storage_gib),
    ]
    if instance_class.split(".")[1] in BURSTABLE:
        alarms.append(
            Alarm(
                name="credits",
                why="The database spends its last CPU credits",
                runbook="database#burst-balance",
                severity=Severity.TICKET,
                metrics=metric("CPUCreditBalance", "Minimum"),
                threshold=_LEAST_CREDITS,
                below=True,
                period_seconds=300,
                datapoints=3,
                patience="A quarter of an hour of credits, which are counted every five minutes",
                silence=_ALWAYS_REPORTS,
            )
        )
    return alarms


def _connections(used: dict[str, Metric], admitted: int) -> list[Alarm]:
    return [
        Alarm(
            name=name,
            why=f"More than {percent} % of the database's connections are in use",
            runbook="database#connections",
            severity=severity,
            metrics=used,
            threshold=admitted * percent / 100,
            silence=_ALWAYS_REPORTS,
        )
        for name, percent, severity in (
            ("connections", _BUSY_PERCENT, Severity.TICKET),
            ("connections-full", _FULL_PERCENT, Severity.PAGE),
        )
    ]


def _storage(limits: Limits, metric: Callable[[str, str], dict[str, Metric]], storage_gib: int) -> list[Alarm]:
    return [
        Alarm(
            name="disk",
            why=f"Less than {100 - limits.disk_percent:g} % of the allocated database storage is free",
            runbook="database#disk",
            severity=Severity.PAGE,
            metrics=metric("FreeStorageSpace", "Minimum"),
            threshold=storage_gib * _GIB * (100 - limits.disk_percent) / 100,
            below=True,
            datapoints=30,
            patience="Half an hour: RDS makes a volume larger that had less than a tenth free for five minutes",
            silence=_ALWAYS_REPORTS,
        ),
        Alarm(
            name="disk-queue",
            why=f"More than {_WAITING_REQUESTS} requests wait for the database's disk",
            runbook="database#disk-queue",
            severity=Severity.TICKET,
            metrics=metric("DiskQueueDepth", "Average"),
            threshold=_WAITING_REQUESTS,
            datapoints=15,
            patience="A quarter of an hour: a checkpoint or a backup queues requests for minutes",
            silence=_ALWAYS_REPORTS,
        ),
        *(
            Alarm(
                name=name,
                why=f"Less than {_LEAST_BALANCE_PERCENT} % of what the database's disk may burst in {what} is left",
                runbook="database#burst-balance",
                severity=Severity.TICKET,
                metrics=metric(balance, "Minimum"),
                threshold=_LEAST_BALANCE_PERCENT,
                below=True,
                period_seconds=300,
                datapoints=3,
                patience="A quarter of an hour: what is spent comes back slowly, and the disk is slow from there on",
                silence="Classes that have no burst report nothing",
            )
            for name, balance, what in (
                ("disk-bytes", "EBSByteBalance%", "throughput"),
                ("disk-requests", "EBSIOBalance%", "requests"),
            )
        ),
    ]
