"""Dify in production: settings -> components -> outputs."""

import gc

import pulumi
import pulumi_aws as aws

import settings
from assembly import build_application, build_foundation, build_operations, build_stores
from components.site import Site
from dify.secrets import APPLICATION
from dify.services import MIGRATION

# Almost everything that is made here lives to the end: looking for garbage in it costs a quarter of the time.
gc.disable()

config = settings.load()
site = Site(
    name=f"{pulumi.get_project()}-{pulumi.get_stack()}",
    account=config.account,
    region=config.region,
    lifecycle=config.lifecycle,
)
tags = {"environment": config.environment, "owner": config.tags.owner, "cost-center": config.tags.cost_center}
provider = aws.Provider(
    "aws",
    region=site.region,
    allowed_account_ids=[site.account],
    default_tags={"tags": {"project": pulumi.get_project(), "managed-by": "pulumi", **tags}},
)

foundation = build_foundation(config, site, pulumi.ResourceOptions(provider=provider))
stores = build_stores(foundation)
runtime = build_application(foundation, stores)
operations = build_operations(foundation, stores, runtime)

outputs = {
    "url": f"https://{config.domain}",
    "load_balancer": runtime.load_balancer.dns_name,
    "cluster": runtime.cluster.cluster_name,
    "services": runtime.application.service_names,
    "migration_task_definition": runtime.application.migration_arn,
    "migration_security_group": foundation.group_ids[MIGRATION.name],
    "private_subnets": foundation.network.private_subnet_ids,
    "database": stores.database.identifier,
    "database_secret": stores.database.secret_arn,
    "cache": stores.cache.replication_group_id,
    "application_secret": stores.secrets.arns[APPLICATION.name],
    "secrets": stores.secrets.arns,
    "functions": stores.function_names,
    "buckets": {
        "files": stores.storage.files_bucket,
        "plugins": stores.storage.plugins_bucket,
        "logs": stores.storage.logs_bucket,
    },
    "backup_vault": operations.backup.vault_name,
    "backup_role": operations.backup.role_arn,
    "alarm_topic": operations.notifications.topic_arn,
    "log_groups": foundation.logs.path,
}
for name, value in outputs.items():
    pulumi.export(name, value)
