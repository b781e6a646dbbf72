"""`backup`: a whole backup of every store now, and the list of what can be restored."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from operations.aws.backup.points import (
    Point,
    Window,
    bucket_windows,
    database_windows,
    points_of,
    snapshot_points,
    stores_of,
)
from operations.aws.call import opened
from operations.aws.calls import asking, wait_until
from operations.aws.deployed import Deployed
from operations.aws.restore.instances import Instances
from operations.journal import Journal, Step
from operations.outcome import ExitCode, FailedError
from operations.output import duration, say, size, table

_START_MINUTES, _COMPLETE_MINUTES = 60, 720
"""As the plan has them (components/backup.py): AWS Backup gives up a job that begins or ends later."""

_WAIT_SECONDS = (_START_MINUTES + _COMPLETE_MINUTES) * 60
_UNDER_WAY = ("CREATED", "PENDING", "RUNNING", "ABORTING")


def options(command: argparse.ArgumentParser) -> None:
    """What `backup` takes beside the stack."""
    command.add_argument("--list", action="store_true", help="only list what can be restored")


def command(chosen: argparse.Namespace) -> ExitCode:
    """`backup STACK [--list]`."""
    if chosen.list:
        say(listing(Deployed.reach(chosen.stack, chosen.pulumi), datetime.now(UTC)))
        return ExitCode.DONE
    with opened(chosen, "backup", {}) as (deployed, journal):
        Backup(deployed=deployed, journal=journal).run()
    return ExitCode.DONE


def listing(deployed: Deployed, now: datetime) -> str:
    """What can be restored: first the moments, then whole backups, the newest last. A database that is gone is said
    before that."""
    points = points_of(deployed)
    windows = [*database_windows(deployed), *bucket_windows(deployed, points, now)]
    kept = [*(point for point in points if not point.continuous), *snapshot_points(deployed)]
    whole = sorted(kept, key=lambda point: point.made)
    if not windows and not whole:
        return f"{deployed.stack}: there is no backup yet"
    moments = table(("ANY MOMENT OF", "FROM", "UNTIL", "KEPT BY"), [_window(window) for window in windows])
    backups = table(("BACKUP OF", "MADE", "SIZE", "STATE", "RECOVERY POINT"), [_point(point) for point in whole])
    return "\n\n".join((*_gone(deployed), moments, backups))


def _gone(deployed: Deployed) -> Iterator[str]:
    name = deployed.outputs["database"]
    if Instances(rds=deployed.client("rds")).find(name) is None:
        yield f"{deployed.stack}: the database {name} is gone; `restore {deployed.stack}` brings it back"


@dataclass(frozen=True, kw_only=True)
class Backup:
    """One backup of every store of `deployed`. The journal's decision `job-STORE` is the job that AWS Backup runs; the
    decision `points` are the recovery points that came of it, by store."""

    deployed: Deployed
    journal: Journal

    def run(self) -> None:
        """Take the steps and say what came of them."""
        self.journal.run(self.steps())
        if self.journal.file is None:
            return
        made = self.journal.decisions["points"]
        rows = [(store, one["size"], one["took"], one["arn"]) for store, one in made.items()]
        say(table(("BACKUP OF", "SIZE", "TOOK", "RECOVERY POINT"), rows))
        for store, one in made.items():
            if one["message"]:
                say(f"{store}: AWS Backup says: {one['message']}")

    def steps(self) -> Sequence[Step]:
        """The database first, so that no row lacks its file; then all jobs run side by side."""
        stores = stores_of(self.deployed)
        return (
            *(
                Step(name=f"start-{name}", does=f"starting the backup of {name}", run=self._starter(name, arn))
                for name, arn in stores.items()
            ),
            Step(name="complete", does="waiting until every backup is complete", run=lambda: self._complete(stores)),
        )

    def _starter(self, name: str, arn: str) -> Any:
        return lambda: self.journal.decide(f"job-{name}", lambda: self._start(name, arn))

    def _start(self, name: str, arn: str) -> str:
        """The same call twice is one job: its token is this operation's own."""
        begun = self.journal.decide("begun", lambda: datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"))
        outputs, kept = self.deployed.outputs, self.deployed.settings.backup.daily_retention_days
        with asking("backup:StartBackupJob"):
            started = self.deployed.client("backup").start_backup_job(
                BackupVaultName=outputs["backup_vault"],
                ResourceArn=arn,
                IamRoleArn=outputs["backup_role"],
                IdempotencyToken=f"{self.deployed.name}-{name}-{begun}",
                StartWindowMinutes=_START_MINUTES,
                CompleteWindowMinutes=_COMPLETE_MINUTES,
                # A locked vault refuses what has no end within its bounds, as that of the plan has.
                Lifecycle={"DeleteAfterDays": kept},
            )
        return started["BackupJobId"]

    def _complete(self, stores: Mapping[str, str]) -> None:
        jobs: dict[str, Mapping[str, Any]] = {}

        def look() -> str | None:
            for name in stores:
                jobs[name] = self._job(name)
            waiting = [f"{name} {_progress(job)}" for name, job in jobs.items() if job["State"] in _UNDER_WAY]
            return ", ".join(waiting) or None

        wait_until(
            "backup",
            look,
            seconds=_WAIT_SECONDS,
            otherwise=f"`aws backup list-backup-jobs --by-backup-vault-name {self.deployed.outputs['backup_vault']}` "
            "has its jobs",
        )
        failed = [f"{name}: {_ended(job)}" for name, job in jobs.items() if job["State"] != "COMPLETED"]
        if failed:
            # Those jobs stay what they are: the next call starts new ones.
            self.journal.forget("backup")
            raise FailedError(f"backup of {'; '.join(failed)}; see docs/runbooks/backup.md, then call it again")
        self.journal.decide("points", lambda: {name: _made(job) for name, job in jobs.items()})

    def _job(self, name: str) -> Mapping[str, Any]:
        with asking("backup:DescribeBackupJob"):
            return self.deployed.client("backup").describe_backup_job(BackupJobId=self.journal.decisions[f"job-{name}"])


def _progress(job: Mapping[str, Any]) -> str:
    share = job.get("PercentDone")
    return f"{job['State'].lower()}{f' {share} %' if share else ''}"


def _ended(job: Mapping[str, Any]) -> str:
    return " ".join(f"got {job['State']}: {job.get('StatusMessage') or 'AWS does not say why'}".split())


def _made(job: Mapping[str, Any]) -> dict[str, str]:
    took = (job["CompletionDate"] - job["CreationDate"]).total_seconds() if "CompletionDate" in job else None
    return {
        "arn": job["RecoveryPointArn"],
        "size": _size(job.get("BackupSizeInBytes")),
        "took": "-" if took is None else duration(took),
        "message": " ".join(str(job.get("StatusMessage") or "").split()),
    }


def _window(window: Window) -> tuple[str, str, str, str]:
    return window.store, _time(window.earliest), _time(window.latest), window.kept_by


def _point(point: Point) -> tuple[str, str, str, str, str]:
    return point.store, _time(point.made), _size(point.size), point.status.lower(), point.arn


def _size(count: int | None) -> str:
    """AWS says 0 where it does not know (AWS Backup API, "DescribeBackupJob")."""
    return size(count) if count else "-"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
