"""A failover of the database: RDS restarts it on its standby."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from operations.aws.calls import asking, wait_until
from operations.aws.deployed import Deployed
from operations.journal import Journal
from operations.outcome import RefusedError

_SECONDS = 1800
"""RDS needs one or two minutes, and some more until it shows the new zone (Amazon RDS User Guide, "Failing over a
Multi-AZ DB instance")."""


@dataclass(frozen=True, kw_only=True)
class DatabaseFailover:
    """One failover of the stack's database."""

    deployed: Deployed
    journal: Journal

    def check(self) -> dict[str, str]:
        """Where it is and where its standby. Raises RefusedError where it has none, or something is done to it."""
        found, name = self._instance(), self.deployed.outputs["database"]
        standby = found.get("SecondaryAvailabilityZone")
        if not found["MultiAZ"] or standby is None:
            raise RefusedError(f"RDS instance {name}: it has no standby; set multiAz of dify:database")
        if found["DBInstanceStatus"] != "available":
            raise RefusedError(f"RDS instance {name}: it is {found['DBInstanceStatus']}; wait until it is available")
        return {"zone": found["AvailabilityZone"], "standby": standby}

    def run(self) -> float:
        """Seconds from the call until it was available in another zone. One that has moved already is not moved
        again."""
        before = self.journal.decisions["before"]["database"]["zone"]
        found, name = self._instance(), self.deployed.outputs["database"]
        if found["AvailabilityZone"] == before and found["DBInstanceStatus"] == "available":
            with asking("rds:RebootDBInstance"):
                self.deployed.client("rds").reboot_db_instance(DBInstanceIdentifier=name, ForceFailover=True)

        def look() -> str | None:
            now = self._instance()
            if now["DBInstanceStatus"] != "available":
                return str(now["DBInstanceStatus"])
            return f"still in {before}" if now["AvailabilityZone"] == before else None

        otherwise = f"`aws rds describe-events --source-type db-instance --source-identifier {name}` says what happened"
        return wait_until("database", look, seconds=_SECONDS, otherwise=otherwise)

    def zone(self) -> str:
        """Where it is now."""
        return self._instance()["AvailabilityZone"]

    def _instance(self) -> Mapping[str, Any]:
        name = self.deployed.outputs["database"]
        with asking("rds:DescribeDBInstances"):
            found = self.deployed.client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        return cast("list[Mapping[str, Any]]", found)[0]
