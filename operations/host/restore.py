"""`restore`: database and files as a backup has them. What was there is kept aside, by name."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from operations.host.backup import bucket_options, copies_of
from operations.host.backups import FOLDER, PART, STAMP, Backups, time_of
from operations.host.backups import SCRIPT as BACKUP
from operations.host.call import opened
from operations.host.copies import Copies
from operations.host.docker_host import DockerHost, wait_for
from operations.host.part import MIGRATION, WRITERS
from operations.host.postgres_pair import DATA_FOLDER, NODES, PostgresPair, other
from operations.host.release import unwell
from operations.journal import Journal, Step
from operations.moment import moment_of
from operations.outcome import ExitCode, FailedError, RefusedError, WrongCallError
from operations.output import say, size

SCRIPT = "/opt/dify/restore.sh"
BACKUPS_VOLUME = "backups"
_OWNER = "999"
"""The user that PostgreSQL and the backup run as (Docker Official Image `postgres`)."""

_FILES = {"/var/lib/dify/files": "files", "/var/lib/dify/plugins": "plugins"}
_FILES_OWNER = "1001"
"""The user of Dify's images (langgenius/dify, api/Dockerfile)."""

_HAS_TABLE = "SELECT to_regclass('accounts') IS NOT NULL"
_HAS_PEOPLE = "SELECT EXISTS (SELECT FROM accounts)"
"""Dify's table of people is empty until its first page was filled in (langgenius/dify, api/models/account.py)."""

_START_SECONDS = 3600
"""The standby copies the whole database."""

_HEALTH_SECONDS = 900

_KEEP_DATA = """
set -eu
cd "$1"
[ -e "pgdata-before-$2" ] || [ ! -e pgdata ] || mv pgdata "pgdata-before-$2"
"""
_KEEP_BACKUPS = """
set -eu
cd "$1"
[ -e "before-$2" ] || { mkdir "before-$2.part"; mv "before-$2.part" "before-$2"; }
[ -e "before-$2/done" ] || for one in base files wal state status.json; do
    [ ! -e "$one" ] || [ -e "before-$2/$one" ] || mv "$one" "before-$2/$one"
done
touch "before-$2/done"
mkdir -p base files wal/earlier state
"""
_FILL_FILES = """
set -eu
for place in /var/lib/dify/files /var/lib/dify/plugins; do
    find "$place" -mindepth 1 -maxdepth 1 ! -name lost+found -exec rm -rf {} +
done
bash "$1" files --to "$2"
chown -R --no-dereference "$3:$3" /var/lib/dify/files /var/lib/dify/plugins
"""


def options(command: argparse.ArgumentParser) -> None:
    """What `restore` takes beside the stack."""
    command.add_argument("--to", metavar="TIME", help='until then, for example "2026-01-31 12:00:00+00"; else all')
    command.add_argument("--backup", metavar="NAME", help="as it was when this was made (backup --list)")
    command.add_argument("--over-existing", action="store_true", help="also where a database lives; it is kept aside")
    command.add_argument("--from-s3", action="store_true", help="bring the copy from S3 first (--bucket, --prefix)")
    bucket_options(command)


def command(chosen: argparse.Namespace) -> ExitCode:
    """`restore STACK [--to TIME] [--backup NAME] [--over-existing] [--from-s3]`."""
    copies = copies_of(chosen) if chosen.from_s3 else None
    to = _moment(chosen.to, chosen.backup)
    arguments = {
        "to": chosen.to,
        "backup": chosen.backup,
        "over_existing": chosen.over_existing,
        "from_s3": copies.where if copies else None,
    }
    with opened(chosen, "restore", arguments) as (host, journal):
        Restoration(host=host, journal=journal, to=to, over_existing=chosen.over_existing, copies=copies).run()
    return ExitCode.DONE


def _moment(to: str | None, backup: str | None) -> str | None:
    """The moment that the call names. Raises WrongCallError."""
    if to and backup:
        raise WrongCallError("restore: got --to and --backup; each names a moment; give one of them")
    if to:
        return moment_of("--to", to).isoformat(sep=" ")
    try:
        return time_of(backup).isoformat(sep=" ") if backup else None
    except ValueError:
        raise WrongCallError(f"--backup: got {backup}; `backup --list` shows the names") from None


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """One restore on `host`, of all that was written up to the moment `to`, or of everything."""

    host: DockerHost
    journal: Journal
    to: str | None
    over_existing: bool
    copies: Copies | None = None

    @property
    def pair(self) -> PostgresPair:
        """Both nodes."""
        return PostgresPair(host=self.host)

    @property
    def kept(self) -> Backups:
        """The host's backups."""
        return Backups(host=self.host)

    def run(self) -> None:
        """Refuse what would lose something, then take the steps and say what came of them."""
        self.decide()
        self.journal.run((*self.data_steps(), *self.start_steps()))
        if self.journal.file is not None:
            self._tell()

    def decide(self) -> None:
        """What must stay the same on the way. Raises RefusedError where a database lives."""
        self.journal.decide("into", self._checked)

    def data_steps(self) -> Sequence[Step]:
        """From a host that runs to one whose database and files are the backup's, with nobody who writes."""
        primary = self.journal.decisions["into"]["primary"]
        bring = Step(name="bring", does="bringing the backup from S3", run=self._bring)
        keep = Step(name="keep-files", does="keeping files and plugins aside, as a snapshot", run=self._keep_files)
        writers = ", ".join(self._writers())
        return (
            Step(name="stop", does=f"stopping what writes: {writers}", run=lambda: self._stop(self._writers())),
            keep if self.copies is None else bring,
            Step(name="choose", does="choosing the backup and verifying its checksums", run=self._choose),
            # The backup goes last: it receives what the primary writes to its end.
            Step(name="nodes", does="stopping both databases", run=lambda: self._stop((*NODES, PART))),
            Step(name="keep-data", does="keeping the data of both databases aside", run=self._keep_data),
            Step(name="database", does="restoring the database", run=self._database),
            Step(name="files", does="restoring files and plugins", run=self._fill_files),
            Step(name="primary", does=f"starting {primary} as primary", run=lambda: self._start_primary(primary)),
            Step(name="standby", does=f"copying it to {other(primary)}", run=lambda: self._start_standby(primary)),
        )

    def start_steps(self) -> Sequence[Step]:
        """Start what was stopped, and look whether it works."""
        return (
            Step(name="start", does="starting what writes", run=self._start),
            Step(
                name="well",
                does="waiting for every part to be healthy",
                run=lambda: wait_for("every part is healthy", lambda: not unwell(self.host), seconds=_HEALTH_SECONDS),
            ),
        )

    def _checked(self) -> dict[str, str]:
        primary = self.pair.named_primary()
        if not self.over_existing and self._lives(primary):
            raise RefusedError(
                f"{self.host.prefix}-{primary}: a database lives there; a restore takes its place; "
                "give --over-existing to keep it aside and go on"
            )
        if self.copies is None:
            self._chosen()
        return {"primary": primary, "begun": self.kept.now()}

    def _lives(self, primary: str) -> bool:
        """Data that does not answer is taken for somebody's; a Dify that nobody has set up is not."""
        if not self.pair.writes(primary):
            return any(self.host.read(node, f"{DATA_FOLDER}/pgdata/PG_VERSION") is not None for node in NODES)
        if self.pair.value(primary, _HAS_TABLE, "dify") == "f":
            return False
        return self.pair.value(primary, _HAS_PEOPLE, "dify") == "t"

    def _writers(self) -> list[str]:
        parts = [part for part in self.host.parts() if part.kind in WRITERS]
        return [part.name for part in sorted(parts, key=lambda part: (WRITERS.index(part.kind), part.name))]

    def _stop(self, names: Sequence[str]) -> None:
        for name in names:
            self.host.stop(name)

    def _bring(self) -> None:
        """The host's own backups are of another database, and stay beside it under another name."""
        copies = cast("Copies", self.copies)
        limit = None if self.to is None else datetime.fromisoformat(self.to).astimezone(UTC).strftime(STAMP)
        names = [name for name in copies.names() if limit is None or name <= limit]
        if not names:
            raise FailedError(
                f"{copies.where}: there is no copy{self._not_younger()}; `backup --list --copy` shows them"
            )
        self.host.stop(PART)
        self._beside(PART, _KEEP_BACKUPS, FOLDER, self.journal.decisions["into"]["begun"])
        count = copies.bring(self.host, PART, FOLDER, names[-1], owner=int(_OWNER))
        say(f"brought copy {names[-1]}: {size(count)}")

    def _keep_files(self) -> None:
        """Only where there is a snapshot: it becomes the newest, and files are chosen among those before it."""
        ran = self.host.run(PART, "bash", BACKUP, "files")
        if ran.code:
            raise FailedError(f"{self.host.prefix}-{PART}: {ran.why}; nothing was changed")

    def _choose(self) -> None:
        chosen = self.journal.decide("chosen", self._chosen)
        if damage := self.kept.damage(chosen["base"]):
            raise FailedError(f"backup {chosen['base']}: {damage}; take an older one with --backup")

    def _chosen(self) -> dict[str, str]:
        """The newest of each that is not younger than the moment, nor than this operation."""
        begun = self.journal.decisions.get("into", {}).get("begun")
        limits = [begun] if begun else []
        if self.to is not None:
            limits.append(datetime.fromisoformat(self.to).astimezone(UTC).strftime(STAMP))
        found = {"base": self.kept.bases(), "files": self.kept.snapshots()}
        chosen = {kind: [name for name in names if not limits or name <= min(limits)] for kind, names in found.items()}
        for kind, names in chosen.items():
            if not names:
                what = "backup of the database" if kind == "base" else "snapshot of files"
                raise FailedError(f"{self.host.stack}: there is no {what}{self._not_younger()}; see `backup --list`")
        return {kind: names[-1] for kind, names in chosen.items()}

    def _not_younger(self) -> str:
        return f" that is not younger than {self.to}" if self.to else ""

    def _keep_data(self) -> None:
        for node in NODES:
            self._beside(node, _KEEP_DATA, DATA_FOLDER, self.journal.decisions["into"]["begun"])

    def _database(self) -> None:
        """An interrupted one left nothing: the script makes the data beside their place and renames them."""
        primary = self.journal.decisions["into"]["primary"]
        if self.host.read(primary, f"{DATA_FOLDER}/pgdata/PG_VERSION") is not None:
            return
        # It says which release has migrated the database, and that holds no longer: the next update migrates again.
        self.host.remove(MIGRATION)
        to = ["--to", self.to] if self.to else []
        ran = self.host.one_off(
            primary, ("bash", SCRIPT, "database", *to), user=_OWNER, volumes={FOLDER: f"{BACKUPS_VOLUME}:ro"}
        )
        if ran.code:
            raise FailedError(f"{self.host.prefix}-{primary}: {ran.why}")
        say(ran.output.strip().splitlines()[-1].removeprefix("restore: "))

    def _fill_files(self) -> None:
        moment = time_of(self.journal.decisions["chosen"]["files"]).isoformat(sep=" ")
        ran = self.host.one_off(
            PART,
            ("bash", "-c", _FILL_FILES, "fill", SCRIPT, moment, _FILES_OWNER),
            user="0",
            volumes=_FILES,
        )
        if ran.code:
            raise FailedError(f"{self.host.prefix}-{PART}: {ran.why}")

    def _start_primary(self, primary: str) -> None:
        self.host.start(primary)
        wait_for(f"{primary} takes writes", lambda: self.pair.takes_writes(primary), seconds=_HEALTH_SECONDS)

    def _start_standby(self, primary: str) -> None:
        self.host.start(other(primary))
        wait_for(f"{other(primary)} streams from {primary}", lambda: self.pair.streams(primary), seconds=_START_SECONDS)

    def _start(self) -> None:
        for name in (PART, *reversed(self._writers())):
            self.host.start(name)

    def _beside(self, part: str, script: str, *arguments: str) -> None:
        ran = self.host.one_off(part, ("sh", "-c", script, "sh", *arguments), user=_OWNER)
        if ran.code:
            raise FailedError(f"{self.host.prefix}-{part}: {ran.why}")

    def _tell(self) -> None:
        into, chosen = self.journal.decisions["into"], self.journal.decisions["chosen"]
        say(f"restored: database of {chosen['base']} up to {self.to or 'its end'}, files of {chosen['files']}")
        say(f"kept aside: pgdata-before-{into['begun']} in the volumes of both databases; remove it when all is well:")
        for node in NODES:
            say(f"  docker exec {self.host.prefix}-{node} rm -r {DATA_FOLDER}/pgdata-before-{into['begun']}")
