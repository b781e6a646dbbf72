"""What rings about the cache, which holds queues, locks and sessions."""

from collections.abc import Mapping
from dataclasses import replace

import pulumi

from components.alarms import Alarm
from components.metric import Metric
from dify.capacity import admitted_clients
from settings.alarms import Alarms as Limits
from settings.instance_types import BURSTABLE
from settings.severity import Severity

_BUSY_PERCENT = 80
_LAG_SECONDS = 30
_LEAST_CREDITS = 30
"""Our own: a failover that loses half a minute of jobs is worth a look, and 30 credits are half an hour of one vCPU."""

_ALWAYS_REPORTS = "A node reports each minute; one that does not is what the alarm `silent` is about"
_COUNTS = "A count of nothing may be left out"


def cache_alarms(limits: Limits, replication_group: pulumi.Input[str], *, nodes: int, node_type: str) -> list[Alarm]:
    """Every node, and the group as a whole. With `noeviction` a full node refuses writes, so memory rings first.

    Source: Amazon ElastiCache User Guide, "Metrics for Valkey and Redis OSS", "Host-level metrics", "Which metrics
    should I monitor?".
    """
    members = {number: pulumi.Output.concat(replication_group, f"-{number:03d}") for number in range(1, nodes + 1)}
    alarms = [
        _no_primary(members),
        _total(
            members,
            Alarm(
                name="evictions",
                why="The cache throws keys away, and jobs with them: nothing here may be evicted",
                runbook="cache#evictions",
                severity=Severity.PAGE,
                metrics={},
                threshold=0,
                period_seconds=300,
                datapoints=1,
                patience="A single key: with noeviction there is none",
                silence=_COUNTS,
            ),
            "Evictions",
        ),
        _total(
            members,
            Alarm(
                name="logins-refused",
                why="The cache refuses logins: a service has an old password, or somebody tries",
                runbook="cache#logins-refused",
                severity=Severity.TICKET,
                metrics={},
                threshold=0,
                period_seconds=300,
                datapoints=1,
                patience="A single one: a rotation leaves the old password valid",
                silence=_COUNTS,
            ),
            "AuthenticationFailures",
        ),
    ]
    for number, member in members.items():
        alarms += _of_node(limits, number, member, alone=nodes == 1, node_type=node_type)
    return alarms


def _metric(member: pulumi.Input[str], name: str, statistic: str) -> Metric:
    where = {"CacheClusterId": member}
    return Metric(namespace="AWS/ElastiCache", name=name, statistic=statistic, dimensions=where)


def _sum(members: Mapping[int, pulumi.Output[str]]) -> str:
    return " + ".join(f"FILL(node{number}, 0)" for number in members)


def _total(members: Mapping[int, pulumi.Output[str]], alarm: Alarm, name: str) -> Alarm:
    """The same alarm on the sum over all nodes."""
    metrics = {f"node{number}": _metric(member, name, "Sum") for number, member in members.items()}
    return replace(alarm, metrics=metrics, expression=_sum(members))


def _no_primary(members: Mapping[int, pulumi.Output[str]]) -> Alarm:
    return Alarm(
        name="no-primary",
        why="No node of the cache is its primary: nobody can sign in, run or queue anything",
        runbook="cache#no-primary",
        severity=Severity.PAGE,
        metrics={f"node{number}": _metric(member, "IsMaster", "Maximum") for number, member in members.items()},
        expression=_sum(members),
        threshold=1,
        below=True,
        patience="Five minutes in a row: a failover is over sooner",
        missing="breaching",
        silence="No node reports: the cache is gone",
    )


def _of_node(limits: Limits, number: int, member: pulumi.Output[str], *, alone: bool, node_type: str) -> list[Alarm]:
    def metric(name: str, statistic: str) -> dict[str, Metric]:
        return {"value": _metric(member, name, statistic)}

    alarms = [
        Alarm(
            name=f"{number}-silent",
            why=f"Cache node {number} reports nothing",
            runbook="cache#node-silent",
            severity=Severity.TICKET,
            metrics=metric("EngineCPUUtilization", "SampleCount"),
            threshold=1,
            below=True,
            datapoints=15,
            patience="A quarter of an hour: ElastiCache replaces a failed node by itself, and another one serves",
            missing="breaching",
            silence="Silence is what it is about",
        ),
        Alarm(
            name=f"{number}-cpu",
            why=f"Cache node {number} uses more than {limits.cpu_percent:g} % of its engine CPU",
            runbook="cache#cpu",
            severity=Severity.TICKET,
            metrics=metric("EngineCPUUtilization", "Average"),
            threshold=limits.cpu_percent,
            silence=_ALWAYS_REPORTS,
        ),
        Alarm(
            name=f"{number}-memory",
            why=f"Cache node {number} uses more than {limits.memory_percent:g} % of its memory",
            runbook="cache#memory",
            severity=Severity.PAGE,
            metrics=metric("DatabaseMemoryUsagePercentage", "Average"),
            threshold=limits.memory_percent,
            silence=_ALWAYS_REPORTS,
        ),
        Alarm(
            name=f"{number}-swap",
            why=f"Cache node {number} swaps more than it has free memory",
            runbook="cache#memory",
            severity=Severity.TICKET,
            metrics={
                "swap": _metric(member, "SwapUsage", "Maximum"),
                "free": _metric(member, "FreeableMemory", "Minimum"),
            },
            expression="swap - free",
            threshold=0,
            datapoints=15,
            patience="A quarter of an hour: a snapshot needs memory for minutes",
            silence=_ALWAYS_REPORTS,
        ),
        Alarm(
            name=f"{number}-connections",
            why=f"Cache node {number} has more than {_BUSY_PERCENT} % of the clients that it takes",
            runbook="cache#connections",
            severity=Severity.TICKET,
            metrics=metric("CurrConnections", "Maximum"),
            threshold=admitted_clients(node_type) * _BUSY_PERCENT / 100,
            silence=_ALWAYS_REPORTS,
        ),
    ]
    if not alone:
        alarms.append(
            Alarm(
                name=f"{number}-lag",
                why=f"Cache node {number} is more than {_LAG_SECONDS} s behind the primary",
                runbook="cache#replication-lag",
                severity=Severity.TICKET,
                metrics=metric("ReplicationLag", "Maximum"),
                threshold=_LAG_SECONDS,
                silence="Only a replica reports it, and which node is one changes with a failover",
            )
        )
    if node_type.split(".")[1] in BURSTABLE:
        alarms.append(
            Alarm(
                name=f"{number}-credits",
                why=f"Cache node {number} spends its last CPU credits",
                runbook="cache#cpu",
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
