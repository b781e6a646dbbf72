"""The moments that logs of the database reach: that of the instance that is there, of earlier ones that restores have
kept aside, and of deleted ones that RDS has retained."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from operations.aws.calls import asking
from operations.aws.deployed import Deployed

ASIDE = "-before-"
"""Between the database's own name and the stamp of the restore that took its place."""

_RETAINED = "retained"
"""RDS's word for the log of an instance that was deleted, `active` for that of one that is there (Amazon RDS API
Reference, "DBInstanceAutomatedBackup")."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """From when to when the log of the instance `identifier` reaches, both included. `described` is the log as
    DescribeDBInstanceAutomatedBackups answers."""

    described: Mapping[str, Any]

    @property
    def identifier(self) -> str:
        """The name of the instance, or that of a deleted one."""
        return self.described["DBInstanceIdentifier"]

    @property
    def retained(self) -> bool:
        """Whether the instance was deleted."""
        return self.described["Status"] == _RETAINED

    @property
    def resource_id(self) -> str:
        """What tells a deleted instance from others that had its name."""
        return self.described["DbiResourceId"]

    @property
    def earliest(self) -> datetime:
        """The first moment."""
        return self.described["RestoreWindow"]["EarliestTime"]

    @property
    def latest(self) -> datetime:
        """The last moment so far."""
        return self.described["RestoreWindow"]["LatestTime"]

    @property
    def text(self) -> str:
        """For people."""
        deleted = f" (deleted, {self.resource_id})" if self.retained else ""
        return f"{self.identifier}{deleted} from {written(self.earliest)} to {written(self.latest)}"


def reaches(deployed: Deployed) -> list[Reach]:
    """The database's own first, those of deleted instances last. RDS keeps the log of an instance under whatever name
    it has now, and an instance that was restored begins with nothing: what was before is with the one aside."""
    name = deployed.outputs["database"]
    with asking("rds:DescribeDBInstanceAutomatedBackups"):
        pages = deployed.client("rds").get_paginator("describe_db_instance_automated_backups").paginate()
        found = [Reach(described=one) for page in pages for one in page["DBInstanceAutomatedBackups"] if _reaches(one)]
    mine = [one for one in found if is_of(name, one.identifier)]
    return sorted(mine, key=lambda one: (one.retained, one.identifier != name, one.identifier))


def is_of(name: str, identifier: str) -> bool:
    """Whether `identifier` is the database `name`, or one that a restore of it has kept aside."""
    return identifier == name or identifier.startswith(f"{name}{ASIDE}")


def written(moment: datetime) -> str:
    """A moment as `--to` takes it."""
    return moment.isoformat(sep=" ", timespec="seconds")


def _reaches(backup: Mapping[str, Any]) -> bool:
    return backup.get("Status") in ("active", _RETAINED) and "RestoreWindow" in backup
