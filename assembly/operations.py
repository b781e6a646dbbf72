"""The days after: who is told what, what is kept, and who did what."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from assembly.application import Runtime
from assembly.audit import Audit, build_audit
from assembly.business import build_business
from assembly.dashboards import build_dashboards
from assembly.edge import Edge
from assembly.foundation import Foundation
from assembly.logs import watch_logs
from assembly.monitoring import Watched, build_monitoring
from assembly.people import build_notifications, build_ways
from assembly.remote import Remote
from assembly.service_levels import build_probe, watch_service_levels
from assembly.stores import Stores
from assembly.watch import Watch
from components.alarm_tables.costs import cost_alarms
from components.backup import Backup, BackupArgs
from components.costs import Costs, CostsArgs
from components.dashboards import Dashboards
from components.database_events import DatabaseEvents, DatabaseEventsArgs
from components.events import Events, EventsArgs
from components.notice import Desk
from components.notifications import Notifications
from components.restore_testing import RestoreTesting, RestoreTestingArgs
from settings.severity import Severity


@dataclass(frozen=True, kw_only=True)
class Operations:
    """Where alarms go, recovery points are and figures are shown. `function_names` are those of the whole stack, by
    what they are called here."""

    notifications: Notifications
    backup: Backup
    audit: Audit
    dashboards: Dashboards
    function_names: Mapping[str, pulumi.Output[str]]


def build_operations(
    base: Foundation, stores: Stores, edge: Edge, runtime: Runtime, remotes: Mapping[str, Remote]
) -> Operations:
    """Notifications, backups, audit, alarms and dashboards."""
    config, site, here = base.config, base.site, base.here
    notifications = build_notifications(base)
    desk = Desk(topics=notifications.topic_arns, runbooks=config.alarms.runbooks)
    functions = {**stores.function_names, **build_ways(base, desk, remotes)}
    Events("events", EventsArgs(site=site, desk=desk), here)
    DatabaseEvents(
        "database-events",
        DatabaseEventsArgs(
            topic_arn=desk.topics[Severity.TICKET],
            instance_identifier=stores.database.instance_identifier,
            parameters_name=stores.database.parameters_name,
            after=[notifications],
        ),
        here,
    )
    backup = Backup(
        "backup",
        BackupArgs(
            site=site,
            key_arn=base.keys.backup.arn,
            stores=stores.backed_up,
            choices=config.backup,
        ),
        here,
    )
    _try_restores(base, stores, backup)
    audit = build_audit(base, stores, edge, desk)
    probe = build_probe(base)
    functions["probe"] = probe.function_name
    watch = Watch(base=base, desk=desk)
    if (business := build_business(watch, stores, audit)) is not None:
        functions["business-metrics"] = business.function_name
    way_in = build_monitoring(
        watch, Watched(stores=stores, edge=edge, runtime=runtime, backup=backup, functions=functions), remotes
    )
    watch_service_levels(watch, probe, edge.load_balancer, way_in)
    counted = watch_logs(watch, stores, edge, runtime)
    Costs(
        "costs",
        CostsArgs(site=site, choices=config.costs, topic_arn=desk.topics[Severity.TICKET], after=[notifications]),
        here,
    )
    watch.part("costs", cost_alarms())
    return Operations(
        notifications=notifications,
        backup=backup,
        audit=audit,
        dashboards=build_dashboards(watch, stores, edge, runtime, counted),
        function_names=functions,
    )


def _try_restores(base: Foundation, stores: Stores, backup: Backup) -> None:
    choices = base.config.backup.restore_tests
    if choices.every_days == 0:
        return
    RestoreTesting(
        "restore-testing",
        RestoreTestingArgs(
            site=base.site,
            choices=choices,
            vault_arn=backup.vault_arn,
            vpc_id=base.network.vpc_id,
            database=stores.database,
            buckets=[one.arn for one in stores.originals.values()],
            files=base.keys.files,
        ),
        base.here,
    )
