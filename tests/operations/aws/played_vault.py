"""AWS Backup as far as it is asked about jobs and recovery points, which moto does not play."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.operations.aws.answers import Answer, Answers

_TYPES = {"rds": "RDS", "s3": "S3"}


@dataclass
class PlayedVault:
    """`points` and `jobs` as AWS Backup describes them. A job that is started is `states` one after the other, each
    time it is looked at, and keeps the last; one that is COMPLETED has made its recovery point."""

    points: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    jobs: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    states: Sequence[str] = ("CREATED", "RUNNING", "COMPLETED")
    message: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def play(self, answers: Answers, stores: Sequence[str]) -> None:
        """Answer from here on; last night each of `stores` was backed up, and is so continuously."""
        for store in stores:
            self.add(store, datetime.now(UTC) - timedelta(hours=6))
            self.add(store, datetime.now(UTC) - timedelta(days=20), continuous=True)
        answers.give("backup:StartBackupJob", self._start)
        answers.give("backup:DescribeBackupJob", self._describe)
        answers.give("backup:ListBackupJobs", self._list_jobs)
        answers.give("backup:ListRecoveryPointsByBackupVault", self._list_points)
        answers.give("backup:DescribeRecoveryPoint", self._describe_point)

    def add(self, store: str, made: datetime, *, continuous: bool = False, status: str = "COMPLETED") -> dict[str, Any]:
        """A recovery point of `store`, made then."""
        kind = _TYPES[store.split(":")[2]]
        number = f"{next(self._numbers):04d}"
        snapshot = kind == "RDS" and not continuous
        place = f"arn:aws:{'rds' if snapshot else 'backup'}:eu-central-1:123456789012"
        name = f"snapshot:awsbackup:job-{number}" if snapshot else f"recovery-point:{number}"
        arn = f"{place}:{f'recovery-point:continuous:{number}' if continuous else name}"
        point = {
            "RecoveryPointArn": arn,
            "ResourceArn": store,
            "ResourceType": kind,
            "Status": status,
            "CreationDate": made,
            "CompletionDate": min(made + timedelta(minutes=20), datetime.now(UTC)),
            "BackupSizeInBytes": 5 * 1024**3,
            "IsEncrypted": True,
        }
        self.points.append(point)
        return point

    def _start(self, asked: dict[str, Any]) -> Answer:
        number = f"{next(self._numbers):04d}"
        self.jobs.append(
            {
                "BackupJobId": f"job-{number}",
                "ResourceArn": asked["ResourceArn"],
                "ResourceType": _TYPES[asked["ResourceArn"].split(":")[2]],
                "BackupVaultName": asked["BackupVaultName"],
                "IamRoleArn": asked["IamRoleArn"],
                "CreationDate": datetime.now(UTC),
                "looked": 0,
                "token": asked.get("IdempotencyToken"),
            }
        )
        return {"BackupJobId": f"job-{number}", "CreationDate": datetime.now(UTC)}

    def _describe(self, asked: dict[str, Any]) -> Answer:
        (job,) = (one for one in self.jobs if one["BackupJobId"] == asked["BackupJobId"])
        if "looked" in job:
            job["State"] = self.states[min(job["looked"], len(self.states) - 1)]
            job["looked"] += 1
            if job["State"] == "COMPLETED" and "RecoveryPointArn" not in job:
                job["RecoveryPointArn"] = self.add(job["ResourceArn"], datetime.now(UTC))["RecoveryPointArn"]
                job |= {"CompletionDate": datetime.now(UTC), "BackupSizeInBytes": 5 * 1024**3}
            if self.message:
                job["StatusMessage"] = self.message
        return _described(job)

    def _list_jobs(self, asked: dict[str, Any]) -> Answer:
        filters = {"ByResourceArn": "ResourceArn", "ByState": "State", "ByBackupVaultName": "BackupVaultName"}
        found = [
            job
            for job in self.jobs
            if all(job.get(key) == asked[name] for name, key in filters.items() if name in asked)
        ]
        since = asked.get("ByCreatedAfter")
        return {"BackupJobs": [_described(job) for job in found if since is None or job["CreationDate"] >= since]}

    def _list_points(self, asked: dict[str, Any]) -> Answer:
        store = asked.get("ByResourceArn")
        return {"RecoveryPoints": [point for point in self.points if store in (None, point["ResourceArn"])]}

    def _describe_point(self, asked: dict[str, Any]) -> Answer:
        (point,) = (one for one in self.points if one["RecoveryPointArn"] == asked["RecoveryPointArn"])
        return point


def _described(job: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in job.items() if key not in ("looked", "token")}
