"""The days after: who is told what, and what is kept."""

from dataclasses import dataclass

from assembly.application import Runtime
from assembly.foundation import Foundation
from assembly.stores import Stores
from components.backup import Backup, BackupArgs
from components.monitoring import Monitoring, MonitoringArgs
from components.notifications import Notifications, NotificationsArgs


@dataclass(frozen=True, kw_only=True)
class Operations:
    """Where alarms go and recovery points are."""

    notifications: Notifications
    backup: Backup


def build_operations(base: Foundation, stores: Stores, runtime: Runtime) -> Operations:
    """Notifications, backups and alarms."""
    config, site, here = base.config, base.site, base.here
    notifications = Notifications(
        "notifications",
        NotificationsArgs(site=site, key_arn=base.keys.notifications.arn, emails=config.alarms.emails),
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
    Monitoring(
        "monitoring",
        MonitoringArgs(
            site=site,
            choices=config,
            topic_arn=notifications.topic_arn,
            load_balancer=runtime.load_balancer,
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
    return Operations(notifications=notifications, backup=backup)
