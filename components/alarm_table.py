"""What rings, from when on and why: the guide's thresholds over every part of the stack."""

from collections.abc import Mapping

import pulumi

from components.alarms import Alarm, Metric
from dify.capacity import instance_memory_gib
from dify.services import API, WEB, Service
from settings.alarms import Alarms as Thresholds

_GIB = 1024**3

TIMED = (WEB.name, API.name)
"""Services whose answers should begin soon. A socket.io poll waits for news by design, and an endpoint of a plugin
takes what the plugin takes."""


def load_balancer_alarms(
    limits: Thresholds, arn_suffix: pulumi.Input[str], target_groups: Mapping[str, pulumi.Input[str]]
) -> list[Alarm]:
    """Errors, slow answers and absence of what stands behind the load balancer."""
    balancer = {"LoadBalancer": arn_suffix}

    def metric(name: str, statistic: str, **more: pulumi.Input[str]) -> Metric:
        return Metric(namespace="AWS/ApplicationELB", name=name, statistic=statistic, dimensions={**balancer, **more})

    alarms = [
        Alarm(
            name="errors",
            why=f"More than {limits.error_percent:g} % of requests end in a server error",
            metrics={
                "requests": metric("RequestCount", "Sum"),
                "target": metric("HTTPCode_Target_5XX_Count", "Sum"),
                "balancer": metric("HTTPCode_ELB_5XX_Count", "Sum"),
            },
            expression="IF(requests > 0, 100 * (FILL(target, 0) + FILL(balancer, 0)) / requests, 0)",
            threshold=limits.error_percent,
        )
    ]
    alarms += [
        Alarm(
            name=f"{service}-response",
            why=f"{service} answers slower than {limits.response_seconds:g} s (95th percentile)",
            metrics={"response": metric("TargetResponseTime", "p95", TargetGroup=target_groups[service])},
            threshold=limits.response_seconds,
        )
        for service in TIMED
    ]
    alarms += [
        Alarm(
            name=f"{service}-unavailable",
            why=f"No healthy {service} task behind the load balancer",
            metrics={"healthy": metric("HealthyHostCount", "Minimum", TargetGroup=suffix)},
            threshold=1,
            below=True,
            datapoints=2,
            missing="breaching",
        )
        for service, suffix in target_groups.items()
    ]
    return alarms


def service_alarms(
    limits: Thresholds, service: Service, cluster: pulumi.Input[str], ecs_service: pulumi.Input[str], minimum: int
) -> list[Alarm]:
    """CPU, memory, disk and number of a service's tasks (metrics of enhanced Container Insights)."""
    where = {"ClusterName": cluster, "ServiceName": ecs_service}

    def insight(name: str, statistic: str = "Average") -> Metric:
        return Metric(namespace="ECS/ContainerInsights", name=name, statistic=statistic, dimensions=where)

    def percent(used: str, of: str) -> dict[str, Metric]:
        return {"used": insight(used), "reserved": insight(of)}

    share = "100 * used / reserved"
    return [
        Alarm(
            name=f"{service.name}-cpu",
            why=f"{service.name} uses more than {limits.cpu_percent:g} % of its CPU",
            metrics=percent("CpuUtilized", "CpuReserved"),
            expression=share,
            threshold=limits.cpu_percent,
        ),
        Alarm(
            name=f"{service.name}-memory",
            why=f"{service.name} uses more than {limits.memory_percent:g} % of its memory",
            metrics=percent("MemoryUtilized", "MemoryReserved"),
            expression=share,
            threshold=limits.memory_percent,
        ),
        Alarm(
            name=f"{service.name}-disk",
            why=f"{service.name} fills more than {limits.disk_percent:g} % of its ephemeral storage",
            metrics=percent("EphemeralStorageUtilized", "EphemeralStorageReserved"),
            expression=share,
            threshold=limits.disk_percent,
        ),
        Alarm(
            name=f"{service.name}-missing",
            why=f"Fewer than {minimum} tasks of {service.name} run",
            metrics={"running": insight("RunningTaskCount", "Minimum")},
            threshold=minimum,
            below=True,
            missing="breaching",
        ),
    ]


def database_alarms(
    limits: Thresholds, identifier: str, *, instance_class: str, storage_gib: int, connections: int
) -> list[Alarm]:
    """CPU, memory, storage and connections of the database; `connections` is what it admits."""

    def metric(name: str, statistic: str = "Average") -> Metric:
        return Metric(
            namespace="AWS/RDS", name=name, statistic=statistic, dimensions={"DBInstanceIdentifier": identifier}
        )

    free_memory = instance_memory_gib(instance_class) * _GIB * (100 - limits.memory_percent) / 100
    free_storage = storage_gib * _GIB * (100 - limits.disk_percent) / 100
    return [
        Alarm(
            name="cpu",
            why=f"The database uses more than {limits.cpu_percent:g} % of its CPU",
            metrics={"cpu": metric("CPUUtilization")},
            threshold=limits.cpu_percent,
        ),
        Alarm(
            name="memory",
            why=f"The database uses more than {limits.memory_percent:g} % of its memory",
            metrics={"free": metric("FreeableMemory")},
            threshold=free_memory,
            below=True,
        ),
        Alarm(
            name="disk",
            why=f"Less than {100 - limits.disk_percent:g} % of the allocated database storage is free",
            metrics={"free": metric("FreeStorageSpace", "Minimum")},
            threshold=free_storage,
            below=True,
        ),
        Alarm(
            name="connections",
            why="More than 80 % of the database's connections are in use",
            metrics={"open": metric("DatabaseConnections", "Maximum")},
            threshold=connections * 0.8,
        ),
        Alarm(
            name="unavailable",
            why="The database reports nothing",
            metrics={"cpu": metric("CPUUtilization", "SampleCount")},
            threshold=1,
            below=True,
            missing="breaching",
        ),
    ]


def cache_alarms(limits: Thresholds, replication_group: pulumi.Input[str], nodes: int) -> list[Alarm]:
    """CPU and memory of every cache node. With `noeviction` a full node refuses writes, so memory rings first."""
    alarms: list[Alarm] = []
    for node in range(1, nodes + 1):
        member = pulumi.Output.concat(replication_group, f"-{node:03d}")

        def metric(name: str, statistic: str, member: pulumi.Output[str] = member) -> Metric:
            return Metric(
                namespace="AWS/ElastiCache", name=name, statistic=statistic, dimensions={"CacheClusterId": member}
            )

        alarms += [
            Alarm(
                name=f"{node}-cpu",
                why=f"Cache node {node} uses more than {limits.cpu_percent:g} % of its engine CPU",
                metrics={"cpu": metric("EngineCPUUtilization", "Average")},
                threshold=limits.cpu_percent,
            ),
            Alarm(
                name=f"{node}-memory",
                why=f"Cache node {node} uses more than {limits.memory_percent:g} % of its memory",
                metrics={"memory": metric("DatabaseMemoryUsagePercentage", "Average")},
                threshold=limits.memory_percent,
                missing="breaching",
            ),
        ]
    return alarms


def backup_alarms(vault: pulumi.Input[str]) -> list[Alarm]:
    """Jobs that failed or expired before they ran."""
    return [
        Alarm(
            name=outcome,
            why=f"A backup job {outcome}",
            metrics={
                "jobs": Metric(
                    namespace="AWS/Backup",
                    name=metric,
                    statistic="Sum",
                    dimensions={"BackupVaultName": vault},
                )
            },
            threshold=0,
            period_seconds=3600,
            datapoints=1,
        )
        for outcome, metric in (("failed", "NumberOfBackupJobsFailed"), ("expired", "NumberOfBackupJobsExpired"))
    ]


def function_alarms(functions: Mapping[str, pulumi.Input[str]]) -> list[Alarm]:
    """Calls that failed, of each function that keeps logins and measures working."""
    return [
        Alarm(
            name=f"{function}-failed",
            why=f"A call of {function} failed: its log says why",
            metrics={
                "errors": Metric(
                    namespace="AWS/Lambda", name="Errors", statistic="Sum", dimensions={"FunctionName": physical}
                )
            },
            threshold=0,
            period_seconds=300,
            datapoints=1,
        )
        for function, physical in functions.items()
    ]


def queue_alarms(namespace: str, dimensions: Mapping[str, str]) -> list[Alarm]:
    """Queues that cannot be measured: workers then no longer scale on them."""
    return [
        Alarm(
            name="unmeasured",
            why="The queues cannot be measured: the cache does not answer, or nobody asks it",
            metrics={
                "reachable": Metric(
                    namespace=namespace, name="Reachable", statistic="Minimum", dimensions=dict(dimensions)
                )
            },
            threshold=1,
            below=True,
            missing="breaching",
        )
    ]


def proxy_alarms(proxy: str) -> list[Alarm]:
    """The pool before the database: whether it reaches it, and whether queries wait for a connection."""
    where = {"ProxyName": proxy, "TargetGroup": "default", "TargetRole": "READ_WRITE"}

    def metric(name: str, statistic: str) -> dict[str, Metric]:
        return {"value": Metric(namespace="AWS/RDS", name=name, statistic=statistic, dimensions=where)}

    return [
        Alarm(
            name="unavailable",
            why="RDS Proxy does not reach the database",
            metrics=metric("AvailabilityPercentage", "Minimum"),
            threshold=100,
            below=True,
            missing="breaching",
        ),
        Alarm(
            name="borrow",
            why="Queries wait more than a second for a connection of RDS Proxy",
            metrics=metric("DatabaseConnectionsBorrowLatency", "Maximum"),
            threshold=1_000_000,
        ),
    ]
