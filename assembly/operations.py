"""The days after: who is told what, what is kept, and who did what."""

from collections.abc import Mapping
from dataclasses import dataclass

from assembly.application import Runtime
from assembly.audit import Audit, build_audit
from assembly.edge import Edge
from assembly.foundation import Foundation
from assembly.remote import Remote
from assembly.stores import Stores
from components.backup import Backup, BackupArgs
from components.database_events import DatabaseEvents, DatabaseEventsArgs
from components.monitoring import Monitoring, MonitoringArgs
from components.notifications import Notifications, NotificationsArgs
from components.replication_alarms import Copied, late_copies


@dataclass(frozen=True, kw_only=True)
class Operations:
    """Where alarms go and recovery points are."""

    notifications: Notifications
    backup: Backup
    audit: Audit


def build_operations(
    base: Foundation, stores: Stores, edge: Edge, runtime: Runtime, remotes: Mapping[str, Remote]
) -> Operations:
    """Notifications, backups, audit and alarms."""
    config, site, here = base.config, base.site, base.here
    notifications = Notifications(
        "notifications",
        NotificationsArgs(site=site, key_arn=base.keys.notifications.arn, emails=config.alarms.emails),
        here,
    )
    DatabaseEvents(
        "database-events",
        DatabaseEventsArgs(
            topic_arn=notifications.topic_arn,
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
            stores=[stores.database.arn, stores.storage.files_arn, stores.storage.plugins_arn],
            choices=config.backup,
        ),
        here,
    )
    audit = build_audit(base, stores, edge, notifications.topic_arn)
    copied = _copied(stores)
    if base.regions.replica is not None:
        remotes[base.regions.replica.site.region].watch("replica", late_copies(copied))
    Monitoring(
        "monitoring",
        MonitoringArgs(
            site=site,
            choices=config,
            topic_arn=notifications.topic_arn,
            load_balancer=edge.load_balancer,
            certificate_arn=edge.certificate.arn,
            web_acl=edge.web_acl if edge.delivery is None else None,
            copied=copied,
            cluster_name=runtime.cluster.cluster_name,
            application=runtime.application,
            database=stores.database,
            proxy=stores.proxy,
            cache=stores.cache,
            search=stores.search,
            queue_depth=stores.queue_depth,
            functions=stores.function_names,
            backup=backup,
        ),
        here,
    )
    return Operations(notifications=notifications, backup=backup, audit=audit)


def _copied(stores: Stores) -> dict[str, Copied]:
    storage, replica = stores.storage, stores.replica
    if replica is None:
        return {}
    return {
        "files": Copied(source=storage.files_bucket, replica=replica.files_bucket),
        "plugins": Copied(source=storage.plugins_bucket, replica=replica.plugins_bucket),
    }
