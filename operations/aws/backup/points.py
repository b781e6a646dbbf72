"""What AWS Backup and RDS have kept: the stores of a stack and what each can be restored to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from operations.aws.calls import asking
from operations.aws.deployed import Deployed
from operations.aws.questions import every
from operations.aws.restore.restorable import reaches
from operations.aws.restore.snapshots import snapshots_of

DATABASE = "database"

_RECORDS = ("logs", "audit")
"""Buckets of records, which have locks and retention of their own and are in no backup."""

_CONTINUOUS = ":recovery-point:continuous:"
"""In the ARN of a recovery point that reaches to any moment (AWS Backup Developer Guide, "Continuous backups and
point-in-time recovery (PITR)")."""

_WHOLE = ("COMPLETED", "AVAILABLE")
"""States of a recovery point that can be restored (AWS Backup API, "RecoveryPointByBackupVault")."""

_S3_BEHIND = timedelta(minutes=15)
"""How far S3's continuous backup is behind (AWS Backup Developer Guide, "Amazon S3 backups")."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """A recovery point of a store, by its ARN. `size` in bytes, None where AWS does not say."""

    store: str
    arn: str
    status: str
    made: datetime
    completed: datetime | None
    size: int | None

    @property
    def continuous(self) -> bool:
        """Whether it reaches to any moment, not only to when it was made."""
        return _CONTINUOUS in self.arn

    @property
    def whole(self) -> bool:
        """Whether it can be restored."""
        return self.status in _WHOLE


@dataclass(frozen=True, kw_only=True)
class Window:
    """Moments that a store can be restored to, both ends included. `kept_by` says what keeps them, and its state."""

    store: str
    earliest: datetime
    latest: datetime
    kept_by: str


def stores_of(deployed: Deployed) -> dict[str, str]:
    """ARNs of all that is backed up, by what it is called here (assembly/stores.py)."""
    settings, outputs = deployed.settings, deployed.outputs
    database = f"arn:aws:rds:{settings.region}:{settings.account}:db:{outputs['database']}"
    buckets: Mapping[str, str] = outputs["buckets"]
    return {
        DATABASE: database,
        **{name: f"arn:aws:s3:::{bucket}" for name, bucket in buckets.items() if name not in _RECORDS},
    }


def points_of(deployed: Deployed) -> list[Point]:
    """Every recovery point of the stack's stores in its vault, the oldest first. Raises FailedError."""
    stores = {arn: name for name, arn in stores_of(deployed).items()}
    vault = deployed.outputs["backup_vault"]
    with asking("backup:ListRecoveryPointsByBackupVault"):
        pages = every(
            deployed.client("backup"),
            "list_recovery_points_by_backup_vault",
            "RecoveryPoints",
            BackupVaultName=vault,
        )
        found = [_point(stores[one["ResourceArn"]], one) for one in pages if one["ResourceArn"] in stores]
    return sorted(found, key=lambda point: point.made)


def snapshot_points(deployed: Deployed) -> list[Point]:
    """Snapshots of the database that are in no vault: RDS's own of each day, and what somebody took, such as the last
    one of a deleted instance. Raises FailedError."""
    return [
        Point(
            store=DATABASE,
            arn=one.arn,
            status=one.status,
            made=one.moment,
            completed=None,
            size=one.described.get("FullSnapshotSizeInBytes"),
        )
        for one in snapshots_of(deployed)
        if one.whole and not one.by_aws_backup
    ]


def database_windows(deployed: Deployed) -> list[Window]:
    """What RDS can restore the database to by its log, by those of instances that restores have kept aside, and by
    those of deleted ones. Raises FailedError."""
    name = deployed.outputs["database"]
    return [
        Window(
            store=DATABASE if one.identifier == name else one.identifier,
            earliest=one.earliest,
            latest=one.latest,
            kept_by=f"RDS, of the deleted {one.resource_id}" if one.retained else "RDS",
        )
        for one in reaches(deployed)
    ]


def bucket_windows(deployed: Deployed, points: list[Point], now: datetime) -> list[Window]:
    """What the continuous backups of buckets reach to. AWS tells neither end: the earliest is when it began or as far
    back as it is kept, the latest as far as it may be behind."""
    days = deployed.settings.backup.hourly_retention_days
    return [
        Window(
            store=point.store,
            earliest=max(point.made, now - timedelta(days=days)),
            latest=now - _S3_BEHIND,
            kept_by=f"AWS Backup, {point.status.lower()}",
        )
        for point in points
        if point.continuous and point.store != DATABASE
    ]


def _point(store: str, one: Mapping[str, Any]) -> Point:
    return Point(
        store=store,
        arn=one["RecoveryPointArn"],
        status=one["Status"],
        made=one["CreationDate"],
        completed=one.get("CompletionDate"),
        size=one.get("BackupSizeInBytes"),
    )
