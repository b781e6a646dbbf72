"""The moments that the database can be restored to: those of the instance that is there, and of earlier ones that
restores have kept aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from operations.aws.calls import asking
from operations.aws.deployed import Deployed
from operations.outcome import RefusedError

ASIDE = "-before-"
"""Between the database's own name and the stamp of the restore that took its place."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """From when to when the instance `identifier` can be restored, both included."""

    identifier: str
    earliest: datetime
    latest: datetime

    @property
    def text(self) -> str:
        """For people."""
        return f"{written(self.earliest)} to {written(self.latest)}"


def reaches(deployed: Deployed) -> list[Reach]:
    """The database's own first. RDS keeps the log of an instance under whatever name it has now, and an
    instance that was restored begins with nothing: what was before is with the one aside."""
    name = deployed.outputs["database"]
    rds = deployed.client("rds")
    with asking("rds:DescribeDBInstanceAutomatedBackups"):
        pages = rds.get_paginator("describe_db_instance_automated_backups").paginate()
        found = [one for page in pages for one in page["DBInstanceAutomatedBackups"] if _is_of(name, one)]
    reach = [
        Reach(
            identifier=one["DBInstanceIdentifier"],
            earliest=one["RestoreWindow"]["EarliestTime"],
            latest=one["RestoreWindow"]["LatestTime"],
        )
        for one in found
    ]
    return sorted(reach, key=lambda one: (one.identifier != name, one.identifier))


def source_of(reaches: Sequence[Reach], moment: datetime, now: datetime) -> str:
    """The instance to restore from. The log is kept some minutes late: a moment that the first does not reach yet is
    one to wait for. Raises RefusedError where none reaches `moment`."""
    for one in reaches:
        if one.earliest <= moment <= one.latest:
            return one.identifier
    if reaches and reaches[0].latest < moment <= now:
        return reaches[0].identifier
    known = "; ".join(f"{one.identifier} from {one.text}" for one in reaches) or "nothing"
    raise RefusedError(
        f"--to: got {written(moment)}; the database can be restored: {known}; of days before there are snapshots "
        "(docs/operate-aws.md)"
    )


def written(moment: datetime) -> str:
    """A moment as `--to` takes it."""
    return moment.isoformat(sep=" ", timespec="seconds")


def _is_of(name: str, backup: Mapping[str, Any]) -> bool:
    """Of an instance that is there; those of deleted ones are `retained`, and are restored by hand."""
    identifier = backup["DBInstanceIdentifier"]
    mine = identifier == name or identifier.startswith(f"{name}{ASIDE}")
    return mine and backup.get("Status") == "active" and "RestoreWindow" in backup
