"""RDS for PostgreSQL, with a standby in another zone."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import rds

from components.component import Component
from components.iam import Statement, allow, role
from components.key import Key
from components.log_group import log_group
from components.site import LogPolicy, Site
from dify.flows import DATABASE_PORT
from settings.database import Database as Choices

DATABASE_NAME = "dify"
PLUGIN_DATABASE_NAME = "dify_plugin"
"""The api's database, and the plugin daemon's beside it."""

_CA = "rds-ca-rsa2048-g1"
_EXPORTS = ("postgresql", "upgrade")
_MONITORING_SECONDS = 60
_INSIGHTS_DAYS = 465
"""Fifteen months, to compare with the same season a year ago (Performance Insights: 7, 31 x n, or 731)."""

_PARAMETERS = {
    "rds.force_ssl": "1",
    "log_connections": "1",
    "log_disconnections": "1",
    "log_lock_waits": "1",
    "log_min_duration_statement": "1000",
    "log_statement": "ddl",
    "log_temp_files": "10240",
    # PostgreSQL's own 4 is for disks with heads; with it the planner reads whole tables beside an index.
    "random_page_cost": "1.1",
    # A client that vanished in the middle of a transaction must not hold its locks for ever.
    "idle_in_transaction_session_timeout": "600000",
    "pgaudit.log": "ddl,role",
    # What users and their apps write is in the parameters of statements; it is no business of an audit of operations.
    "pgaudit.log_parameter": "0",
}
"""All dynamic: none needs a restart. Times in ms, sizes in KiB (PostgreSQL documentation, server configuration)."""

_LIBRARIES = ("pg_stat_statements", "pgaudit")
"""What the server loads when it starts: RDS' own default, which Performance Insights reads, and pgaudit, which records
who changed tables, roles and rights, with passwords left out (Amazon RDS user guide, "Using pgAudit to log database
activity"). An instance that is made with the group has them at once; one that is there needs a restart."""


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """`key` encrypts the storage, its snapshots, Performance Insights and the owner's login."""

    site: Site
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    key: Key
    logs: LogPolicy
    choices: Choices


class Database(Component):
    """The owner's password is made, kept and every seven days changed by RDS itself; no service ever has it."""

    type_token = "dify:data:Database"  # noqa: S105

    arn: pulumi.Output[str]
    identifier: str
    instance_identifier: pulumi.Output[str]
    parameters_name: pulumi.Output[str]
    subnet_group_name: pulumi.Output[str]
    host: pulumi.Output[str]
    secret_arn: pulumi.Output[str]

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._key = args.key
        # RDS makes the log group of this name itself, without key or retention, unless it is there first.
        self.identifier = f"{args.site.name}-{name}"
        exports = [
            log_group(
                f"{name}-{export}",
                f"/aws/rds/instance/{self.identifier}/{export}",
                args.logs,
                self.child(),
            )
            for export in _EXPORTS
        ]
        chosen, retain = args.choices, args.site.retains
        self.parameters_name = self._parameter_group(name, args).name
        self.subnet_group_name = self._subnet_group(name, args).name
        instance = rds.Instance(
            f"{name}-instance",
            identifier=self.identifier,
            engine="postgres",
            engine_version=chosen.engine_version,
            instance_class=chosen.instance_class,
            db_name=DATABASE_NAME,
            port=DATABASE_PORT,
            username="dify_owner",
            manage_master_user_password=True,
            master_user_secret_kms_key_id=args.key.arn,
            storage_type="gp3",
            allocated_storage=chosen.allocated_storage_gib,
            max_allocated_storage=chosen.max_storage_gib,
            storage_encrypted=True,
            kms_key_id=args.key.arn,
            multi_az=chosen.multi_az,
            db_subnet_group_name=self.subnet_group_name,
            vpc_security_group_ids=[args.security_group_id],
            publicly_accessible=False,
            parameter_group_name=self.parameters_name,
            ca_cert_identifier=_CA,
            backup_retention_period=chosen.backup_retention_days,
            copy_tags_to_snapshot=True,
            delete_automated_backups=not retain,
            maintenance_window=chosen.maintenance_window,
            auto_minor_version_upgrade=True,
            allow_major_version_upgrade=False,
            apply_immediately=False,
            iam_database_authentication_enabled=True,
            enabled_cloudwatch_logs_exports=list(_EXPORTS),
            performance_insights_enabled=True,
            performance_insights_kms_key_id=args.key.arn,
            performance_insights_retention_period=_INSIGHTS_DAYS if retain else 7,
            database_insights_mode="advanced" if retain else "standard",
            monitoring_interval=_MONITORING_SECONDS,
            monitoring_role_arn=role(
                f"{name}-monitoring",
                service="monitoring.rds.amazonaws.com",
                site=args.site,
                managed=["service-role/AmazonRDSEnhancedMonitoringRole"],
                opts=self.child(),
            ),
            deletion_protection=retain,
            skip_final_snapshot=not retain,
            final_snapshot_identifier=f"{self.identifier}-final" if retain else None,
            # Minor versions move by themselves in the maintenance window, and AWS Backup owns the backup window.
            opts=self.child(protect=retain, after=list(exports), ignore=["engineVersion", "backupWindow"]),
        )
        self.arn = instance.arn
        # Known once the instance is there, unlike the name it was given.
        self.instance_identifier = instance.identifier
        self.host = instance.address
        # RDS names no secret for as long as it is making one.
        self.secret_arn = instance.master_user_secrets.apply(lambda made: (made[0].secret_arn if made else None) or "")
        self.done()

    def read_login_statements(self) -> list[Statement]:
        """Read the owner's login."""
        return [
            allow("ReadDatabaseLogin", ["secretsmanager:GetSecretValue"], self.secret_arn),
            self._key.decrypt_statement("DecryptDatabaseLogin", "secretsmanager"),
        ]

    def _subnet_group(self, name: str, args: DatabaseArgs) -> rds.SubnetGroup:
        return rds.SubnetGroup(
            f"{name}-subnets", subnet_ids=args.subnet_ids, description="Dify data subnets", opts=self.child()
        )

    def _parameter_group(self, name: str, args: DatabaseArgs) -> rds.ParameterGroup:
        major = args.choices.engine_version.split(".")[0]
        parameters = {**_PARAMETERS, **args.choices.parameters.chosen()}
        return rds.ParameterGroup(
            f"{name}-parameters-{major}",
            family=f"postgres{major}",
            description="Dify: TLS only, slow queries and sessions logged",
            parameters=[
                *({"name": key, "value": value} for key, value in parameters.items()),
                {
                    "name": "shared_preload_libraries",
                    "value": ",".join(_LIBRARIES),
                    "apply_method": "pending-reboot",
                },
            ],
            opts=self.child(),
        )
