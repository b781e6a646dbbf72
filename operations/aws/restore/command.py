"""`restore`: database and files as they were at a moment. What was there is kept aside."""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

from operations.aws.call import opened
from operations.aws.deployed import Deployed
from operations.aws.function_call import invoke
from operations.aws.migration import Migration
from operations.aws.restore.bucket import BucketRestore, Copies, keeps_versions, now
from operations.aws.restore.database import DatabaseRestore
from operations.aws.restore.restorable import written
from operations.aws.restore.state import StateOf, asked_of
from operations.aws.services import start_writers, stop_writers, writers
from operations.journal import Journal, Step
from operations.moment import moment_of
from operations.outcome import ExitCode, FailedError, RefusedError, WrongCallError
from operations.output import duration, say, size

Part = Literal["database", "files"]

_STAMP = "%Y%m%dt%H%M%Sz"
"""Small letters, as RDS writes names."""

_NEVER = datetime.max.replace(tzinfo=UTC)
"""When this restore wrote before it began."""

_SETUP = "database-setup"
_SETUP_REQUEST = "database-setup-finished"
"""The function, and the Invocation that holds its request (components/database_setup.py)."""

_STORED = ("files", "plugins")
"""Outputs `buckets` that Dify reads."""


def command(chosen: argparse.Namespace) -> ExitCode:
    """`restore STACK --to TIME [--only database|files] [--remove-newer | --from-copy] [--over-existing]`."""
    moment = moment_of("--to", chosen.to).astimezone(UTC)
    if chosen.from_copy and chosen.remove_newer:
        raise WrongCallError("--remove-newer: got --from-copy too; what was never copied would be taken for newer")
    arguments = {
        "to": chosen.to,
        "only": chosen.only,
        "remove_newer": chosen.remove_newer,
        "from_copy": chosen.from_copy,
        "over_existing": chosen.over_existing,
    }
    with opened(chosen, "restore", arguments) as (deployed, journal):
        Restoration(
            deployed=deployed,
            journal=journal,
            to=moment,
            only=chosen.only,
            remove_newer=chosen.remove_newer,
            from_copy=chosen.from_copy,
            over_existing=chosen.over_existing,
        ).run()
    return ExitCode.DONE


def options(command: argparse.ArgumentParser) -> None:
    """What a restore is told."""
    command.add_argument("--to", required=True, metavar="TIME", help='like "2026-01-31 12:00:00+00:00"')
    command.add_argument("--only", choices=("database", "files"), help="one of both (default: both)")
    command.add_argument(
        "--remove-newer", action="store_true", help="delete files that were not there then; their versions stay"
    )
    command.add_argument("--from-copy", action="store_true", help="files from the copy in the other region")
    command.add_argument("--over-existing", action="store_true", help="keep what is there aside and go on")


def _created(answer: Any) -> list[str]:
    """What the set-up says that it made (functions/database_setup/database_setup.py)."""
    return cast("Mapping[str, list[str]]", answer).get("created", [])


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """One restore of what `deployed` keeps, or `only` of a part, to the moment `to`, which has its zone."""

    deployed: Deployed
    journal: Journal
    to: datetime
    over_existing: bool
    only: Part | None = None
    remove_newer: bool = False
    from_copy: bool = False

    def run(self) -> None:
        """Refuse what would lose something, then take the steps and say what came of them."""
        self.decide()
        try:
            self.journal.run((*self.data_steps(), *self.start_steps()))
        except FailedError as error:
            raise FailedError(f"{error}; what writes is stopped until the same call has come to its end") from None
        if self.journal.file is not None:
            self._tell()

    def decide(self) -> None:
        """What is there and what can be restored, decided once. Raises RefusedError for a moment that cannot be
        restored, and where something is there and nobody said that it may go aside."""
        self.journal.decide("into", self._checked)

    def data_steps(self) -> Sequence[Step]:
        """From a stack that runs to one whose database and files are of the moment, with nobody who writes."""
        names = ", ".join(writers(self.deployed))
        stop = Step(name="stop", does=f"stopping what writes: {names}", run=self._stop)
        logins = Step(name="verify-database", does="verifying databases and logins", run=self._verify_database)
        files = (
            Step(name="files", does="bringing files and plugins back", run=self._restore_files),
            Step(name="verify-files", does="verifying that none differs", run=self._verify_files),
        )
        return (
            stop,
            *((*self._database().steps(), logins) if self._has("database") else ()),
            *(files if self._has("files") else ()),
        )

    def start_steps(self) -> Sequence[Step]:
        """Start what was stopped, and look whether it stands."""
        migrate = Step(
            name="migrate",
            does="running the migration: a service's login works, and the schema is the release's",
            run=Migration(deployed=self.deployed, journal=self.journal).run,
        )
        start = Step(
            name="start",
            does="starting what writes, and waiting until every service stands",
            run=lambda: start_writers(self.deployed, self.journal),
        )
        return (*((migrate,) if self._has("database") else ()), start)

    @property
    def _decided(self) -> Mapping[str, Any]:
        return self.journal.decisions["into"]

    def _database(self, stamp: str | None = None) -> DatabaseRestore:
        return DatabaseRestore(
            deployed=self.deployed, journal=self.journal, moment=self.to, stamp=stamp or self._decided["stamp"]
        )

    def _checked(self) -> dict[str, Any]:
        """All that can be refused is refused before anything is decided: the next call is free to differ."""
        stamp = datetime.now(UTC).strftime(_STAMP)
        database = self._database(stamp).check() if self._has("database") else None
        files = self._check_files() if self._has("files") else {}
        self._assess(database, files)
        return {"stamp": stamp, "database": database, "files": files}

    def _has(self, part: Part) -> bool:
        return self.only in (None, part)

    def _stop(self) -> None:
        stop_writers(self.deployed, self.journal)

    def _check_files(self) -> dict[str, str]:
        """Buckets by what they hold. Raises RefusedError for a moment that their versions do not reach back to, and
        where there is no copy to restore from."""
        if self.from_copy and (self.deployed.settings.replica is None or "copies" not in self.deployed.outputs):
            raise RefusedError(f"--from-copy: {self.deployed.stack} has none; `dify:replica` keeps one from then on")
        buckets = {name: cast("str", self.deployed.outputs["buckets"][name]) for name in _STORED}
        days = self.deployed.settings.storage.expire_noncurrent_after_days
        for name, own in buckets.items():
            copies = self._copies(name)
            s3, bucket = (copies.s3, copies.bucket) if copies else (self.deployed.client("s3"), own)
            if not keeps_versions(s3, bucket):
                raise RefusedError(f"bucket {bucket}: it keeps no versions; `pulumi up` turns them on for what comes")
            latest = now(s3, bucket)
            earliest = latest - timedelta(days=days)
            if not earliest <= self.to <= latest:
                raise RefusedError(
                    f"--to: got {written(self.to)}; files can be restored from {written(earliest)} to "
                    f"{written(latest)}: what was replaced or deleted is kept for {days} days "
                    "(`expireNoncurrentAfterDays` of dify:storage); give --only database to leave files as they are"
                )
        return buckets

    def _assess(self, database: Mapping[str, Any] | None, files: Mapping[str, str]) -> None:
        """Say what there is and what is lost. Raises RefusedError unless somebody insists."""
        age = (datetime.now(UTC) - self.to).total_seconds()
        if database is not None:
            say(f"database: {database['is']}; it is restored from {database['source']}")
            if self.deployed.settings.vector_store.has_opensearch:
                say("vectors in OpenSearch stay as they are: documents of then may have to be indexed again")
        for bucket in self._buckets(files, _NEVER):
            say(f"bucket {bucket.bucket}: {bucket.survey().text}")
        say(f"what was written since {written(self.to)}, {duration(age)} ago, will not be there afterwards")
        if not self.over_existing and self.journal.file is not None:
            raise RefusedError(
                f"{self.deployed.stack}: data lives there; a restore takes its place; "
                "give --over-existing to keep it aside and go on"
            )

    def _buckets(self, files: Mapping[str, str], begun: datetime) -> list[BucketRestore]:
        s3 = self.deployed.client("s3")
        return [
            BucketRestore(
                s3=s3,
                bucket=bucket,
                moment=self.to,
                begun=begun,
                remove_newer=self.remove_newer,
                copies=self._copies(name),
            )
            for name, bucket in files.items()
        ]

    def _copies(self, name: str) -> Copies | None:
        replica = self.deployed.settings.replica
        if not self.from_copy or replica is None:
            return None
        return Copies(s3=self.deployed.client("s3", replica.region), bucket=self.deployed.outputs["copies"][name])

    def _files(self) -> list[BucketRestore]:
        """Begun now, when nobody writes any more."""
        files = self._decided["files"]
        s3, first = self.deployed.client("s3"), next(iter(files.values()))
        begun = self.journal.decide("files begun", lambda: now(s3, first).isoformat())
        return self._buckets(files, datetime.fromisoformat(begun))

    def _restore_files(self) -> None:
        for bucket in self._files():
            done = bucket.run()
            newer = "deleted" if self.remove_newer else "left"
            say(f"  {bucket.bucket}: brought back {done.brought} ({size(done.bytes)}), {newer} {done.newer} newer")

    def _verify_files(self) -> None:
        for bucket in self._files():
            if left := bucket.survey().brought:
                raise FailedError(
                    f"bucket {bucket.bucket}: {left} objects differ from {written(self.to)}; somebody writes there; "
                    "stop them, and restore again"
                )

    def _verify_database(self) -> None:
        """The set-up makes what is missing: a database that the deployment had to make was not in what was restored.
        Asked again it logs in as the owner and as each service, and finds nothing to do."""
        request, answered = asked_of(StateOf(program=self.deployed.program).read(), _SETUP_REQUEST)
        made, again = _created(json.loads(answered)), _created(invoke(self.deployed, _SETUP, request))
        if missing := [one for one in (*made, *again) if one.startswith("database ")]:
            raise FailedError(
                f"{self._database().name}: {', '.join(missing)} was not in it at {written(self.to)}; give a later --to"
            )

    def _tell(self) -> None:
        begun = datetime.strptime(self._decided["stamp"], _STAMP).replace(tzinfo=UTC)
        took = duration((datetime.now(UTC) - begun).total_seconds())
        say(
            f"{self.deployed.stack}: restored to {written(self.to)} in {took}; look at a knowledge base, run a workflow"
        )
        if self._has("database"):
            database = self._database()
            aside, name = database.aside, database.name
            say(f"kept aside: RDS instance {aside}, which costs as much as {name}; remove it when all is well:")
            say(f"  aws rds modify-db-instance --db-instance-identifier {aside} --no-deletion-protection")
            say(f"  aws rds delete-db-instance --db-instance-identifier {aside} --final-db-snapshot-identifier {aside}")
            say(f"Pulumi's state of before: {database.kept_state}")
