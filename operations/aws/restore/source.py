"""What a restored database is made of: the log of an instance up to a moment, or a snapshot."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from operations.aws.calls import asking
from operations.aws.deployed import Deployed
from operations.aws.restore.database_settings import Instance, made_alike, misfit
from operations.aws.restore.restorable import Reach, reaches, written
from operations.aws.restore.snapshots import snapshots, snapshots_of
from operations.outcome import RefusedError, WrongCallError

_BEFORE_ITS_END = timedelta(seconds=1)
"""RDS restores to what is before the latest moment of a log (Amazon RDS API Reference,
RestoreDBInstanceToPointInTime)."""

_ARN = re.compile(r"arn:[^:]+:rds:(?P<region>[^:]+):(?P<account>\d+):snapshot:(?P<name>.+)")


class Kind(StrEnum):
    """What a source is to RDS."""

    INSTANCE = "instance"
    """The log of an instance that is there, by its name."""
    RETAINED = "retained"
    """The log of an instance that was deleted, by its resource id."""
    SNAPSHOT = "snapshot"
    """A snapshot, by its name; AWS Backup's recovery points of a database are such."""


_LOGS: Mapping[Kind, str] = {Kind.INSTANCE: "SourceDBInstanceIdentifier", Kind.RETAINED: "SourceDbiResourceId"}
_ONLY_OF_LOGS = ("MaxAllocatedStorage",)
"""What a restore from a snapshot does not take; it is changed afterwards."""


class Source(BaseModel):
    """One of these, as the journal keeps it. `moment` is when the data is of that comes of it."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    name: str
    moment: datetime

    @property
    def text(self) -> str:
        """For people."""
        match self.kind:
            case Kind.INSTANCE:
                return self.name
            case Kind.RETAINED:
                return f"the log of the deleted instance {self.name}"
            case Kind.SNAPSHOT:
                return f"snapshot {self.name} of {written(self.moment)}"

    def make(self, rds: Any, identifier: str, like: Instance) -> None:
        """Have RDS make the instance `identifier` of it, like `like` in what a restore takes arguments for."""
        alike = made_alike(like)
        if log := _LOGS.get(self.kind):
            with asking("rds:RestoreDBInstanceToPointInTime"):
                rds.restore_db_instance_to_point_in_time(
                    **{log: self.name}, TargetDBInstanceIdentifier=identifier, RestoreTime=self.moment, **alike
                )
            return
        taken = {name: value for name, value in alike.items() if name not in _ONLY_OF_LOGS}
        with asking("rds:RestoreDBInstanceFromDBSnapshot"):
            rds.restore_db_instance_from_db_snapshot(
                DBSnapshotIdentifier=self.name, DBInstanceIdentifier=identifier, **taken
            )


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Everything that the database of `deployed` can be made of. What comes of it takes the place of `like`, which is
    there or only remembered."""

    deployed: Deployed
    like: Instance

    def at(self, moment: datetime, *, or_before: bool) -> Source:
        """What brings the database to `moment`; where nothing does and `or_before`, what comes nearest before it.
        Raises RefusedError where there is none."""
        if moment > (now := datetime.now(UTC)):
            raise RefusedError(f"--to: got {written(moment)}; it is {written(now)}; give a moment that was")
        logs = self._logs()
        reached = [one for log in logs if (one := self._towards(moment, log)) is not None]
        for one in reached:
            if one.moment == moment:
                return one
        before = [*reached, *self._snapshots(moment)] if or_before else []
        if before:
            return max(before, key=lambda one: one.moment)
        known = "; ".join(one.text for one in logs) or "to no moment"
        raise RefusedError(
            f"--to: got {written(moment)}; the database can be restored: {known}; `backup {self.deployed.stack} "
            "--list` has its snapshots, of which --from-snapshot takes one"
        )

    def snapshot(self, given: str) -> Source:
        """The snapshot of this name or ARN, of whatever database it was taken. Raises WrongCallError for one that is
        not there, and RefusedError for one that cannot take the database's place."""
        name = self._snapshot_name(given)
        found = next((one for one in snapshots(self.deployed) if one.name == name), None)
        if found is None:
            raise WrongCallError(
                f"--from-snapshot: got {given}; there is none; `backup {self.deployed.stack} --list` has what there is"
            )
        if not found.whole:
            raise RefusedError(f"snapshot {name}: it is {found.status}; wait until it is available")
        if why := misfit(found.described, self.like):
            raise RefusedError(f"snapshot {name}: {why}")
        return Source(kind=Kind.SNAPSHOT, name=name, moment=found.moment)

    def _logs(self) -> Sequence[Reach]:
        """Of deleted instances only those that are like the database: a former stack may have had its name."""
        return [one for one in reaches(self.deployed) if not one.retained or not misfit(one.described, self.like)]

    def _towards(self, moment: datetime, log: Reach) -> Source | None:
        """How far towards `moment` this log brings; None where it begins only afterwards. That of the database itself
        is kept some minutes late, and is waited for."""
        if log.earliest > moment:
            return None
        grows = not log.retained and log.identifier == self.deployed.outputs["database"]
        brings = moment if grows or moment <= log.latest else log.latest - _BEFORE_ITS_END
        kind, name = (Kind.RETAINED, log.resource_id) if log.retained else (Kind.INSTANCE, log.identifier)
        return Source(kind=kind, name=name, moment=brings)

    def _snapshots(self, until: datetime) -> Sequence[Source]:
        return [
            Source(kind=Kind.SNAPSHOT, name=one.name, moment=one.moment)
            for one in snapshots_of(self.deployed)
            if one.whole and one.moment <= until and not misfit(one.described, self.like)
        ]

    def _snapshot_name(self, given: str) -> str:
        if not given.startswith("arn:"):
            return given
        settings, found = self.deployed.settings, _ARN.fullmatch(given)
        if found is None:
            raise WrongCallError(
                f"--from-snapshot: got {given}; it is no snapshot of RDS; --to reaches into a continuous backup"
            )
        if (found["region"], found["account"]) != (settings.region, settings.account):
            raise WrongCallError(
                f"--from-snapshot: got {given}; the stack is in {settings.region}, account {settings.account}; copy it "
                "there first: `aws rds copy-db-snapshot`"
            )
        return found["name"]
