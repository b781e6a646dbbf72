"""What rings about AWS Backup."""

import pulumi

from components.alarms import Alarm
from components.metric import Metric
from settings.severity import Severity

_HOUR_SECONDS, _DAY_SECONDS = 3600, 86_400


def backup_alarms(vault: pulumi.Input[str]) -> list[Alarm]:
    """Jobs that failed or expired before they ran, and a day without any.

    Recovery points stay in the vault: no job copies them, and files have their own copy (replication). Source: AWS
    Backup Developer Guide, "AWS Backup metrics with Amazon CloudWatch". RDS keeps its own point-in-time recovery
    meanwhile, so nothing here cannot wait for the next working day.
    """

    def metric(name: str) -> dict[str, Metric]:
        where = {"BackupVaultName": vault}
        return {"jobs": Metric(namespace="AWS/Backup", name=name, statistic="Sum", dimensions=where)}

    ended = [
        Alarm(
            name=outcome,
            why=f"A backup job {outcome}",
            runbook="backup#backup-failed",
            severity=Severity.TICKET,
            metrics=metric(name),
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
        metrics=metric("NumberOfBackupJobsCompleted"),
        threshold=1,
        below=True,
        period_seconds=_DAY_SECONDS,
        datapoints=1,
        patience="A day: the plan makes a backup each night",
        missing="breaching",
        silence="A plan that no longer runs counts nothing; on the first day of a stack it rings until the first night",
    )
    return [*ended, none]
