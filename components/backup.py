"""AWS Backup: a locked vault, a daily and an hourly rule, and every store of the stack."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import backup

from components.component import Component
from components.iam import role
from components.site import Site
from settings.backup import Backup as Choices
from settings.backup import Lock

_MANAGED_POLICIES = (
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
    "AWSBackupServiceRolePolicyForS3Backup",
    "AWSBackupServiceRolePolicyForS3Restore",
)

_START_WINDOW_MINUTES = 60
_COMPLETION_WINDOW_MINUTES = 720


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """`stores` are the ARNs that are backed up."""

    site: Site
    key_arn: pulumi.Input[str]
    stores: Sequence[pulumi.Input[str]]
    choices: Choices


class Backup(Component):
    """Daily snapshots; hourly, point in time where the service has it (RDS and S3 do, up to 35 days back)."""

    type_token = "dify:data:Backup"  # noqa: S105

    vault_name: pulumi.Output[str]
    vault_arn: pulumi.Output[str]
    plan_id: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        vault = backup.Vault(
            f"{name}-vault",
            name=args.site.name,
            kms_key_arn=args.key_arn,
            force_destroy=not args.site.retains,
            opts=self.child(protect=args.site.retains),
        )
        locked = self._lock(name, vault, args)
        plan = backup.Plan(
            f"{name}-plan",
            rules=[
                {
                    "rule_name": "daily",
                    "target_vault_name": vault.name,
                    "schedule": "cron(0 2 * * ? *)",
                    "start_window": _START_WINDOW_MINUTES,
                    "completion_window": _COMPLETION_WINDOW_MINUTES,
                    "lifecycle": {"delete_after": args.choices.daily_retention_days},
                },
                {
                    "rule_name": "hourly",
                    "target_vault_name": vault.name,
                    "schedule": "cron(30 * * * ? *)",
                    "start_window": _START_WINDOW_MINUTES,
                    "completion_window": _COMPLETION_WINDOW_MINUTES,
                    "enable_continuous_backup": True,
                    "lifecycle": {"delete_after": args.choices.hourly_retention_days},
                },
            ],
            opts=self.child(after=locked),
        )
        acts_as = role(
            f"{name}-role",
            service="backup.amazonaws.com",
            site=args.site,
            managed=_MANAGED_POLICIES,
            opts=self.child(),
        )
        backup.Selection(
            f"{name}-stores",
            plan_id=plan.id,
            iam_role_arn=acts_as,
            resources=args.stores,
            opts=self.child(),
        )
        self.vault_name, self.vault_arn = vault.name, vault.arn
        self.plan_id, self.role_arn = plan.id, acts_as
        self.done()

    def _lock(self, name: str, vault: backup.Vault, args: BackupArgs) -> list[pulumi.Resource]:
        if args.choices.lock is Lock.OFF:
            return []
        return [
            backup.VaultLockConfiguration(
                f"{name}-lock",
                backup_vault_name=vault.name,
                min_retention_days=min(args.choices.daily_retention_days, args.choices.hourly_retention_days),
                max_retention_days=max(args.choices.daily_retention_days, args.choices.hourly_retention_days),
                changeable_for_days=args.choices.lock_grace_days if args.choices.lock is Lock.COMPLIANCE else None,
                opts=self.child(),
            ),
            backup.VaultPolicy(
                f"{name}-vault-policy",
                backup_vault_name=vault.name,
                policy=vault.arn.apply(lambda arn: json.dumps(_keep_recovery_points(arn))),
                opts=self.child(),
            ),
        ]


def _keep_recovery_points(vault_arn: str) -> dict[str, object]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "KeepRecoveryPoints",
                "Effect": "Deny",
                "Principal": {"AWS": "*"},
                "Action": ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"],
                "Resource": vault_arn,
            }
        ],
    }
