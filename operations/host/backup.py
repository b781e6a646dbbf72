"""`backup`: a whole backup now, verified, and on request copied to S3, where copies that are too old go."""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from pydantic import ValidationError

from operations.host.backups import FOLDER, PART, SCRIPT, Backups, time_of
from operations.host.bucket import Bucket
from operations.host.call import address_of, opened
from operations.host.copies import Copies
from operations.host.docker_host import DockerHost
from operations.host.expiry import Expiry
from operations.journal import Journal, Step
from operations.outcome import ExitCode, FailedError, WrongCallError
from operations.output import duration, say, size, table
from operations.stack_file import section_of
from settings.host import stores

_BUSY = "another backup is running"
"""What the script says while the daily or hourly one is at it."""

_BUSY_SECONDS = 6 * 3600
_PAUSE_SECONDS = 5


def options(command: argparse.ArgumentParser) -> None:
    """What `backup` takes beside the stack."""
    command.add_argument("--list", action="store_true", help="only list what can be restored")
    command.add_argument("--copy", action="store_true", help="also copy it to S3; with --list: what is there")
    bucket_options(command)


def bucket_options(command: argparse.ArgumentParser) -> None:
    """Where copies are, for every command that reads or writes them."""
    command.add_argument("--bucket", help="S3 bucket of copies (default: copyTo of dify:backups)")
    command.add_argument("--prefix", help="what their keys begin with")
    command.add_argument("--kms-key", metavar="ARN", help="KMS key to encrypt them with; else S3's own")


def command(chosen: argparse.Namespace) -> ExitCode:
    """`backup STACK [--list] [--copy]`."""
    copies = copies_of(chosen) if chosen.copy else None
    if chosen.list:
        with DockerHost.reach(address_of(chosen), chosen.stack) as host:
            say(listing(Backups(host=host), copies))
        return ExitCode.DONE
    expiry = Expiry(copies=copies, days=retention_days(chosen.stack)) if copies else None
    with opened(chosen, "backup", {"copy": copies.where if copies else None}) as (host, journal):
        Backup(host=host, journal=journal, expiry=expiry).run()
    return ExitCode.DONE


def copies_of(chosen: argparse.Namespace) -> Copies:
    """Where the call, else the stack file, keeps copies. Raises WrongCallError where neither says."""
    given = section_of(chosen.stack, "backups").get("copyTo")
    known = cast("dict[str, str]", given) if isinstance(given, dict) else dict[str, str]()
    bucket: str | None = chosen.bucket or known.get("bucket")
    if bucket is None:
        raise WrongCallError("--bucket: got nothing; copies need an S3 bucket; name one, or set copyTo of dify:backups")
    return Copies(
        bucket=Bucket(
            name=bucket,
            prefix=known.get("prefix", "dify") if chosen.prefix is None else chosen.prefix,
            kms_key=chosen.kms_key,
            region=known.get("region"),
        ),
        stack=chosen.stack,
    )


def retention_days(stack: str) -> int:
    """Days that the stack file keeps backups. Raises WrongCallError where it says no such number."""
    given = {key: value for key, value in section_of(stack, "backups").items() if key == "retentionDays"}
    try:
        return stores.Backups.model_validate(given).retention_days
    except ValidationError:
        raise WrongCallError(
            f"config dify:backups.retentionDays: got {given['retentionDays']}; it is a number of days from 1 to 3650; "
            f"mend it in Pulumi.{stack}.yaml"
        ) from None


def listing(backups: Backups, copies: Copies | None) -> str:
    """What can be restored, the newest last."""
    rows = [("database", name, size(backups.size(f"base/{name}"))) for name in backups.bases()]
    rows += [("files", name, "-") for name in backups.snapshots()]
    rows += [("copy in S3", name, "-") for name in (copies.names() if copies else ())]
    return table(("KIND", "NAME", "SIZE"), rows) if rows else "there is no backup yet"


@dataclass(frozen=True, kw_only=True)
class Backup:
    """One backup of `host`, which is copied where there is an `expiry` of copies. The journal's decision `backup` is
    what was made; its name is when it was complete, the snapshot's, and `restore --backup` comes back to that moment.
    """

    host: DockerHost
    journal: Journal
    expiry: Expiry | None = None

    @property
    def kept(self) -> Backups:
        """All backups of the host."""
        return Backups(host=self.host)

    def run(self) -> None:
        """Take the steps and say what came of them."""
        self.journal.run(self.steps())
        if self.journal.file is not None:
            made = self.journal.decisions["backup"]
            took = (time_of(made["ended"]) - time_of(made["begun"])).total_seconds()
            say(f"backup {made['name']}: database {size(made['bytes'])} and files, verified, in {duration(took)}")
            if copied := self.journal.decisions.get("copied"):
                say(f"copy {copied['name']}: {copied['files']} new files, {size(copied['bytes'])} sent")
            if expired := self.journal.decisions.get("expired"):
                self._tell(expired)

    def steps(self) -> Sequence[Step]:
        """Database, then files, so that no row lacks its file; verification, and the copy where one is wanted.
        Old copies go when there is a new one."""
        steps = (
            Step(name="database", does="backing up the database", run=lambda: self._take("now", self.kept.bases)),
            Step(name="files", does="taking a snapshot of files", run=lambda: self._take("files", self.kept.snapshots)),
            Step(name="checksums", does="verifying the backup", run=self._verify),
        )
        if self.expiry is None:
            return steps
        where, days = self.expiry.copies.where, self.expiry.days
        return (
            *steps,
            Step(name="copy", does=f"copying to {where}", run=self._copy),
            Step(name="expire", does=f"removing copies older than {days} days from {where}", run=self._expire),
        )

    def last_size(self) -> int:
        """Bytes of the last backup of the database; 0 where there is none."""
        bases = self.kept.bases()
        return self.kept.size(f"base/{bases[-1]}") if bases else 0

    def _take(self, what: str, names: Callable[[], list[str]]) -> None:
        """One that was made since this operation began is not made again. Its name tells: a clock of seconds would take
        the one before for it."""
        self.journal.decide("begun", self.kept.now)
        before = self.journal.decide(f"before {what}", lambda: _newest(names()))
        deadline = time.monotonic() + _BUSY_SECONDS
        while _newest(names()) == before:
            ran = self.host.run(PART, "bash", SCRIPT, what)
            if ran.code == 0:
                return
            if _BUSY not in ran.why or time.monotonic() > deadline:
                raise FailedError(f"{self.host.prefix}-{PART}: {ran.why.removeprefix('backup: ')}")
            time.sleep(_PAUSE_SECONDS)

    def _verify(self) -> None:
        decided = self.journal.decisions
        base, snapshot = _newest(self.kept.bases()), _newest(self.kept.snapshots())
        if base <= decided["before now"] or snapshot <= decided["before files"]:
            raise FailedError(f"{self.host.prefix}-{PART}: the backup that was just made is gone; call it again")
        if damage := self.kept.damage(base):
            raise FailedError(
                f"{self.host.prefix}-{PART}: backup {base}: {damage}; look at the disk before anything else"
            )
        made = {"name": snapshot, "base": base, "files": snapshot, "begun": decided["begun"], "ended": self.kept.now()}
        self.journal.decide("backup", lambda: {**made, "bytes": self.kept.size(f"base/{base}")})

    def _copy(self) -> None:
        made, copies = self.journal.decisions["backup"], cast("Expiry", self.expiry).copies
        paths = self.kept.copied(made["base"], made["files"])
        count, sent = copies.copy(self.host, PART, FOLDER, paths, made["name"])
        self.journal.decide("copied", lambda: {"name": made["name"], "files": count, "bytes": sent})

    def _expire(self) -> None:
        expired = cast("Expiry", self.expiry).run(self.journal.decisions["backup"]["name"])
        self.journal.decide("expired", lambda: asdict(expired))

    def _tell(self, expired: Mapping[str, Any]) -> None:
        if expired["copies"]:
            say(f"old copies removed: {expired['copies']}, with {expired['files']} files, {size(expired['bytes'])}")
        if expired["advice"]:
            say(f"advice: {expired['advice']}")


def _newest(names: Sequence[str]) -> str:
    """The last of them; empty where there is none, which is before any."""
    return names[-1] if names else ""
