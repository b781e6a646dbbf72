"""Snapshots of databases: RDS's own of each day, those of AWS Backup, and those that somebody took."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from operations.aws.calls import asking
from operations.aws.deployed import Deployed
from operations.aws.questions import every
from operations.aws.restore.restorable import is_of

_OF_AWS_BACKUP: Mapping[str, str] = {"SnapshotType": "awsbackup"}
"""RDS leaves these out unless it is asked for them alone (Amazon RDS API Reference, DescribeDBSnapshots)."""

_MOMENTS = ("SnapshotDatabaseTime", "OriginalSnapshotCreateTime", "SnapshotCreateTime")
"""When the last change in it was made; when it was taken, which a copy keeps; when it, or its copy, was made. RDS tells
the first of each that it knows (Amazon RDS API Reference, "DBSnapshot")."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A snapshot as DescribeDBSnapshots has it (Amazon RDS API Reference, "DBSnapshot")."""

    described: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its own."""
        return self.described["DBSnapshotIdentifier"]

    @property
    def arn(self) -> str:
        """That of a recovery point, too, where AWS Backup has taken it."""
        return self.described["DBSnapshotArn"]

    @property
    def of(self) -> str:
        """The instance that it was taken of, by its name of then."""
        return self.described["DBInstanceIdentifier"]

    @property
    def moment(self) -> datetime:
        """When its rows are of. Only of one that is `whole`."""
        return next(self.described[name] for name in _MOMENTS if name in self.described)

    @property
    def status(self) -> str:
        """RDS's word."""
        return self.described["Status"]

    @property
    def whole(self) -> bool:
        """Whether it can be restored."""
        return self.status == "available"

    @property
    def by_aws_backup(self) -> bool:
        """Whether it is a recovery point of a vault."""
        return self.described["SnapshotType"] == _OF_AWS_BACKUP["SnapshotType"]


def snapshots(deployed: Deployed) -> list[Snapshot]:
    """All of the account in the stack's region, of whatever database. RDS finds none by the name of an instance that is
    gone."""
    rds, kinds = deployed.client("rds"), (dict[str, str](), _OF_AWS_BACKUP)
    with asking("rds:DescribeDBSnapshots"):
        found = [one for kind in kinds for one in every(rds, "describe_db_snapshots", "DBSnapshots", **kind)]
    return [Snapshot(described=one) for one in found]


def snapshots_of(deployed: Deployed) -> list[Snapshot]:
    """Those of the stack's database, and of instances that restores have kept aside."""
    name = deployed.outputs["database"]
    return [one for one in snapshots(deployed) if is_of(name, one.of)]
