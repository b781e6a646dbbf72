"""AWS Backup restores the newest backup of every store again and again, and deletes what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import backup, ec2

from components.component import Component
from components.database import Database
from components.iam import Statement, deny, role
from components.key import Key
from components.site import Site
from settings.backup import RestoreTests

_HOUR_UTC = 5
"""The night's backup begins at 02:00."""

_START_WINDOW_HOURS = 4
"""Within these AWS Backup begins at a moment of its own choice, or gives the test up."""

_WINDOW_DAYS = 2
"""A test takes a backup of today or of yesterday: that an older one is good says nothing of the newest."""

_RESTORES = "service-role/AWSBackupServiceRolePolicyForRestores"
_RESTORES_BUCKETS = "AWSBackupServiceRolePolicyForS3Restore"
"""AWS Backup asks for the first of the role of any test (AWS Backup Developer Guide, "Restore testing")."""

BUCKETS_OF_TESTS = "arn:aws:s3:::awsbackup-restore-test-*"
"""What AWS Backup calls the buckets that it restores to in a test (AWS Backup Developer Guide, "Restore testing
inferred metadata")."""


@dataclass(frozen=True, kw_only=True)
class RestoreTestingArgs:
    """`buckets` are the ARNs of those that are backed up, `files` the key of their objects. `vault_arn` is the vault
    that holds the backups, `vpc_id` the network that the database stands in."""

    site: Site
    choices: RestoreTests
    vault_arn: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    database: Database
    buckets: Sequence[pulumi.Input[str]]
    files: Key


class RestoreTesting(Component):
    """A database that nobody reaches and buckets that nobody but this account reads, for some hours.

    All that a test restores has a name of its own that AWS Backup chooses, and a tag by which it deletes it again. Its
    roles make, and touch nothing that is there: the boundary keeps them from deleting a database, and statements of
    their own from buckets that are not of a test (docs/decisions/0035).
    """

    type_token = "dify:data:RestoreTesting"  # noqa: S105

    plan_name: pulumi.Output[str]

    def __init__(self, name: str, args: RestoreTestingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._prefix, self._args = name, args
        plan = backup.RestoreTestingPlan(
            f"{name}-plan",
            # AWS Backup takes letters, digits and underscores only.
            name=args.site.name.replace("-", "_"),
            schedule_expression=schedule(args.choices.every_days),
            start_window_hours=_START_WINDOW_HOURS,
            recovery_point_selection={
                "algorithm": "LATEST_WITHIN_WINDOW",
                "include_vaults": [args.vault_arn],
                "recovery_point_types": ["CONTINUOUS", "SNAPSHOT"],
                "selection_window_days": _WINDOW_DAYS,
            },
            opts=self.child(),
        )
        self.plan_name = plan.name
        self._selection(
            "database",
            "RDS",
            arns=[args.database.arn],
            overrides=self._private(args),
            acts_as=self._role("database", [_RESTORES], deny("NoBuckets", ["s3:*"])),
        )
        self._selection(
            "buckets",
            "S3",
            arns=args.buckets,
            # Without this, files that the stack encrypts with a key of its own would be copied under one of Amazon's.
            overrides={"encryptionType": "SSE-KMS", "kmsKey": args.files.arn, "restoreACLs": "false"},
            acts_as=self._role(
                "buckets",
                [_RESTORES, _RESTORES_BUCKETS],
                deny("NoDatabases", ["rds:*"]),
                deny("OnlyBucketsOfTests", _WRITES, but=[BUCKETS_OF_TESTS]),
            ),
        )
        self.done()

    def _role(self, what: str, managed: Sequence[str], *statements: Statement) -> pulumi.Output[str]:
        return role(
            f"{self._prefix}-{what}-role",
            service="backup.amazonaws.com",
            site=self._args.site,
            statements=statements,
            managed=managed,
            opts=self.child(),
        )

    def _private(self, args: RestoreTestingArgs) -> Mapping[str, pulumi.Input[str]]:
        """The database's own place and parameters, and a security group without a rule: nothing gets in or out."""
        nobody = ec2.SecurityGroup(
            f"{self._prefix}-nobody",
            vpc_id=args.vpc_id,
            description="Restored to be tried: nobody gets in or out",
            opts=self.child(),
        )
        return {
            "dbSubnetGroupName": args.database.subnet_group_name,
            "dbParameterGroupName": args.database.parameters_name,
            # AWS Backup takes a list as JSON text.
            "vpcSecurityGroupIds": pulumi.Output.json_dumps([nobody.id]),
            "publiclyAccessible": "false",
            "multiAz": "false",
        }

    def _selection(
        self,
        what: str,
        kind: str,
        *,
        arns: Sequence[pulumi.Input[str]],
        overrides: Mapping[str, pulumi.Input[str]],
        acts_as: pulumi.Input[str],
    ) -> None:
        backup.RestoreTestingSelection(
            f"{self._prefix}-{what}",
            name=what,
            restore_testing_plan_name=self.plan_name,
            protected_resource_type=kind,
            protected_resource_arns=arns,
            iam_role_arn=acts_as,
            restore_metadata_overrides=overrides,
            validation_window_hours=self._args.choices.keep_hours,
            opts=self.child(),
        )


_WRITES = [f"s3:{verb}" for verb in ("Abort*", "Bypass*", "Create*", "Delete*", "Put*", "Replicate*", "Restore*")]


def schedule(every_days: int) -> str:
    """At most `every_days` apart: the first of each month begins anew (AWS Backup Developer Guide, "Restore testing",
    takes cron expressions, in UTC where no zone is named). Raises ValueError for less than a day."""
    if every_days < 1:
        raise ValueError("a restore test that is never made has no schedule")
    return f"cron(0 {_HOUR_UTC} 1/{every_days} * ? *)"
