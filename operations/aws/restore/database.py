"""The database as it was at a moment: a new RDS instance, which takes the name of the one that is there, or was.

With the name go endpoint and ARN, so that secrets, alarms, the backup plan and Dify's own settings hold on. What was
there stays, under another name. Of one that is gone Pulumi's state says what it was like.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from operations.aws.calls import asking, wait_until
from operations.aws.deployed import Deployed
from operations.aws.restore.database_settings import Instance, changes, unsettled, wants_restart
from operations.aws.restore.instances import Instances
from operations.aws.restore.remembered import remembered
from operations.aws.restore.restorable import ASIDE, reaches, written
from operations.aws.restore.source import Kind, Source, Sources
from operations.aws.restore.state import Place, StateOf, instance_of, refuse_unfinished
from operations.journal import Journal, Step
from operations.outcome import FailedError, RefusedError
from operations.output import size

_RESTORE_SECONDS = 12 * 3600
"""RDS copies the last snapshot before the moment and replays the log from there."""

_LOG_SECONDS = 1800
_CHANGE_SECONDS = 2 * 3600
_RENAME_SECONDS = 1800
_GIB = 1024**3


@dataclass(frozen=True, kw_only=True)
class DatabaseRestore:
    """One restore of the stack's database. `stamp` tells its instances from those of another restore."""

    deployed: Deployed
    journal: Journal
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

    def check(self, choose: Callable[[Sources], Source]) -> dict[str, Any]:
        """What `choose` makes the new instance of and what goes aside, as the journal keeps it. Raises RefusedError for
        a state that an update has left half-way and an instance that is being deleted, FailedError for one that was
        only renamed."""
        state = self._state.read()
        refuse_unfinished(state)
        resource, there = instance_of(state, self.name), self._instances.find(self.name)
        if there is None:
            self._refuse_renamed(resource["id"])
        elif there["DBInstanceStatus"] == "deleting":
            raise RefusedError(f"RDS instance {self.name}: it is being deleted; call it again when it is gone")
        like = there or remembered(resource)
        source = choose(Sources(deployed=self.deployed, like=like))
        return {
            "urn": resource["urn"],
            "source": source.model_dump(mode="json"),
            "gone": there is None,
            "logs": list(like.get("EnabledCloudwatchLogsExports", ())),
            "is": f"{like['DBInstanceClass']}, PostgreSQL {like['EngineVersion']}, "
            f"{size(like['AllocatedStorage'] * _GIB)}",
        }

    def steps(self) -> Sequence[Step]:
        """Nothing is taken away before its successor stands; then two names change, which takes minutes."""
        moment = written(self._source.moment)
        aside = Step(name="aside", does=f"keeping {self.name} aside as {self.aside}", run=self._step_aside)
        proxy = Step(name="proxy", does="showing it to RDS Proxy", run=self._register)
        return (
            Step(
                name="create",
                does=f"restoring the database of {moment} into {self.restored} (a large one takes hours)",
                run=self._create,
            ),
            Step(name="settings", does=f"giving it the settings of {self.name}", run=self._settle),
            *(() if self._decided["gone"] else (aside,)),
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
        if self._instances.find(self.restored) is None:
            if self._source.kind is Kind.INSTANCE:
                self._wait_for_log()
            self._source.make(self._rds, self.restored, self._like())
        self._instances.wait(self.restored, seconds=_RESTORE_SECONDS)

    def _wait_for_log(self) -> None:
        """RDS keeps the log every five minutes (Amazon RDS User Guide, "Restoring a DB instance to a specified
        time")."""
        name, moment = self._source.name, self._source.moment

        def look() -> str | None:
            kept = (one.latest for one in reaches(self.deployed) if one.identifier == name and not one.retained)
            latest = max(kept, default=None)
            if latest is None:
                return "not kept"
            return None if moment <= latest else f"kept until {written(latest)}"

        wait_until(
            f"log of {name}",
            look,
            seconds=_LOG_SECONDS,
            otherwise=f"`aws rds describe-db-instances --db-instance-identifier {name}` has its LatestRestorableTime",
        )

    def _settle(self) -> None:
        like, instances = self._like(), self._instances
        if wanted := changes(like, instances.present(self.restored)):
            instances.modify(self.restored, **wanted)

        def look() -> str | None:
            found = instances.present(self.restored)
            return unsettled(found) or ", ".join(changes(like, found)) or None

        instances.wait_for(self.restored, look, seconds=_CHANGE_SECONDS)
        if wants_restart(instances.present(self.restored)):
            with asking("rds:RebootDBInstance"):
                self._rds.reboot_db_instance(DBInstanceIdentifier=self.restored)
            instances.wait(self.restored, seconds=_CHANGE_SECONDS)

    def _step_aside(self) -> None:
        """Its logs end here: RDS would make log groups by its new name, which nobody encrypts or empties."""
        instances = self._instances
        there = instances.find(self.name)
        if instances.find(self.aside) is None and there is not None and there["DBInstanceStatus"] != "renaming":
            logs = there.get("EnabledCloudwatchLogsExports")
            stopped = {"CloudwatchLogsExportConfiguration": {"DisableLogTypes": logs}} if logs else {}
            instances.modify(self.name, NewDBInstanceIdentifier=self.aside, **stopped)
        instances.wait(self.aside, seconds=_RENAME_SECONDS)

    def _take_name(self) -> None:
        instances = self._instances
        there = instances.find(self.restored)
        if there is not None and there["DBInstanceStatus"] != "renaming":
            instances.modify(self.restored, NewDBInstanceIdentifier=self.name)
        instances.wait(self.name, seconds=_RENAME_SECONDS)

    def _send_logs(self) -> None:
        instances = self._instances
        sent = instances.present(self.name).get("EnabledCloudwatchLogsExports", ())
        missing = [log for log in self._decided["logs"] if log not in sent]
        if missing:
            instances.modify(self.name, CloudwatchLogsExportConfiguration={"EnableLogTypes": missing})
        instances.wait(self.name, seconds=_CHANGE_SECONDS)

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
        found = self._instances.present(self.name)
        secret = found.get("MasterUserSecret")
        place = Place(resource_id=found["DbiResourceId"], secret_arn=secret["SecretArn"] if secret else None)
        self._state.point_at(self.name, place, self.kept_state)

    def _refresh(self) -> None:
        self._state.refresh(self._decided["urn"])

    def _like(self) -> Instance:
        """What the new one has to be like. Both are as they were until its place is taken."""
        return self._instances.find(self.name) or remembered(instance_of(self._state.read(), self.name))

    def _refuse_renamed(self, resource_id: str) -> None:
        if name := self._instances.name_of(resource_id):
            raise FailedError(
                f"RDS instance {self.name}: it is not there; it is called {name} now: `aws rds modify-db-instance "
                f"--db-instance-identifier {name} --new-db-instance-identifier {self.name} --apply-immediately`"
            )

    @property
    def _decided(self) -> Mapping[str, Any]:
        return self.journal.decisions["into"]["database"]

    @property
    def _source(self) -> Source:
        return Source.model_validate(self._decided["source"])

    @property
    def _state(self) -> StateOf:
        return StateOf(program=self.deployed.program)

    @property
    def _instances(self) -> Instances:
        return Instances(rds=self._rds)

    @property
    def _rds(self) -> Any:
        return self.deployed.client("rds")
