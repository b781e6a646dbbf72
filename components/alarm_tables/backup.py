"""What rings about AWS Backup."""

import pulumi

from components.alarms import Alarm
from components.metric import Metric
from settings.backup import RestoreTests
from settings.severity import Severity

_HOUR_SECONDS, _DAY_SECONDS = 3600, 86_400

_TESTED = {"database": "RDS", "buckets": "S3"}
"""What is restored in a test, with the name that AWS Backup has for it."""


def backup_alarms(vault: pulumi.Input[str], tests: RestoreTests) -> list[Alarm]:
    """Jobs that failed or expired before they ran, a day without any, and restores that failed or were not tried.

    Recovery points stay in the vault: no job copies them, and files have their own copy (replication). Source: AWS
    Backup Developer Guide, "AWS Backup metrics with Amazon CloudWatch". RDS keeps its own point-in-time recovery
    meanwhile, so nothing here cannot wait for the next working day.
    """
    ended = [
        Alarm(
            name=outcome,
            why=f"A backup job {outcome}",
            runbook="backup#backup-failed",
            severity=Severity.TICKET,
            metrics=_jobs(vault, name),
            threshold=0,
            period_seconds=_HOUR_SECONDS,
            datapoints=1,
            patience="A single job: the next hourly one does not make up for a daily one",
            silence="AWS Backup counts only jobs that ended so",
        )
        for outcome, name in (("failed", "NumberOfBackupJobsFailed"), ("expired", "NumberOfBackupJobsExpired"))
    ]
    none = Alarm(
        name="none",
        why="No backup job has been completed for a day",
        runbook="backup#no-backup",
        severity=Severity.TICKET,
        metrics=_jobs(vault, "NumberOfBackupJobsCompleted"),
        threshold=1,
        below=True,
        period_seconds=_DAY_SECONDS,
        datapoints=1,
        patience="A day: the plan makes a backup each night",
        missing="breaching",
        silence="A plan that no longer runs counts nothing; on the first day of a stack it rings until the first night",
    )
    return [*ended, none, *(_restores(vault, tests.every_days) if tests.every_days else [])]


def _restores(vault: pulumi.Input[str], every_days: int) -> list[Alarm]:
    """A test is missed once it is a day late: AWS Backup may begin hours after its time, and the restore takes its own.
    Seven days are as far as an alarm can look back (Amazon CloudWatch API Reference, PutMetricAlarm)."""
    failed = Alarm(
        name="restore-failed",
        why="A restore from a backup failed",
        runbook="backup#restore-failed",
        severity=Severity.TICKET,
        metrics=_jobs(vault, "NumberOfRestoreJobsFailed"),
        threshold=0,
        period_seconds=_HOUR_SECONDS,
        datapoints=1,
        patience="A single restore: a backup that cannot be restored is none",
        silence="AWS Backup counts only jobs that ended so",
    )
    days = every_days + 1
    missed = [
        Alarm(
            name=f"{what}-not-restored",
            why=f"No backup of the {what} has been restored for {days} days",
            runbook="backup#no-restore",
            severity=Severity.TICKET,
            metrics=_jobs(vault, "NumberOfRestoreJobsCompleted", kind),
            threshold=1,
            below=True,
            period_seconds=_DAY_SECONDS,
            datapoints=days,
            patience=f"{days} days: a test is made every {every_days} at the latest, and takes hours",
            missing="breaching",
            silence="A plan that no longer runs counts nothing; a new stack's rings until its first test",
        )
        for what, kind in _TESTED.items()
    ]
    return [failed, *missed]


def _jobs(vault: pulumi.Input[str], name: str, kind: str | None = None) -> dict[str, Metric]:
    where = {"BackupVaultName": vault, **({} if kind is None else {"ResourceType": kind})}
    return {"jobs": Metric(namespace="AWS/Backup", name=name, statistic="Sum", dimensions=where)}
