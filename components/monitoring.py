"""The alarms of the whole stack, part by part."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.alarm_table import (
    backup_alarms,
    cache_alarms,
    database_alarms,
    function_alarms,
    load_balancer_alarms,
    proxy_alarms,
    queue_alarms,
    service_alarms,
)
from components.alarms import Alarm, Alarms, AlarmsArgs
from components.application import Application
from components.audit_alarms import audit_alarms
from components.backup import Backup
from components.cache import Cache
from components.certificate_alarms import certificate_alarms
from components.component import Component
from components.database import Database
from components.database_proxy import DatabaseProxy
from components.load_balancer import LoadBalancer
from components.queue_depth import NAMESPACE, QueueDepth
from components.replication_alarms import Copied, failed_copies
from components.search import Search
from components.search_alarms import search_alarms
from components.site import Site
from components.web_acl import WebAcl
from components.web_acl_alarms import web_acl_alarms
from dify.capacity import admitted_connections
from settings import Settings
from settings.plan import deployments


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """`choices` are the settings of the whole stack: an alarm's threshold follows from the size of what it watches."""

    site: Site
    topic_arn: pulumi.Input[str]
    choices: Settings
    load_balancer: LoadBalancer
    certificate_arn: pulumi.Input[str]
    web_acl: WebAcl | None
    copied: Mapping[str, Copied]
    cluster_name: pulumi.Input[str]
    application: Application
    database: Database
    proxy: DatabaseProxy | None
    cache: Cache
    search: Search | None
    queue_depth: QueueDepth
    functions: Mapping[str, pulumi.Input[str]]
    backup: Backup


class Monitoring(Component):
    """Every part that can fail, and who is told."""

    type_token = "dify:observability:Monitoring"  # noqa: S105

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        limits, balancer, choices = args.choices.alarms, args.load_balancer, args.choices
        parts = {
            "edge": [
                *load_balancer_alarms(limits, balancer.arn_suffix, balancer.target_group_suffixes),
                *certificate_alarms({"edge": args.certificate_arn}),
            ],
            "services": [
                alarm
                for deployment in deployments(choices)
                for alarm in service_alarms(
                    limits,
                    deployment.service,
                    args.cluster_name,
                    args.application.service_names[deployment.name],
                    deployment.min_tasks,
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
            "functions": function_alarms(args.functions),
            "queues": queue_alarms(NAMESPACE, args.queue_depth.dimensions()),
            "backup": backup_alarms(args.backup.vault_name),
        }
        if args.web_acl is not None:
            parts["firewall"] = web_acl_alarms(args.web_acl.acl_name, args.web_acl.rules, region=args.site.region)
        if choices.audit.trail:
            parts["audit"] = audit_alarms(args.site)
        if args.copied:
            parts["replication"] = failed_copies(args.copied)
        if args.proxy is not None:
            parts["database-pool"] = proxy_alarms(args.proxy.proxy_name)
        if args.search is not None:
            parts["search"] = _of_search(args, args.search)
        for part, alarms in parts.items():
            Alarms(part, AlarmsArgs(topic_arn=args.topic_arn, alarms=alarms), self.child())
        self.done()


def _of_search(args: MonitoringArgs, search: Search) -> list[Alarm]:
    chosen = args.choices.vector_store.opensearch
    return search_alarms(
        args.choices.alarms,
        search.domain_name,
        account=args.site.account,
        storage_gib=chosen.storage_gib,
        dedicated_masters=chosen.dedicated_masters,
    )
