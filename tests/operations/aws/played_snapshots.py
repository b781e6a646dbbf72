"""RDS as far as it keeps what is not in an instance that is there: snapshots of every kind, and the logs of instances
that were deleted. moto knows the first in part and the second not at all."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.rds.models import rds_backends

from tests.operations.aws.aws_world import ACCOUNT, DATABASE, REGION
from tests.operations.aws.restore_world import FORMER, RestoreWorld

BY_SNAPSHOT, BY_LOG = "rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime"
_SEED = "seed"
_ALIKE = ("Engine", "EngineVersion", "MasterUsername", "KmsKeyId", "AllocatedStorage")


@dataclass
class PlayedSnapshots:
    """`taken` are described as RDS does. `before` is the database as it was when all this began."""

    past: RestoreWorld
    taken: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    before: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        self.before = self.past.instances[DATABASE]
        self._seed: Any = copy.copy(rds_backends[ACCOUNT][REGION].databases[DATABASE])
        self._seed.db_instance_identifier = _SEED
        answers = self.past.world.answers
        answers.give("rds:DescribeDBSnapshots", self._describe)
        answers.give(BY_SNAPSHOT, self._by_snapshot)
        answers.asked.clear()

    def add(self, name: str, moment: datetime, *, kind: str = "manual", of: str = DATABASE, **more: Any) -> str:
        """A snapshot of the instance `of`, as RDS has it of `moment`; gives its ARN."""
        arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:snapshot:{name}"
        told = {
            **{name: self.before[name] for name in _ALIKE},
            "DBSnapshotIdentifier": name,
            "DBSnapshotArn": arn,
            "DBInstanceIdentifier": of,
            "SnapshotType": kind,
            "SnapshotCreateTime": moment,
            "Status": "available",
            **more,
        }
        self.taken.append(told)
        return arn

    def lose(self, retained: tuple[datetime, datetime] | None = None, **more: Any) -> None:
        """Somebody has deleted the database. RDS has `retained` its log of these moments, or nothing."""
        del rds_backends[ACCOUNT][REGION].databases[DATABASE]
        answers, kept = self.past.world.answers, list[dict[str, Any]]()
        if retained is not None:
            window = {"EarliestTime": retained[0], "LatestTime": retained[1]}
            told = {**{name: self.before[name] for name in _ALIKE}, "DBInstanceIdentifier": DATABASE, **more}
            kept = [{**told, "DbiResourceId": FORMER, "Status": "retained", "RestoreWindow": window}]
        answers.give("rds:DescribeDBInstanceAutomatedBackups", {"DBInstanceAutomatedBackups": kept})
        answers.give(BY_LOG, self._by_log)
        answers.asked.clear()

    def _describe(self, asked: dict[str, Any]) -> dict[str, Any]:
        kind = asked.get("SnapshotType")
        kinds = (kind,) if kind else ("automated", "manual")
        return {"DBSnapshots": [one for one in self.taken if one["SnapshotType"] in kinds]}

    def _by_snapshot(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked["DBSnapshotIdentifier"] in [one["DBSnapshotIdentifier"] for one in self.taken]
        alike = {name: value for name, value in asked.items() if name != "DBSnapshotIdentifier"}
        return self._make(TargetDBInstanceIdentifier=alike.pop("DBInstanceIdentifier"), **alike)

    def _by_log(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked["SourceDbiResourceId"] == FORMER
        return self._make(**{name: value for name, value in asked.items() if name != "SourceDbiResourceId"})

    def _make(self, **arguments: Any) -> dict[str, Any]:
        """moto makes it of an instance, which is there for no longer."""
        databases, rds = rds_backends[ACCOUNT][REGION].databases, self.past.world.client("rds")
        databases[_SEED] = self._seed
        try:
            made = self._by_moto(
                lambda: rds.restore_db_instance_to_point_in_time(SourceDBInstanceIdentifier=_SEED, **arguments)
            )
        finally:
            del databases[_SEED]
        return {"DBInstance": made["DBInstance"]}

    def _by_moto(self, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Nobody asked for this but the play itself."""
        answers = self.past.world.answers
        played, asked = answers.given.pop(BY_LOG, None), len(answers.asked)
        try:
            return ask()
        finally:
            del answers.asked[asked:]
            if played is not None:
                answers.given[BY_LOG] = played
