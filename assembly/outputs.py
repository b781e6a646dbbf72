"""What a stack tells those who operate it."""

from typing import Any

from assembly.application import Runtime
from assembly.edge import Edge
from assembly.foundation import Foundation
from assembly.operations import Operations
from assembly.stores import Stores
from dify.secrets import APPLICATION
from dify.services import MIGRATION
from settings.availability import availability


def outputs_of(
    base: Foundation, stores: Stores, edge: Edge, runtime: Runtime, operations: Operations
) -> dict[str, Any]:
    """Stack outputs by name. What a stack does not have is not among them."""
    audit = operations.audit
    found: dict[str, Any] = {
        "url": f"https://{base.config.domain}",
        "release": base.config.release,
        "load_balancer": edge.load_balancer.dns_name,
        "cluster": runtime.cluster.cluster_name,
        "services": runtime.application.service_names,
        "migration_task_definition": runtime.application.migration_arn,
        "migration_security_group": base.group_ids[MIGRATION.name],
        "private_subnets": base.network.private_subnet_ids,
        "database": stores.database.identifier,
        "database_secret": stores.database.secret_arn,
        "cache": stores.cache.replication_group_id,
        "application_secret": stores.secrets.arns[APPLICATION.name],
        "secrets": stores.secrets.arns,
        "functions": operations.function_names,
        "buckets": {
            **{name: one.bucket for name, one in stores.originals.items()},
            "logs": base.records.logs_bucket,
            "audit": base.records.audit_bucket,
        },
        "backup_vault": operations.backup.vault_name,
        "backup_role": operations.backup.role_arn,
        "alarm_topics": {severity.value: arn for severity, arn in operations.notifications.topic_arns.items()},
        "log_groups": base.logs.path,
        "dashboards": operations.dashboards.names,
        "availability": availability(base.config).as_output(),
        "audit": {"workgroup": audit.queries.workgroup, "database": audit.queries.database},
    }
    if edge.delivery is not None:
        found["distribution"] = edge.delivery.distribution_id
    if stores.search is not None and stores.snapshots is not None:
        found["vectors"] = {"host": stores.search.host, "snapshots": stores.snapshots.bucket_name}
    if stores.replica is not None:
        found["copies"] = stores.replica.buckets
    if stores.backups_replica is not None:
        found["database_copies"] = stores.backups_replica.arn
    if audit.pipeline is not None:
        found["pipeline_roles"] = {
            "preview": audit.pipeline.preview_role_arn,
            "drift": audit.pipeline.drift_role_arn,
            "deploy": audit.pipeline.deploy_role_arn,
        }
    return found
