"""What rings about RDS Proxy, the pool before the database."""

import pulumi

from components.alarms import Alarm
from components.metric import Metric
from settings.severity import Severity

_BORROW_MICROSECONDS = 1_000_000

_NO_CLIENTS = "A pool that nobody asks lends and refuses nothing"


def proxy_alarms(proxy: pulumi.Input[str]) -> list[Alarm]:
    """Whether it reaches the database, whether queries wait for a connection, and whom it refuses.

    Availability exists by the role of the target; borrowing and refused clients by proxy (Amazon RDS User Guide,
    "Monitoring RDS Proxy metrics with Amazon CloudWatch").
    """
    by_proxy: dict[str, pulumi.Input[str]] = {"ProxyName": proxy}
    by_role = {**by_proxy, "TargetGroup": "default", "TargetRole": "READ_WRITE"}

    def metric(name: str, statistic: str, where: dict[str, pulumi.Input[str]] = by_proxy) -> dict[str, Metric]:
        return {"value": Metric(namespace="AWS/RDS", name=name, statistic=statistic, dimensions=where)}

    return [
        Alarm(
            name="unavailable",
            why="RDS Proxy does not reach the database",
            runbook="database#pool-unavailable",
            severity=Severity.PAGE,
            metrics=metric("AvailabilityPercentage", "Minimum", by_role),
            threshold=100,
            below=True,
            patience="Five minutes in a row: a failover takes one to two",
            missing="breaching",
            silence="The proxy checks the database whether anybody asks it or not: silence is absence",
        ),
        Alarm(
            name="borrow",
            why="Queries wait more than a second for a connection of RDS Proxy",
            runbook="database#pool-waits",
            severity=Severity.TICKET,
            metrics=metric("DatabaseConnectionsBorrowLatency", "Maximum"),
            threshold=_BORROW_MICROSECONDS,
            silence=_NO_CLIENTS,
        ),
        Alarm(
            name="refused",
            why="RDS Proxy refuses logins",
            runbook="database#pool-refuses",
            severity=Severity.TICKET,
            metrics=metric("ClientConnectionsSetupFailedAuth", "Sum"),
            threshold=0,
            silence=_NO_CLIENTS,
        ),
        Alarm(
            name="connections-failed",
            why="The database refuses RDS Proxy new connections",
            runbook="database#pool-refuses",
            severity=Severity.TICKET,
            metrics=metric("DatabaseConnectionsSetupFailed", "Sum"),
            threshold=0,
            silence=_NO_CLIENTS,
        ),
    ]
