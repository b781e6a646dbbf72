"""The alarms of the whole stack, part by part."""

from dataclasses import dataclass

import pulumi

from components.alarm_table import (
    backup_alarms,
    cache_alarms,
    database_alarms,
    load_balancer_alarms,
    service_alarms,
)
from components.alarms import Alarms, AlarmsArgs
from components.application import Application
from components.backup import Backup
from components.cache import Cache
from components.component import Component
from components.database import Database
from components.load_balancer import LoadBalancer
from dify.capacity import admitted_connections
from dify.services import API, BEAT, WEB, WORKER
from settings import Settings


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """`choices` are the settings of the whole stack: an alarm's threshold follows from the size of what it watches."""

    topic_arn: pulumi.Input[str]
    choices: Settings
    load_balancer: LoadBalancer
    cluster_name: pulumi.Input[str]
    application: Application
    database: Database
    cache: Cache
    backup: Backup


class Monitoring(Component):
    """Every part that can fail, and who is told."""

    type_token = "dify:observability:Monitoring"  # noqa: S105

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        limits, balancer, choices = args.choices.alarms, args.load_balancer, args.choices
        minimum_tasks = {
            WEB: choices.services.web.min_tasks,
            API: choices.services.api.min_tasks,
            WORKER: choices.services.worker.min_tasks,
            BEAT: 1,
        }
        parts = {
            "edge": load_balancer_alarms(limits, balancer.arn_suffix, balancer.target_group_suffixes),
            "services": [
                alarm
                for service, minimum in minimum_tasks.items()
                for alarm in service_alarms(
                    limits,
                    service,
                    args.cluster_name,
                    args.application.service_names[service.name],
                    minimum,
                )
            ],
            "database": database_alarms(
                limits,
                args.database.identifier,
                instance_class=choices.database.instance_class,
                storage_gib=choices.database.allocated_storage_gib,
                connections=admitted_connections(choices.database.instance_class),
            ),
            "cache": cache_alarms(limits, args.cache.replication_group_id, choices.cache.nodes),
            "backup": backup_alarms(args.backup.vault_name),
        }
        for part, alarms in parts.items():
            Alarms(part, AlarmsArgs(topic_arn=args.topic_arn, alarms=alarms), self.child())
        self.done()
