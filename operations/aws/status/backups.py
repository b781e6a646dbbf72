"""How the backups of each store are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from operations.aws.backup.points import Point, points_of, stores_of
from operations.aws.deployed import Deployed
from operations.aws.questions import Questions, every
from operations.aws.status.condition import BackupCondition

_ENDED_BADLY = ("FAILED", "ABORTED", "EXPIRED", "PARTIAL")
_DAYS = 2
"""Jobs of the last two days: one of each night is among them."""


@dataclass(frozen=True, kw_only=True)
class BackupsLook:
    """Looks at the backups of `deployed` as they are `now`."""

    deployed: Deployed
    questions: Questions
    now: datetime

    def backups(self) -> tuple[BackupCondition, ...]:
        """One of each store; nothing where recovery points cannot be listed."""
        points = self.questions.ask(
            "backups", "backup:ListRecoveryPointsByBackupVault", lambda: points_of(self.deployed)
        )
        if points is None:
            return ()
        jobs = self.questions.ask("backup jobs", "backup:ListBackupJobs", self._jobs) or []
        return tuple(self._condition(name, arn, points, jobs) for name, arn in stores_of(self.deployed).items())

    def _jobs(self) -> list[Mapping[str, Any]]:
        return list(
            every(
                self.deployed.client("backup"),
                "list_backup_jobs",
                "BackupJobs",
                ByBackupVaultName=self.deployed.outputs["backup_vault"],
                ByCreatedAfter=self.now - timedelta(days=_DAYS),
            )
        )

    def _condition(
        self, name: str, arn: str, points: Sequence[Point], jobs: Sequence[Mapping[str, Any]]
    ) -> BackupCondition:
        mine = [point for point in points if point.store == name]
        whole = [point.completed or point.made for point in mine if point.whole and not point.continuous]
        continuous = [point.status for point in mine if point.continuous]
        ended = [job for job in jobs if job["ResourceArn"] == arn and job["State"] in (*_ENDED_BADLY, "COMPLETED")]
        newest = max(ended, key=lambda job: job["CreationDate"], default=None)
        failure = None
        if newest is not None and newest["State"] in _ENDED_BADLY:
            failure = " ".join(f"{newest['State']}: {newest.get('StatusMessage') or 'AWS does not say why'}".split())
        return BackupCondition(
            store=name,
            last=max(whole, default=None),
            continuous=continuous[-1] if continuous else None,
            failure=failure,
        )
