"""The other region's copy of the database's backups: snapshots and logs, to restore a point in time there."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import rds

from components.component import Component
from components.database import Database
from components.key import Key, KeyArgs
from components.site import Site


@dataclass(frozen=True, kw_only=True)
class DatabaseBackupsReplicaArgs:
    """`site` is of the other region. Copies are kept for `days`, as their originals are."""

    site: Site
    database: Database
    days: int


class DatabaseBackupsReplica(Component):
    """RDS copies each snapshot, and logs as they come. The component's provider must be that of the other region.

    A key of its own there, so that nothing of the stack's region is needed to restore. RDS keeps what was copied when
    the replication ends, until its days are over: the replication holds no data, and so only the key is protected.
    """

    type_token = "dify:data:DatabaseBackupsReplica"  # noqa: S105

    arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: DatabaseBackupsReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        key = Key(
            f"{name}-database",
            KeyArgs(site=args.site, purpose="Copies of the database's backups", via=("rds",)),
            self.child(),
        )
        replication = rds.InstanceAutomatedBackupsReplication(
            f"{name}-replication",
            source_db_instance_arn=args.database.arn,
            kms_key_id=key.arn,
            retention_period=args.days,
            # An instance has one in a region, and ending the former afterwards would end the new one.
            opts=pulumi.ResourceOptions.merge(self.child(), pulumi.ResourceOptions(delete_before_replace=True)),
        )
        # The provider's id of it is the ARN of the copies.
        self.arn = replication.id
        self.key_arn = key.arn
        self.done()
