"""`upgrade`: another release of Dify. The schema first, one api next, then the rest; each with what it needs to go
back."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from dify.releases import RELEASES, order
from operations.aws.call import opened
from operations.aws.deployed import Deployed
from operations.aws.migration import Migration
from operations.aws.services import start_writers, stop_writers
from operations.aws.stability import alarms, refuse_unfit, wait_until_well
from operations.aws.upgrade import staging
from operations.aws.upgrade.canary import Canary
from operations.aws.upgrade.plan import show_plan
from operations.aws.upgrade.release import answered_release, others_than, running_release
from operations.aws.upgrade.rollback import Rollback
from operations.aws.upgrade.snapshot import take_snapshot
from operations.journal import Journal, Step, last
from operations.outcome import ExitCode, FailedError, RefusedError, WrongCallError
from operations.output import say

_SCHEMA_FIRST = ("**::images-api-*", "**::migration-definition")
"""URNs of what the migration needs (components/images.py, components/application.py)."""

_STAMP = "%Y%m%d-%H%M%S"


def options(command: argparse.ArgumentParser) -> None:
    """What `upgrade` takes beside the stack."""
    command.add_argument("release", nargs="?", help="for example 1.17.1")
    command.add_argument("--rollback", action="store_true", help="back to what was before the last upgrade")
    command.add_argument("--accept-loss", action="store_true", help="with --rollback: also what was written since")
    command.add_argument("--online", action="store_true", help="the release's notes let old code meet the new schema")
    command.add_argument(
        "--tried-on",
        metavar="STACK",
        help=f"the stack that runs the release already (default in production: {staging.STAGING})",
    )
    command.add_argument("--skip-staging-check", metavar="REASON", help="bring a release that was not tried, and why")


def command(chosen: argparse.Namespace) -> ExitCode:
    """`upgrade STACK RELEASE`, or `upgrade STACK --rollback`."""
    if bool(chosen.release) == chosen.rollback:
        raise WrongCallError("upgrade: give either a release, for example 1.17.1, or --rollback")
    if chosen.rollback:
        # Before the journal of the rollback, which would take the upgrade's place.
        before = last(chosen.state_folder, chosen.stack, "upgrade")
        arguments = {"accept_loss": chosen.accept_loss}
        with opened(chosen, "rollback", arguments, supersedes="upgrade") as (deployed, journal):
            Rollback(deployed=judged(deployed), journal=journal, accept_loss=chosen.accept_loss).run(before)
        return ExitCode.DONE
    if chosen.skip_staging_check is not None and not chosen.skip_staging_check.strip():
        raise WrongCallError("--skip-staging-check: got no reason; say why the release comes untried")
    if chosen.release not in RELEASES:
        raise WrongCallError(f"upgrade: got {chosen.release}; known releases are {', '.join(RELEASES)}")
    arguments = {
        "release": chosen.release,
        "online": chosen.online,
        "tried_on": chosen.tried_on,
        "skip_staging_check": chosen.skip_staging_check,
    }
    with opened(chosen, "upgrade", arguments) as (deployed, journal):
        Upgrade(
            deployed=judged(deployed),
            journal=journal,
            release=chosen.release,
            online=chosen.online,
            tried_on=chosen.tried_on,
            reason=chosen.skip_staging_check,
        ).run()
    return ExitCode.DONE


def judged(deployed: Deployed) -> Deployed:
    """The same stack, whose previews and updates the policies judge (docs/operate.md)."""
    rules = f"policies/config.{deployed.settings.environment.value}.json"
    policies = ("--policy-pack", "policies", "--policy-pack-config", rules)
    return replace(deployed, program=replace(deployed.program, policies=policies))


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    """One upgrade of `deployed` to `release`. `online`: old code may meet the new schema, so nothing is stopped.
    `reason` is why a release comes that was not tried on the stack `tried_on`."""

    deployed: Deployed
    journal: Journal
    release: str
    online: bool = False
    tried_on: str | None = None
    reason: str | None = None

    def run(self) -> None:
        """Check, then take the steps. Raises RefusedError where it would not be safe."""
        stack = self.deployed.stack
        if not self.journal.resumes and self._is_there():
            say(f"{stack}: nothing to do; it runs {self.release}")
            return
        self.journal.decide("before", self._checked)
        try:
            self.journal.run(self.steps())
        except RefusedError:
            # Only the plan refuses, and has put back what it set.
            self.journal.forget("upgrade")
            raise
        except FailedError as error:
            if "plan" not in self.journal.done:
                # Whoever mends the plan may take days: the stack is looked at again then.
                self.journal.forget("upgrade")
            if "counts" not in self.journal.decisions and "images" not in self.journal.done:
                raise FailedError(f"{error}; nothing of Dify was changed, call it again once that is mended") from None
            stands = "what was stopped is still stopped; " if self._is_stopped() else ""
            raise FailedError(
                f"{error}; {stands}mend it and call it again, or go back with "
                f"`python -m operations upgrade {stack} --rollback`"
            ) from None
        if self.journal.file is not None:
            say(f"{stack}: runs {self.release}; look at a knowledge base and run a workflow")

    def steps(self) -> Sequence[Step]:
        """In this order no new code meets the old schema, and no old code the new one unless it may."""
        deployed, release = self.deployed, self.release
        canary = Canary(deployed=deployed, journal=self.journal, release=release, online=self.online)
        stop = Step(name="stop", does="stopping what writes", run=lambda: stop_writers(deployed, self.journal))
        start = Step(
            name="start",
            does="starting as many tasks as before",
            run=lambda: start_writers(deployed, self.journal),
        )
        return (
            Step(name="plan", does=f"setting dify:release to {release}; what Pulumi would do", run=self._plan),
            Step(name="snapshot", does="taking a snapshot of the database", run=self._snapshot),
            Step(
                name="images",
                does="pulumi up: the api's image and the migration alone",
                run=lambda: deployed.program.up(*_SCHEMA_FIRST),
            ),
            *(() if self.online else (stop,)),
            Step(name="migrate", does="running the migration", run=self._migrate),
            *canary.steps(),
            Step(name="up", does="pulumi up: everything else", run=deployed.program.up),
            *(() if self.online else (start,)),
            Step(name="verify", does=f"waiting for all of {release} to be well", run=self._verify),
        )

    def _is_there(self) -> bool:
        return self.deployed.settings.release == self.release and not others_than(self.deployed, self.release)

    def _is_stopped(self) -> bool:
        return "counts" in self.journal.decisions and "start" not in self.journal.done

    def _checked(self) -> dict[str, object]:
        deployed, release = self.deployed, self.release
        runs = running_release(deployed)
        if order(release) < order(runs):
            raise RefusedError(
                f"upgrade: got {release}, and {runs} runs; Dify has no way back from a newer schema; after an upgrade "
                f"use `upgrade {deployed.stack} --rollback`, else restore the database of before"
            )
        if self.online and RELEASES[release].plugin_daemon != RELEASES[runs].plugin_daemon:
            raise RefusedError(
                f"--online: {release} has another plugin daemon than {runs}, and the old one does not serve the new "
                "api; leave --online out"
            )
        if self.reason is None:
            staging.refuse_untried(deployed, release, self.tried_on)
        refuse_unfit(deployed)
        return {"release": runs, "alarms": [one.name for one in alarms(deployed)]}

    def _plan(self) -> None:
        before = self.journal.decisions["before"]["release"]
        program = self.deployed.program
        program.set_release(self.release)
        try:
            show_plan(program)
        except (FailedError, RefusedError):
            program.set_release(before)
            raise

    def _snapshot(self) -> None:
        stamp = self.journal.decide("stamp", lambda: datetime.now(UTC).strftime(_STAMP))
        release = re.sub(r"[^0-9a-z]+", "-", self.release)
        name = self.journal.decide("snapshot", lambda: f"{self.deployed.name}-before-{release}-{stamp}")
        take_snapshot(self.deployed, name)

    def _migrate(self) -> None:
        moment = self.journal.decide("moment", lambda: datetime.now(UTC).isoformat(sep=" ", timespec="seconds"))
        say(f"  the database of before: point in time {moment}, snapshot {self.journal.decisions['snapshot']}")
        Migration(deployed=self.deployed, journal=self.journal).run()

    def _verify(self) -> None:
        deployed, release = self.deployed, self.release
        wait_until_well(deployed, self.journal.decisions["before"]["alarms"])
        if others := others_than(deployed, release):
            raise FailedError(
                f"{deployed.stack}: {', '.join(others)} do not run {release}; ECS took their deployment back, and "
                f"`aws ecs describe-services --cluster {deployed.outputs['cluster']}` says why"
            )
        said = answered_release(deployed.settings.domain)
        if said is None:
            say(f"  {deployed.settings.domain} does not answer from here; open it where its users are")
        elif said != release:
            raise FailedError(f"{deployed.settings.domain}: it says that it is {said}; it must be {release}")
