"""RDS instances by their names: looked at, changed and waited for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from operations.aws.calls import asking, wait_until
from operations.aws.restore.database_settings import Instance, busy
from operations.outcome import FailedError


@dataclass(frozen=True, kw_only=True)
class Instances:
    """Those that the client `rds` sees."""

    rds: Any

    def find(self, identifier: str) -> Instance | None:
        """The instance of this name; None where there is none."""
        with asking("rds:DescribeDBInstances"):
            try:
                return self.rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
            except self.rds.exceptions.DBInstanceNotFoundFault:
                return None

    def present(self, identifier: str) -> Instance:
        """The instance of this name. Raises FailedError where there is none."""
        found = self.find(identifier)
        if found is None:
            raise FailedError(
                f"RDS instance {identifier}: it is gone; `aws rds describe-db-instances` has what is there"
            )
        return found

    def name_of(self, resource_id: str) -> str | None:
        """What the instance with this resource id is called now; None where it is no more."""
        with asking("rds:DescribeDBInstances"):
            found = self.rds.describe_db_instances(Filters=[{"Name": "dbi-resource-id", "Values": [resource_id]}])
        return next((one["DBInstanceIdentifier"] for one in found["DBInstances"]), None)

    def modify(self, identifier: str, **arguments: Any) -> None:
        """Change it now, not in its maintenance window."""
        with asking("rds:ModifyDBInstance"):
            self.rds.modify_db_instance(DBInstanceIdentifier=identifier, ApplyImmediately=True, **arguments)

    def wait(self, identifier: str, *, seconds: float) -> None:
        """Until it is there and takes requests. Raises FailedError."""

        def look() -> str | None:
            found = self.find(identifier)
            return "not there yet" if found is None else busy(found)

        self.wait_for(identifier, look, seconds=seconds)

    def wait_for(self, identifier: str, look: Callable[[], str | None], *, seconds: float) -> None:
        """Until `look` has nothing to say of it. Raises FailedError, which names its events."""
        wait_until(
            identifier,
            look,
            seconds=seconds,
            otherwise=f"`aws rds describe-events --source-type db-instance --source-identifier {identifier}` says why",
        )
