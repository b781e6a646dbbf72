"""The first page in an incident: who is hurt, which service does it, and what it leans on."""

import pulumi

from components.dashboard_pages.page import AlarmStates, Graph, Limit, Page, Row, Series, Text, one
from components.dashboard_pages.shown import Shown
from components.metric import Metric
from components.queue_depth import NAMESPACE as QUEUES

_WORDS = """\
**Read from the top.** Alarms and users first, then the service that fails, then what it leans on. Times are UTC.

[Runbooks]({runbooks}) say what to do about each alarm."""


def operations_page(shown: Shown, runbooks: str) -> Page:
    """Alarms, users, services, queues and stores; `runbooks` is the address of their folder."""
    states = AlarmStates(title="Parts that need somebody", alarms=list(shown.pagers.values()))
    return Page(
        name="operations",
        rows=[
            Row(
                heading="Now",
                height=4,
                widgets=[
                    Text(markdown=_WORDS.format(runbooks=runbooks)),
                    *([states] if shown.pagers else []),
                ],
            ),
            _users(shown),
            _answers(shown),
            _services(shown),
            _queues(shown),
            _database(shown),
            _cache(shown),
            *([] if shown.search is None else [_search(shown)]),
        ],
    )


def _users(shown: Shown) -> Row:
    def whole(name: str, statistic: str) -> Metric:
        return _balancer(shown, name, statistic)

    failed = Series(
        label="failed",
        metrics={
            "requests": whole("RequestCount", "Sum"),
            "target": whole("HTTPCode_Target_5XX_Count", "Sum"),
            "balancer": whole("HTTPCode_ELB_5XX_Count", "Sum"),
        },
        expression="100 * (FILL({target}, 0) + FILL({balancer}, 0)) / {requests}",
    )
    zones = [
        one(
            f"{service} in {zone}",
            _balancer(shown, "HealthyHostCount", "Minimum", TargetGroup=group, AvailabilityZone=zone),
        )
        for service, group in shown.target_groups.items()
        for zone in shown.zones
    ]
    return Row(
        heading="Users",
        widgets=[
            Graph(title="Requests", unit="a minute", series=[one("requests", whole("RequestCount", "Sum"))]),
            Graph(title="Requests that fail", unit="%", series=[failed]),
            Graph(title="Healthy tasks by zone", unit="tasks", series=zones),
        ],
    )


def _answers(shown: Shown) -> Row:
    def of_each(name: str, statistic: str) -> list[Series]:
        return [
            one(service, _balancer(shown, name, statistic, TargetGroup=group))
            for service, group in shown.target_groups.items()
        ]

    return Row(
        heading="Services that answer users",
        widgets=[
            Graph(title="Requests", unit="a minute", series=of_each("RequestCount", "Sum"), stacked=True),
            Graph(title="Server errors", unit="a minute", series=of_each("HTTPCode_Target_5XX_Count", "Sum")),
            Graph(title="Response, 95th percentile", unit="s", series=of_each("TargetResponseTime", "p95")),
        ],
    )


def _services(shown: Shown) -> Row:
    def insight(service: str, name: str, statistic: str) -> Metric:
        return Metric(
            namespace="ECS/ContainerInsights",
            name=name,
            statistic=statistic,
            dimensions={"ClusterName": shown.cluster, "ServiceName": service},
        )

    def share(used: str, reserved: str) -> list[Series]:
        return [
            Series(
                label=service,
                metrics={
                    "used": insight(service, used, "Average"),
                    "reserved": insight(service, reserved, "Average"),
                },
                expression="100 * {used} / {reserved}",
            )
            for service in shown.services
        ]

    running = [one(service, insight(service, "RunningTaskCount", "Minimum")) for service in shown.services]
    return Row(
        heading="All services",
        widgets=[
            Graph(title="CPU", unit="%", series=share("CpuUtilized", "CpuReserved")),
            Graph(title="Memory", unit="%", series=share("MemoryUtilized", "MemoryReserved")),
            Graph(title="Tasks", unit="tasks", series=running),
            Graph(
                title="Errors in logs",
                unit="in 5 minutes",
                series=[one(service, metric) for service, metric in shown.errors.items()],
                period_seconds=300,
            ),
        ],
    )


def _queues(shown: Shown) -> Row:
    def measured(name: str, **more: str) -> Metric:
        return Metric(namespace=QUEUES, name=name, statistic="Maximum", dimensions={"Stack": shown.stack, **more})

    unmeasured = Series(
        label="unmeasured", metrics={"reachable": measured("Reachable")}, expression="1 - FILL({reachable}, 0)"
    )
    waiting = [one(worker, measured("Backlog", WorkerGroup=worker)) for worker in shown.workers]
    return Row(
        heading="Queues",
        widgets=[
            Graph(title="Jobs that wait", unit="jobs", series=waiting, stacked=True),
            Graph(title="Queues cannot be measured", unit="1 is yes", series=[unmeasured]),
        ],
    )


def _database(shown: Shown) -> Row:
    def metric(name: str, statistic: str = "Average") -> Metric:
        return Metric(
            namespace="AWS/RDS",
            name=name,
            statistic=statistic,
            dimensions={"DBInstanceIdentifier": shown.database},
        )

    return Row(
        heading="Database",
        widgets=[
            Graph(title="CPU", unit="%", series=[one("CPU", metric("CPUUtilization"))]),
            Graph(
                title="Connections",
                unit="open",
                series=[one("connections", metric("DatabaseConnections", "Maximum"))],
                limits=[Limit(label="admitted", value=shown.connections)],
            ),
            Graph(title="Free memory", unit="bytes", series=[one("memory", metric("FreeableMemory", "Minimum"))]),
            Graph(title="Free storage", unit="bytes", series=[one("storage", metric("FreeStorageSpace", "Minimum"))]),
            Graph(
                title="Time of a read and a write",
                unit="s",
                series=[one("read", metric("ReadLatency")), one("write", metric("WriteLatency"))],
            ),
            Graph(
                title="Deadlocks",
                unit="in 5 minutes",
                series=[one("deadlocks", shown.deadlocks)],
                period_seconds=300,
            ),
        ],
    )


def _cache(shown: Shown) -> Row:
    def of_each(name: str, statistic: str = "Average") -> list[Series]:
        return [
            one(
                f"node {number}",
                Metric(
                    namespace="AWS/ElastiCache", name=name, statistic=statistic, dimensions={"CacheClusterId": node}
                ),
            )
            for number, node in enumerate(shown.cache_nodes, start=1)
        ]

    return Row(
        heading="Cache",
        widgets=[
            Graph(title="Engine CPU", unit="%", series=of_each("EngineCPUUtilization")),
            Graph(title="Memory", unit="%", series=of_each("DatabaseMemoryUsagePercentage")),
            Graph(title="Clients", unit="connected", series=of_each("CurrConnections", "Maximum")),
        ],
    )


def _search(shown: Shown) -> Row:
    domain = "" if shown.search is None else shown.search

    def metric(name: str, statistic: str) -> Metric:
        return Metric(
            namespace="AWS/ES",
            name=name,
            statistic=statistic,
            dimensions={"DomainName": domain, "ClientId": shown.account},
        )

    return Row(
        heading="Vectors",
        widgets=[
            Graph(
                title="Load",
                unit="%",
                series=[
                    one("CPU", metric("CPUUtilization", "Maximum")),
                    one("heap", metric("JVMMemoryPressure", "Maximum")),
                ],
            ),
            Graph(
                title="State",
                unit="1 is yes",
                series=[
                    one("yellow: no second copy", metric("ClusterStatus.yellow", "Maximum")),
                    one("red: vectors missing", metric("ClusterStatus.red", "Maximum")),
                ],
            ),
            Graph(title="Time of a search", unit="ms", series=[one("search", metric("SearchLatency", "Average"))]),
        ],
    )


def _balancer(shown: Shown, name: str, statistic: str, **more: pulumi.Input[str]) -> Metric:
    return Metric(
        namespace="AWS/ApplicationELB",
        name=name,
        statistic=statistic,
        dimensions={"LoadBalancer": shown.load_balancer, **more},
    )
