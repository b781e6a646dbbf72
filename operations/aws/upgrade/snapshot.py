"""A snapshot of the database that is taken by hand: it stays until somebody deletes it."""

from typing import Any

from operations.aws.calls import asking, wait_until
from operations.aws.deployed import Deployed
from operations.aws.questions import every
from operations.outcome import FailedError

_SECONDS = 4 * 3600
"""The first snapshot of a large database copies all of it."""


def take_snapshot(deployed: Deployed, identifier: str) -> None:
    """Snapshot `identifier` of the stack's database, waited for; one that is there already is not taken again. Raises
    FailedError."""
    rds, database = deployed.client("rds"), deployed.outputs["database"]
    if _status(rds, database, identifier) is None:
        with asking("rds:CreateDBSnapshot"):
            rds.create_db_snapshot(DBInstanceIdentifier=database, DBSnapshotIdentifier=identifier)

    def look() -> str | None:
        status = _status(rds, database, identifier)
        if status == "failed":
            raise FailedError(f"snapshot {identifier}: it failed; delete it, look at the database's events, call again")
        return None if status == "available" else status or "nothing"

    wait_until(
        f"snapshot {identifier}",
        look,
        seconds=_SECONDS,
        otherwise=f"look at `aws rds describe-db-snapshots --db-snapshot-identifier {identifier}` and call again",
    )


def _status(rds: Any, database: str, identifier: str) -> str | None:
    with asking("rds:DescribeDBSnapshots"):
        snapshots = every(
            rds, "describe_db_snapshots", "DBSnapshots", DBInstanceIdentifier=database, SnapshotType="manual"
        )
        return next((one["Status"] for one in snapshots if one["DBSnapshotIdentifier"] == identifier), None)
