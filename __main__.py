"""Dify in production: settings -> components -> outputs."""

import pulumi
import pulumi_aws as aws

import settings
from components.application import Application, ApplicationArgs, Place
from components.backup import Backup, BackupArgs
from components.cache import Cache, CacheArgs
from components.certificate import Certificate, CertificateArgs
from components.cluster import Cluster, ClusterArgs
from components.database import Database, DatabaseArgs
from components.firewall import Firewall, FirewallArgs
from components.keys import Keys, KeysArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.monitoring import Monitoring, MonitoringArgs
from components.network import Network, NetworkArgs
from components.notifications import Notifications, NotificationsArgs
from components.secrets import Secrets, SecretsArgs
from components.site import LogPolicy, Site
from components.storage import Storage, StorageArgs
from dify.flows import CACHE, DATABASE, LOAD_BALANCER
from dify.services import MIGRATION

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
here = pulumi.ResourceOptions(provider=provider)

keys = Keys("keys", KeysArgs(site=site), here)
logs = LogPolicy(path=f"/{site.name}", retention_days=config.logs.retention_days, key_arn=keys.logs.arn)

network = Network("network", NetworkArgs(site=site, choices=config.network), here)
firewall = Firewall("firewall", FirewallArgs(vpc_id=network.vpc_id, allowed_cidrs=config.edge.allowed_cidrs), here)
groups = firewall.group_ids

storage = Storage("storage", StorageArgs(site=site, key=keys.files, choices=config.storage), here)
database = Database(
    "database",
    DatabaseArgs(
        site=site,
        subnet_ids=network.data_subnet_ids,
        security_group_id=groups[DATABASE],
        key=keys.database,
        logs=logs,
        choices=config.database,
    ),
    here,
)
cache = Cache(
    "cache",
    CacheArgs(
        site=site,
        subnet_ids=network.data_subnet_ids,
        security_group_id=groups[CACHE],
        key_arn=keys.cache.arn,
        choices=config.cache,
    ),
    here,
)
secrets = Secrets("secrets", SecretsArgs(site=site, key=keys.secrets, logs=logs, cache=cache), here)

certificate = Certificate("certificate", CertificateArgs(domain=config.domain, choices=config.edge), here)
edge = LoadBalancer(
    "edge",
    LoadBalancerArgs(
        site=site,
        vpc_id=network.vpc_id,
        subnet_ids=network.public_subnet_ids,
        security_group_id=groups[LOAD_BALANCER],
        certificate_arn=certificate.arn,
        choices=config.edge,
        log_bucket=storage.logs_bucket,
        domain=config.domain,
    ),
    here,
)
cluster = Cluster(
    "cluster",
    ClusterArgs(vpc_id=network.vpc_id, cluster_name=site.name, namespace=f"{site.name}.internal", logs=logs),
    here,
)
application = Application(
    "application",
    ApplicationArgs(
        site=site,
        logs=logs,
        choices=config,
        place=Place(cluster=cluster, subnet_ids=network.private_subnet_ids, group_ids=groups),
        load_balancer=edge,
        database=database,
        cache=cache,
        storage=storage,
        secrets=secrets,
    ),
    here,
)

notifications = Notifications(
    "notifications",
    NotificationsArgs(site=site, key_arn=keys.notifications.arn, emails=config.alarms.emails),
    here,
)
backup = Backup(
    "backup",
    BackupArgs(
        site=site,
        key_arn=keys.backup.arn,
        stores=[database.arn, storage.files_arn, storage.plugins_arn],
        choices=config.backup,
    ),
    here,
)
Monitoring(
    "monitoring",
    MonitoringArgs(
        choices=config,
        topic_arn=notifications.topic_arn,
        load_balancer=edge,
        cluster_name=cluster.cluster_name,
        application=application,
        database=database,
        cache=cache,
        backup=backup,
    ),
    here,
)

outputs = {
    "url": f"https://{config.domain}",
    "load_balancer": edge.dns_name,
    "cluster": cluster.cluster_name,
    "services": application.service_names,
    "migration_task_definition": application.migration_arn,
    "migration_security_group": groups[MIGRATION.name],
    "private_subnets": network.private_subnet_ids,
    "database": database.identifier,
    "database_secret": database.secret_arn,
    "cache": cache.replication_group_id,
    "application_secret": secrets.application_arn,
    "buckets": {"files": storage.files_bucket, "plugins": storage.plugins_bucket, "logs": storage.logs_bucket},
    "backup_vault": backup.vault_name,
    "backup_role": backup.role_arn,
    "alarm_topic": notifications.topic_arn,
    "log_groups": logs.path,
}
for name, value in outputs.items():
    pulumi.export(name, value)
