"""What operators and the business look at."""

import pulumi

from assembly.application import Runtime
from assembly.edge import Edge
from assembly.stores import Stores
from assembly.watch import Watch
from components.application_errors import LogFilters
from components.dashboard_pages.shown import Shown
from components.dashboards import Dashboards, DashboardsArgs
from dify.capacity import admitted_connections
from dify.plan import named
from dify.services import WORKER
from settings.plan import deployments


def build_dashboards(watch: Watch, stores: Stores, edge: Edge, runtime: Runtime, counted: LogFilters) -> Dashboards:
    """Every page, with the pagers of the parts that are watched by now."""
    base, config, planned = watch.base, watch.base.config, deployments(watch.base.config)
    nodes = range(1, config.cache.nodes + 1)
    shown = Shown(
        stack=base.site.name,
        account=base.site.account,
        zones=config.network.zones,
        load_balancer=edge.load_balancer.arn_suffix,
        target_groups=edge.load_balancer.target_group_suffixes,
        cluster=runtime.cluster.cluster_name,
        services=[one.name for one in planned],
        workers=[one.name for one in named(planned, WORKER.kind)],
        log_groups=[f"{base.logs.path}/{one.name}" for one in planned],
        database=stores.database.identifier,
        connections=admitted_connections(config.database.instance_class),
        cache_nodes=[pulumi.Output.concat(stores.cache.replication_group_id, f"-{node:03d}") for node in nodes],
        search=None if stores.search is None else stores.search.domain_name,
        errors={service: one.metric(base.site) for service, one in counted.errors.items()},
        deadlocks=counted.deadlocks.metric(base.site),
        pagers=watch.pagers,
        currencies=config.business.currencies if config.business.enabled else (),
        budget=config.costs.monthly_budget,
    )
    return Dashboards(
        "dashboards", DashboardsArgs(site=base.site, shown=shown, runbooks=watch.desk.runbooks), base.here
    )
