"""`upgrade --rollback`: back to what ran before an upgrade. Once the migration has begun the schema may be the newer
one, which Dify has no way back from: then the database of before comes back as well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from operations.aws.deployed import Deployed
from operations.aws.migration import has_begun
from operations.aws.restore.command import Restoration
from operations.aws.services import start_writers
from operations.aws.stability import wait_until_well
from operations.aws.upgrade.canary_task import CanaryTask
from operations.aws.upgrade.release import others_than
from operations.journal import Journal, Step
from operations.outcome import FailedError, RefusedError
from operations.output import say

_STOPPED = ("counts", "scaling")
_CANARY = ("canary", "canary targets")
"""Decisions of the upgrade (services.py, canary_task.py) that its way back goes on with."""


@dataclass(frozen=True, kw_only=True)
class Rollback:
    """The way back of `deployed`. `accept_loss`: also where users have written since the database of before."""

    deployed: Deployed
    journal: Journal
    accept_loss: bool

    def run(self, upgrade: Journal | None) -> None:
        """Go back from `upgrade`, finished or not. Raises RefusedError where there is none, or something is lost."""
        before = self.journal.decide("before", lambda: self._before(upgrade))
        for name, decided in before["begun"].items():
            self.journal.decide(name, lambda decided=decided: decided)
        if moment := before["moment"]:
            say(f"the migration has begun: the database comes back as of {moment}")
        try:
            self.journal.run(self.steps(before))
        except FailedError as error:
            raise FailedError(f"{error}; mend it and call it again: it goes on where it was") from None
        if self.journal.file is not None:
            say(f"{self.deployed.stack}: runs {before['release']} again")

    def steps(self, before: Mapping[str, Any]) -> Sequence[Step]:
        """Data first where it goes back: old code must not meet the new schema."""
        deployed, release = self.deployed, before["release"]
        canary = CanaryTask(deployed=deployed, journal=self.journal)
        start = Step(
            name="start", does="starting as many tasks as before", run=lambda: start_writers(deployed, self.journal)
        )
        return (
            Step(
                name="set",
                does=f"setting dify:release to {release}",
                run=lambda: deployed.program.set_release(release),
            ),
            Step(name="canary", does="stopping the canary, if there is one", run=canary.end),
            *(
                self._data_steps(before["moment"])
                if before["moment"]
                else (Step(name="up", does="pulumi up", run=deployed.program.up), start)
            ),
            Step(name="verify", does=f"waiting for all of {release} to be well", run=lambda: self._verify(before)),
            Step(name="forget", does="closing the record of the upgrade", run=lambda: self.journal.forget("upgrade")),
        )

    def _data_steps(self, moment: str) -> Sequence[Step]:
        """The restore's own, which bring the program of `release` up as well."""
        restoration = Restoration(
            deployed=self.deployed,
            journal=self.journal,
            to=datetime.fromisoformat(moment),
            over_existing=True,
            only="database",
        )
        restoration.decide()
        return (*restoration.data_steps(), *restoration.start_steps())

    def _before(self, upgrade: Journal | None) -> dict[str, Any]:
        stack = self.deployed.stack
        if upgrade is None or "before" not in upgrade.decisions:
            raise RefusedError(f"{stack}: no upgrade from here has changed anything, so there is no way back")
        decided, done = upgrade.decisions, upgrade.done
        moment = decided["moment"] if has_begun(upgrade) else None
        if moment and not self.accept_loss and (upgrade.arguments["online"] or "canary-up" in done):
            raise RefusedError(
                f"{stack}: what was written since {moment} would be lost, as the database goes back to then; give "
                "--accept-loss to go back all the same"
            )
        # What the upgrade has started again by itself may have been scaled since.
        stopped = () if "start" in done else _STOPPED
        return {
            **decided["before"],
            "moment": moment,
            "begun": {name: decided[name] for name in (*stopped, *_CANARY) if name in decided},
        }

    def _verify(self, before: Mapping[str, Any]) -> None:
        wait_until_well(self.deployed, before["alarms"])
        if others := others_than(self.deployed, before["release"]):
            raise FailedError(
                f"{self.deployed.stack}: {', '.join(others)} do not run {before['release']}; `pulumi up` brings them "
                "back"
            )
