"""What rings: every part of the stack with its alarms, and which part is silent because another has rung."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from assembly.application import Runtime
from assembly.edge import Edge
from assembly.remote import Remote
from assembly.stores import Stores
from assembly.watch import Watch
from components.alarm_tables.audit import audit_alarms
from components.alarm_tables.backup import backup_alarms
from components.alarm_tables.cache import cache_alarms
from components.alarm_tables.certificates import certificate_alarms
from components.alarm_tables.database import database_alarms
from components.alarm_tables.database_proxy import proxy_alarms
from components.alarm_tables.firewall import web_acl_alarms
from components.alarm_tables.functions import function_alarms
from components.alarm_tables.load_balancer import load_balancer_alarms
from components.alarm_tables.network import network_alarms
from components.alarm_tables.queues import queue_alarms
from components.alarm_tables.replication import Copied, failed_copies, late_copies
from components.alarm_tables.search import search_alarms
from components.alarm_tables.services import service_alarms
from components.backup import Backup
from components.causes import Causes, CausesArgs
from components.queue_depth import NAMESPACE
from components.search_snapshots import snapshot_age
from dify.capacity import admitted_connections
from dify.plan import named
from dify.services import API, API_WEBSOCKET, BEAT, PLUGIN_DAEMON, WORKER
from settings.plan import deployments

NEED_STORES = (API.kind, API_WEBSOCKET.kind, WORKER.kind, BEAT.kind, PLUGIN_DAEMON.kind)
"""Services that cannot work while a store is away, and would page for it once more."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What can fail; `functions` are names of all that the stack has, by what they are called here."""

    stores: Stores
    edge: Edge
    runtime: Runtime
    backup: Backup
    functions: Mapping[str, pulumi.Input[str]]


def build_monitoring(watch: Watch, seen: Watched, remotes: Mapping[str, Remote]) -> pulumi.Output[str] | None:
    """Alarms of all that the stack is made of. The pager of the way in, None where nothing in it wakes anybody."""
    base = watch.base
    causes = _stores(watch, seen.stores)
    api = _services(watch, seen.runtime, causes)
    # Where the API has no pager of its own, what is behind it is the cause of what users see.
    way_in = _edge(watch, seen.edge, causes if api is None else api)
    watch.part("functions", function_alarms(seen.functions))
    watch.part("backup", backup_alarms(seen.backup.vault_name, base.config.backup.restore_tests))
    if base.network.nat_gateway_ids:
        watch.part("network", network_alarms({zone[-1]: one for zone, one in base.network.nat_gateway_ids.items()}))
    if base.config.audit.trail:
        watch.part("audit", audit_alarms(base.site))
    _copies(watch, seen.stores, remotes)
    return way_in


def _stores(watch: Watch, stores: Stores) -> pulumi.Output[str] | None:
    """The alarm that rings while a store is away, None where no store pages."""
    config = watch.base.config
    database = watch.part(
        "database",
        database_alarms(
            config.alarms,
            stores.database.identifier,
            instance_class=config.database.instance_class,
            storage_gib=config.database.allocated_storage_gib,
            connections=admitted_connections(config.database.instance_class),
        ),
    )
    if stores.proxy is not None:
        watch.part("database-pool", proxy_alarms(stores.proxy.proxy_name), database)
    cache = watch.part(
        "cache",
        cache_alarms(
            config.alarms,
            stores.cache.replication_group_id,
            nodes=config.cache.nodes,
            node_type=config.cache.node_type,
        ),
    )
    workers = named(deployments(config), WORKER.kind)
    watch.part("queues", queue_alarms(NAMESPACE, stores.queue_depth.dimensions(), workers), cache)
    pagers = [pager for pager in (database, cache, _search(watch, stores)) if pager is not None]
    if not pagers:
        return None
    return Causes("stores", CausesArgs(site=watch.base.site, pager_arns=pagers), watch.base.here).alarm_arn


def _search(watch: Watch, stores: Stores) -> pulumi.Output[str] | None:
    if stores.search is None:
        return None
    config = watch.base.config
    chosen = config.vector_store.opensearch
    return watch.part(
        "search",
        search_alarms(
            config.alarms,
            stores.search.domain_name,
            account=watch.base.site.account,
            storage_gib=chosen.storage_gib,
            dedicated_masters=chosen.dedicated_masters,
            snapshot_age=snapshot_age(watch.base.site),
        ),
    )


def _services(watch: Watch, runtime: Runtime, causes: pulumi.Output[str] | None) -> pulumi.Output[str] | None:
    """The pager of the API, without which nothing answers; None where the load balancer pages for it."""
    config = watch.base.config
    pagers = {
        one.name: watch.part(
            f"services-{one.name}",
            service_alarms(
                config.alarms,
                one.service,
                runtime.cluster.cluster_name,
                runtime.application.service_names[one.name],
                one.min_tasks,
            ),
            causes if one.service.kind in NEED_STORES else None,
        )
        for one in deployments(config)
    }
    return pagers[API.name]


def _edge(watch: Watch, edge: Edge, cause: pulumi.Output[str] | None) -> pulumi.Output[str] | None:
    """The pager of the way in. Behind CloudFront the firewall rings where its measures are (assembly/edge.py)."""
    balancer, limits = edge.load_balancer, watch.base.config.alarms
    pager = watch.part(
        "edge",
        [
            *load_balancer_alarms(limits, balancer.arn_suffix, balancer.target_group_suffixes),
            *certificate_alarms({"edge": edge.certificate.arn}),
        ],
        cause,
    )
    if edge.web_acl is not None and edge.delivery is None:
        acl = edge.web_acl
        watch.part("firewall", web_acl_alarms(acl.acl_name, acl.rules, region=watch.base.site.region))
    return pager


def _copies(watch: Watch, stores: Stores, remotes: Mapping[str, Remote]) -> None:
    replica, region = stores.replica, watch.base.regions.replica
    if replica is None or region is None:
        return
    copied = {
        purpose: Copied(source=original.bucket, replica=replica.buckets[purpose])
        for purpose, original in stores.originals.items()
    }
    watch.part("replication", failed_copies(copied))
    remotes[region.site.region].watch("replica", late_copies(copied))
