"""What rings about the tasks of one service."""

from dataclasses import replace

import pulumi

from components.alarms import Alarm
from components.metric import Metric
from dify.services import PLUGIN_DAEMON, Service
from settings.alarms import Alarms as Limits
from settings.severity import Severity

_UNMEASURED = "Metrics of tasks stop with the last task, which the alarm `missing` is about"
_ABSENT = "A service without tasks reports no count: silence is absence"
_SCALES = "A quarter of an hour: scaling adds tasks within minutes, what lasts has reached its ceiling"
_STARTS = "Five minutes in a row: ECS starts a task in the place of a lost one sooner"
_INSTALLS = "Each start installs all plugins, up to 20 minutes"


def service_alarms(
    limits: Limits, service: Service, cluster: pulumi.Input[str], ecs_service: pulumi.Input[str], minimum: int
) -> list[Alarm]:
    """CPU, memory, disk and number of a service's tasks; `minimum` of them should run.

    Source: Amazon CloudWatch User Guide, "Amazon ECS Container Insights with enhanced observability metrics".

    Fewer tasks than wanted are slower, no task is an outage: that pages, except behind the load balancer, whose own
    alarm pages for it and sees unhealthy tasks too. No metric of restarts is read: Container Insights counts restarts
    only of containers with a restart policy, and here ECS replaces the whole task.
    """
    where = {"ClusterName": cluster, "ServiceName": ecs_service}

    def insight(name: str, statistic: str = "Average") -> Metric:
        return Metric(namespace="ECS/ContainerInsights", name=name, statistic=statistic, dimensions=where)

    def share(role: str, of: str, percent: int, does: str) -> Alarm:
        return Alarm(
            name=role,
            why=f"{service.name} {does} {percent:g} % of its {'ephemeral storage' if role == 'disk' else role}",
            runbook=f"services#{role}",
            severity=Severity.TICKET,
            metrics={"used": insight(f"{of}Utilized"), "reserved": insight(f"{of}Reserved")},
            expression="100 * used / reserved",
            threshold=percent,
            silence=_UNMEASURED,
        )

    alarms = [
        replace(share("cpu", "Cpu", limits.cpu_percent, "uses more than"), datapoints=15, patience=_SCALES),
        share("memory", "Memory", limits.memory_percent, "uses more than"),
        share("disk", "EphemeralStorage", limits.disk_percent, "fills more than"),
        *_absence(service, insight("RunningTaskCount", "Minimum"), minimum),
    ]
    if service.singleton:
        alarms.append(
            Alarm(
                name="doubled",
                why=f"More than one task of {service.name} runs: work is done twice, or state is not found",
                runbook="services#second-singleton",
                severity=Severity.PAGE,
                metrics={"running": insight("RunningTaskCount", "Minimum")},
                threshold=1,
                patience="Five minutes in a row: the old task of a deployment has 120 seconds to stop",
                silence=_ABSENT + ", and no second task",
            )
        )
    return alarms


def _absence(service: Service, running: Metric, minimum: int) -> list[Alarm]:
    pages = service.health is None
    installs = service.kind == PLUGIN_DAEMON.kind

    def fewer(name: str, tasks: int, severity: Severity) -> Alarm:
        return Alarm(
            name=name,
            why=f"No task of {service.name} runs" if tasks == 1 else f"Fewer than {tasks} tasks of {service.name} run",
            runbook="services#tasks-missing",
            severity=severity,
            metrics={"running": running},
            threshold=tasks,
            below=True,
            missing="breaching",
            silence=_ABSENT,
            datapoints=20 if installs else 5,
            patience=_INSTALLS if installs else _STARTS,
        )

    if minimum == 1:
        return [fewer("missing", 1, Severity.PAGE if pages else Severity.TICKET)]
    none = [fewer("none", 1, Severity.PAGE)] if pages else []
    return [fewer("missing", minimum, Severity.TICKET), *none]
