"""The database as it was at a moment: a new RDS instance, which takes the name of the one that is there.

With the name go endpoint and ARN, so that secrets, alarms, the backup plan and Dify's own settings hold on. What was
there stays, under another name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from operations.aws.calls import asking, wait_until
from operations.aws.deployed import Deployed
from operations.aws.restore.database_settings import Instance, busy, changes, made_alike, unsettled, wants_restart
from operations.aws.restore.restorable import ASIDE, reaches, source_of, written
from operations.aws.restore.state import Place, StateOf, instance_of, refuse_unfinished
from operations.journal import Journal, Step
from operations.outcome import FailedError
from operations.output import size

_RESTORE_SECONDS = 12 * 3600
"""RDS copies the last snapshot before the moment and replays the log from there."""

_LOG_SECONDS = 1800
_CHANGE_SECONDS = 2 * 3600
_RENAME_SECONDS = 1800
_GIB = 1024**3


@dataclass(frozen=True, kw_only=True)
class DatabaseRestore:
    """One restore of the stack's database to `moment`. `stamp` tells its instances from those of another restore."""

    deployed: Deployed
    journal: Journal
    moment: datetime
    stamp: str

    @property
    def name(self) -> str:
        """The database's own."""
        return self.deployed.outputs["database"]

    @property
    def restored(self) -> str:
        """What the new instance is called until it takes the database's name."""
        return f"{self.name}-restored-{self.stamp}"

    @property
    def aside(self) -> str:
        """What is there now, afterwards."""
        return f"{self.name}{ASIDE}{self.stamp}"

    @property
    def kept_state(self) -> Path:
        """Pulumi's state of before, beside the journal."""
        return cast("Path", self.journal.file).with_name(f"restore-{self.stamp}.state")

    def check(self) -> dict[str, Any]:
        """From where to restore and what goes aside, as the journal keeps it. Raises RefusedError for a moment that
        cannot be restored and for a state that an update has left half-way, FailedError for a database that is gone."""
        instance = self._instance(self.name)
        if instance is None:
            raise FailedError(
                f"RDS instance {self.name}: it is not there; restore its retained backup under this name by hand "
                "(docs/operate-aws.md)"
            )
        state = self._state.read()
        refuse_unfinished(state)
        return {
            "urn": instance_of(state, self.name)["urn"],
            "source": source_of(reaches(self.deployed), self.moment, datetime.now(UTC)),
            "logs": list(instance.get("EnabledCloudwatchLogsExports", ())),
            "is": f"{instance['DBInstanceClass']}, PostgreSQL {instance['EngineVersion']}, "
            f"{size(instance['AllocatedStorage'] * _GIB)}",
        }

    def steps(self) -> Sequence[Step]:
        """Nothing is taken away before its successor stands; then two names change, which takes minutes."""
        proxy = Step(name="proxy", does="showing it to RDS Proxy", run=self._register)
        return (
            Step(
                name="create",
                does=f"restoring the database of {written(self.moment)} into {self.restored} (a large one takes hours)",
                run=self._create,
            ),
            Step(name="settings", does=f"giving it the settings of {self.name}", run=self._settle),
            Step(name="aside", does=f"keeping {self.name} aside as {self.aside}", run=self._step_aside),
            Step(name="name", does=f"renaming {self.restored} to {self.name}", run=self._take_name),
            Step(name="logs", does="sending its logs to CloudWatch", run=self._send_logs),
            *((proxy,) if self.deployed.settings.database.proxy else ()),
            Step(name="state", does="telling Pulumi's state which instance it is", run=self._point_state),
            Step(name="refresh", does="pulumi refresh: reading it anew", run=self._refresh),
            Step(
                name="follow",
                does="pulumi up: what knew the former owner's login follows; services' logins are set again",
                run=self.deployed.program.up,
            ),
        )

    def _create(self) -> None:
        """RDS refuses a second instance of one name, so a repeated call finds the one that it made."""
        source = self.journal.decisions["into"]["database"]["source"]
        if self._instance(self.restored) is None:
            self._wait_for_log(source)
            with asking("rds:RestoreDBInstanceToPointInTime"):
                self._rds.restore_db_instance_to_point_in_time(
                    SourceDBInstanceIdentifier=source,
                    TargetDBInstanceIdentifier=self.restored,
                    RestoreTime=self.moment,
                    **made_alike(self._present(self.name)),
                )
        self._wait(self.restored, seconds=_RESTORE_SECONDS)

    def _wait_for_log(self, source: str) -> None:
        """RDS keeps the log every five minutes (Amazon RDS User Guide, "Restoring a DB instance to a specified
        time")."""

        def look() -> str | None:
            latest = max((one.latest for one in reaches(self.deployed) if one.identifier == source), default=None)
            if latest is None:
                return "not kept"
            return None if self.moment <= latest else f"kept until {written(latest)}"

        wait_until(
            f"log of {source}",
            look,
            seconds=_LOG_SECONDS,
            otherwise=f"`aws rds describe-db-instances --db-instance-identifier {source}` has its LatestRestorableTime",
        )

    def _settle(self) -> None:
        like = self._present(self.name)
        if wanted := changes(like, self._present(self.restored)):
            self._modify(self.restored, **wanted)

        def look() -> str | None:
            found = self._present(self.restored)
            return unsettled(found) or ", ".join(changes(like, found)) or None

        self._wait_for(self.restored, look, seconds=_CHANGE_SECONDS)
        if wants_restart(self._present(self.restored)):
            with asking("rds:RebootDBInstance"):
                self._rds.reboot_db_instance(DBInstanceIdentifier=self.restored)
            self._wait(self.restored, seconds=_CHANGE_SECONDS)

    def _step_aside(self) -> None:
        """Its logs end here: RDS would make log groups by its new name, which nobody encrypts or empties."""
        there = self._instance(self.name)
        if self._instance(self.aside) is None and there is not None and there["DBInstanceStatus"] != "renaming":
            logs = there.get("EnabledCloudwatchLogsExports")
            stopped = {"CloudwatchLogsExportConfiguration": {"DisableLogTypes": logs}} if logs else {}
            self._modify(self.name, NewDBInstanceIdentifier=self.aside, **stopped)
        self._wait(self.aside, seconds=_RENAME_SECONDS)

    def _take_name(self) -> None:
        there = self._instance(self.restored)
        if there is not None and there["DBInstanceStatus"] != "renaming":
            self._modify(self.restored, NewDBInstanceIdentifier=self.name)
        self._wait(self.name, seconds=_RENAME_SECONDS)

    def _send_logs(self) -> None:
        sent = self._present(self.name).get("EnabledCloudwatchLogsExports", ())
        missing = [log for log in self.journal.decisions["into"]["database"]["logs"] if log not in sent]
        if missing:
            self._modify(self.name, CloudwatchLogsExportConfiguration={"EnableLogTypes": missing})
        self._wait(self.name, seconds=_CHANGE_SECONDS)

    def _register(self) -> None:
        """The proxy has connected to an instance, whatever it was called; whether it may log in shows once the logins
        are set."""
        proxy = {"DBProxyName": f"{self.deployed.name}-database-proxy", "TargetGroupName": "default"}
        with asking("rds:DescribeDBProxyTargets"):
            targets = self._rds.describe_db_proxy_targets(**proxy)["Targets"]
        known = [one["RdsResourceId"] for one in targets if one.get("Type") == "RDS_INSTANCE"]
        if known:
            with asking("rds:DeregisterDBProxyTargets"):
                self._rds.deregister_db_proxy_targets(**proxy, DBInstanceIdentifiers=known)
        with asking("rds:RegisterDBProxyTargets"):
            self._rds.register_db_proxy_targets(**proxy, DBInstanceIdentifiers=[self.name])

    def _point_state(self) -> None:
        found = self._present(self.name)
        secret = found.get("MasterUserSecret")
        place = Place(resource_id=found["DbiResourceId"], secret_arn=secret["SecretArn"] if secret else None)
        self._state.point_at(self.name, place, self.kept_state)

    def _refresh(self) -> None:
        self._state.refresh(self.journal.decisions["into"]["database"]["urn"])

    @property
    def _state(self) -> StateOf:
        return StateOf(program=self.deployed.program)

    @property
    def _rds(self) -> Any:
        return self.deployed.client("rds")

    def _instance(self, identifier: str) -> Instance | None:
        rds = self._rds
        with asking("rds:DescribeDBInstances"):
            try:
                return rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
            except rds.exceptions.DBInstanceNotFoundFault:
                return None

    def _present(self, identifier: str) -> Instance:
        found = self._instance(identifier)
        if found is None:
            raise FailedError(
                f"RDS instance {identifier}: it is gone; `aws rds describe-db-instances` has what is there"
            )
        return found

    def _modify(self, identifier: str, **arguments: Any) -> None:
        with asking("rds:ModifyDBInstance"):
            self._rds.modify_db_instance(DBInstanceIdentifier=identifier, ApplyImmediately=True, **arguments)

    def _wait(self, identifier: str, *, seconds: float) -> None:
        def look() -> str | None:
            found = self._instance(identifier)
            return "not there yet" if found is None else busy(found)

        self._wait_for(identifier, look, seconds=seconds)

    def _wait_for(self, identifier: str, look: Callable[[], str | None], *, seconds: float) -> None:
        wait_until(
            identifier,
            look,
            seconds=seconds,
            otherwise=f"`aws rds describe-events --source-type db-instance --source-identifier {identifier}` says why",
        )
