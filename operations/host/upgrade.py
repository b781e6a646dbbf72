"""`upgrade`: another release of Dify. A schema has no way back, so the way back is the backup that is taken first."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dify.releases import RELEASES, order
from operations.host import backups
from operations.host.backup import Backup
from operations.host.backups import Backups, time_of
from operations.host.call import opened
from operations.host.docker_host import DockerHost
from operations.host.part import MIGRATION
from operations.host.release import KINDS_OF_RELEASE, health_steps, others_than, running_release, schema
from operations.host.restore import Restoration
from operations.journal import Journal, Step, last
from operations.outcome import ExitCode, FailedError, RefusedError, WrongCallError
from operations.output import say, size
from operations.pulumi_program import PulumiProgram


def options(command: argparse.ArgumentParser) -> None:
    """What `upgrade` takes beside the stack."""
    command.add_argument("release", nargs="?", help="for example 1.17.1")
    command.add_argument("--rollback", action="store_true", help="back to what was before the last upgrade")
    command.add_argument("--pulumi", default="pulumi", metavar="PATH", help="the Pulumi to call (default: %(default)s)")


def command(chosen: argparse.Namespace) -> ExitCode:
    """`upgrade STACK RELEASE`, or `upgrade STACK --rollback`."""
    if bool(chosen.release) == chosen.rollback:
        raise WrongCallError("upgrade: give either a release, for example 1.17.1, or --rollback")
    program = PulumiProgram(stack=chosen.stack, folder=Path.cwd(), pulumi=chosen.pulumi)
    program.find()
    if chosen.rollback:
        # Before the journal of the rollback, which would take the upgrade's place.
        before = last(chosen.state_folder, chosen.stack, "upgrade")
        with opened(chosen, "rollback", {}, supersedes="upgrade") as (host, journal):
            Rollback(host=host, journal=journal, program=program).run(before)
        return ExitCode.DONE
    with opened(chosen, "upgrade", {"release": chosen.release}) as (host, journal):
        Upgrade(host=host, journal=journal, program=program, release=chosen.release).run()
    return ExitCode.DONE


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    """One upgrade of `host` to `release`, brought up by `program`."""

    host: DockerHost
    journal: Journal
    program: PulumiProgram
    release: str

    def run(self) -> None:
        """Check, then take the steps. Raises RefusedError for a way back, WrongCallError for an unknown release."""
        if not self.journal.resumes and self._is_there():
            say(f"{self.host.stack}: nothing to do; it runs {self.release}")
            return
        self.journal.decide("before", self._checked)
        try:
            self.journal.run(self.steps())
        except FailedError as error:
            if "moment" not in self.journal.decisions:
                raise FailedError(f"{error}; nothing of Dify was changed, call it again once that is mended") from None
            raise FailedError(
                f"{error}; mend it and call it again, or go back with "
                f"`python -m operations upgrade {self.host.stack} --rollback`"
            ) from None
        if self.journal.file is not None:
            say(f"{self.host.stack}: runs {self.release}; look at a knowledge base and run a workflow")

    def steps(self) -> Sequence[Step]:
        """Images and a backup first, while everything still runs."""
        backup = Backup(host=self.host, journal=self.journal)
        return (
            Step(name="images", does=f"pulling the images of {self.release}", run=self._pull),
            *backup.steps(),
            Step(name="set", does=f"setting dify:release to {self.release}", run=self._set),
            Step(name="up", does="pulumi up: migration, then one instance after the other", run=self.program.up),
            *health_steps(self.host, self.release),
        )

    def _is_there(self) -> bool:
        return running_release(self.host) == self.release and not others_than(self.host, self.release)

    def _checked(self) -> dict[str, str]:
        if self.release not in RELEASES:
            raise WrongCallError(f"upgrade: got {self.release}; known releases are {', '.join(RELEASES)}")
        runs = running_release(self.host)
        if order(self.release) < order(runs):
            raise RefusedError(
                f"upgrade: got {self.release}, and {runs} runs; Dify has no way back from a newer schema; after an "
                f"upgrade use `upgrade {self.host.stack} --rollback`, else restore a backup from before"
            )
        self._refuse_small_disk()
        return {"release": runs, "schema": schema(self.host)}

    def _refuse_small_disk(self) -> None:
        """The new images are about as large as those that run, and a backup as large as the last one."""
        images = {part.image for part in self.host.parts() if part.kind in KINDS_OF_RELEASE}
        needed = self.host.image_sizes(images) + Backup(host=self.host, journal=self.journal).last_size()
        disk = backups.disk(self.host)
        if disk and disk.free < needed:
            raise RefusedError(
                f"disk of {self.host.prefix}: got {size(disk.free)} free; images and a backup need about "
                f"{size(needed)}; `docker image prune` frees what nobody uses"
            )

    def _pull(self) -> None:
        images = RELEASES[self.release].images
        for part in ("api", "web", "plugin-daemon", "sandbox"):
            self.host.pull(images[part])

    def _set(self) -> None:
        """A way back leads to this moment: the backup is older, and the log goes on to it."""
        self.journal.decide("moment", lambda: time_of(Backups(host=self.host).now()).isoformat(sep=" "))
        self.program.set_release(self.release)


@dataclass(frozen=True, kw_only=True)
class Rollback:
    """Back to what ran before an upgrade: the old images, and the data of the backup where the schema has changed."""

    host: DockerHost
    journal: Journal
    program: PulumiProgram

    def run(self, upgrade: Journal | None) -> None:
        """Go back from `upgrade`, finished or not. Raises RefusedError where there is none."""
        before = self.journal.decide("before", lambda: self._before(upgrade))
        changed = self.journal.decide("schema changed", lambda: self._has_changed(before["schema"]))
        if changed:
            say(f"the schema has changed: what was written since {before['moment']} is lost")
        self.journal.run(self.steps(before, data=changed))
        if self.journal.file is not None:
            say(f"{self.host.stack}: runs {before['release']} again")

    def steps(self, before: dict[str, str], *, data: bool) -> Sequence[Step]:
        """The data first: old code must not meet the new schema."""
        release = before["release"]
        restoration = Restoration(host=self.host, journal=self.journal, to=before["moment"], over_existing=True)
        if data:
            restoration.decide()
        return (
            *(restoration.data_steps() if data else ()),
            Step(name="set", does=f"setting dify:release to {release}", run=lambda: self._set(release)),
            Step(name="up", does="pulumi up: one instance after the other", run=self.program.up),
            *(restoration.start_steps() if data else ()),
            *health_steps(self.host, release),
            Step(name="forget", does="closing the record of the upgrade", run=lambda: self.journal.forget("upgrade")),
        )

    def _set(self, release: str) -> None:
        """What the newer release has migrated is undone, or was nothing: no container says it any more."""
        self.host.remove(MIGRATION)
        self.program.set_release(release)

    def _before(self, upgrade: Journal | None) -> dict[str, str]:
        if upgrade is None or "moment" not in upgrade.decisions:
            raise RefusedError(f"{self.host.stack}: no upgrade from here has changed anything, so there is no way back")
        return {**upgrade.decisions["before"], "moment": upgrade.decisions["moment"]}

    def _has_changed(self, before: str) -> bool:
        """A database that does not answer is taken for changed: its backup is whole."""
        try:
            return schema(self.host) != before
        except FailedError:
            return True
