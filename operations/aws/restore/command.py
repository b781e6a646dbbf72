"""`restore`: database and files as they were at a moment, or as a snapshot has them. What was there is kept aside."""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from operations.aws.call import opened
from operations.aws.deployed import Deployed
from operations.aws.function_call import invoke
from operations.aws.migration import Migration
from operations.aws.restore.database import DatabaseRestore
from operations.aws.restore.files import FilesRestore
from operations.aws.restore.restorable import written
from operations.aws.restore.source import Source, Sources
from operations.aws.restore.state import StateOf, asked_of
from operations.aws.services import start_writers, stop_writers, writers
from operations.journal import Journal, Step
from operations.moment import moment_of
from operations.outcome import ExitCode, FailedError, RefusedError, WrongCallError
from operations.output import duration, say

Part = Literal["database", "files"]

_STAMP = "%Y%m%dt%H%M%Sz"
"""Small letters, as RDS writes names."""

_SETUP = "database-setup"
_SETUP_REQUEST = "database-setup-finished"
"""The function, and the Invocation that holds its request (components/database_setup.py)."""


def command(chosen: argparse.Namespace) -> ExitCode:
    """`restore STACK --to TIME | --from-snapshot SNAPSHOT [--only database|files] [--remove-newer | --from-copy]
    [--over-existing]`."""
    to = _wanted(chosen)
    if chosen.from_copy and chosen.remove_newer:
        raise WrongCallError("--remove-newer: got --from-copy too; what was never copied would be taken for newer")
    arguments = {
        "to": chosen.to,
        "from_snapshot": chosen.from_snapshot,
        "only": chosen.only,
        "remove_newer": chosen.remove_newer,
        "from_copy": chosen.from_copy,
        "over_existing": chosen.over_existing,
    }
    with opened(chosen, "restore", arguments) as (deployed, journal):
        Restoration(
            deployed=deployed,
            journal=journal,
            to=to,
            or_before=True,
            only=chosen.only,
            remove_newer=chosen.remove_newer,
            from_copy=chosen.from_copy,
            over_existing=chosen.over_existing,
        ).run()
    return ExitCode.DONE


def options(command: argparse.ArgumentParser) -> None:
    """What a restore is told."""
    when = command.add_mutually_exclusive_group(required=True)
    when.add_argument("--to", metavar="TIME", help='like "2026-01-31 12:00:00+00:00"')
    when.add_argument("--from-snapshot", metavar="SNAPSHOT", help="a snapshot of the database, by its name or ARN")
    command.add_argument("--only", choices=("database", "files"), help="one of both (default: both)")
    command.add_argument(
        "--remove-newer", action="store_true", help="delete files that were not there then; their versions stay"
    )
    command.add_argument("--from-copy", action="store_true", help="files from the copy in the other region")
    command.add_argument("--over-existing", action="store_true", help="keep what is there aside and go on")


def _wanted(chosen: argparse.Namespace) -> datetime | str:
    """The moment, or the snapshot."""
    if chosen.from_snapshot is None:
        return moment_of("--to", chosen.to).astimezone(UTC)
    if chosen.only == "files":
        raise WrongCallError("--from-snapshot: got --only files too; a snapshot has only the database; give --to")
    return chosen.from_snapshot


def _created(answer: Any) -> list[str]:
    """What the set-up says that it made (functions/database_setup/database_setup.py)."""
    return cast("Mapping[str, list[str]]", answer).get("created", [])


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """One restore of what `deployed` keeps, or `only` of a part, to the moment `to`, which has its zone, or to that of
    the snapshot of this name or ARN. `or_before`: where nothing reaches the moment, to the nearest before it."""

    deployed: Deployed
    journal: Journal
    to: datetime | str
    over_existing: bool
    or_before: bool = False
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
        return (
            stop,
            *((*self._database().steps(), logins) if self._has("database") else ()),
            *(self._files.steps() if self._has("files") else ()),
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

    @property
    def _moment(self) -> datetime:
        """Of everything that is restored: rows name files, so that files follow the database."""
        return datetime.fromisoformat(self._decided["moment"])

    def _database(self, stamp: str | None = None) -> DatabaseRestore:
        return DatabaseRestore(deployed=self.deployed, journal=self.journal, stamp=stamp or self._decided["stamp"])

    @property
    def _files(self) -> FilesRestore:
        return FilesRestore(
            deployed=self.deployed, journal=self.journal, remove_newer=self.remove_newer, from_copy=self.from_copy
        )

    def _checked(self) -> dict[str, Any]:
        """All that can be refused is refused before anything is decided: the next call is free to differ."""
        stamp = datetime.now(UTC).strftime(_STAMP)
        database = self._database(stamp).check(self._source) if self._has("database") else None
        moment = Source.model_validate(database["source"]).moment if database else cast("datetime", self.to)
        files = self._files.check(moment) if self._has("files") else {}
        self._assess(moment, database, files)
        return {"stamp": stamp, "moment": moment.isoformat(), "database": database, "files": files}

    def _source(self, sources: Sources) -> Source:
        if isinstance(self.to, datetime):
            return sources.at(self.to, or_before=self.or_before)
        return sources.snapshot(self.to)

    def _has(self, part: Part) -> bool:
        return self.only in (None, part)

    def _stop(self) -> None:
        stop_writers(self.deployed, self.journal)

    def _assess(self, moment: datetime, database: Mapping[str, Any] | None, files: Mapping[str, str]) -> None:
        """Say what there is and what is lost. Raises RefusedError unless somebody insists."""
        if database is not None:
            self._assess_database(database)
        if isinstance(self.to, datetime) and moment < self.to:
            say(f"nothing reaches {written(self.to)}: all that is restored is of {written(moment)}, the nearest before")
        self._files.tell(files, moment)
        age = (datetime.now(UTC) - moment).total_seconds()
        say(f"what was written since {written(moment)}, {duration(age)} ago, will not be there afterwards")
        lives = bool(files) or (database is not None and not database["gone"])
        if lives and not self.over_existing and self.journal.file is not None:
            raise RefusedError(
                f"{self.deployed.stack}: data lives there; a restore takes its place; "
                "give --over-existing to keep it aside and go on"
            )

    def _assess_database(self, database: Mapping[str, Any]) -> None:
        source = Source.model_validate(database["source"]).text
        if database["gone"]:
            say(f"database: it is gone; it was {database['is']}, and is restored from {source}")
        else:
            say(f"database: {database['is']}; it is restored from {source}")
        if self.deployed.settings.vector_store.has_opensearch:
            say("vectors in OpenSearch stay as they are: documents of then may have to be indexed again")

    def _verify_database(self) -> None:
        """The set-up makes what is missing: a database that the deployment had to make was not in what was restored.
        Asked again it logs in as the owner and as each service, and finds nothing to do."""
        request, answered = asked_of(StateOf(program=self.deployed.program).read(), _SETUP_REQUEST)
        made, again = _created(json.loads(answered)), _created(invoke(self.deployed, _SETUP, request))
        if missing := [one for one in (*made, *again) if one.startswith("database ")]:
            raise FailedError(
                f"{self._database().name}: {', '.join(missing)} was not in it at {written(self._moment)}; choose a "
                "later moment"
            )

    def _tell(self) -> None:
        begun = datetime.strptime(self._decided["stamp"], _STAMP).replace(tzinfo=UTC)
        took, moment = duration((datetime.now(UTC) - begun).total_seconds()), written(self._moment)
        say(f"{self.deployed.stack}: restored to {moment} in {took}; look at a knowledge base, run a workflow")
        if not self._has("database"):
            return
        database = self._database()
        if not self._decided["database"]["gone"]:
            aside, name = database.aside, database.name
            say(f"kept aside: RDS instance {aside}, which costs as much as {name}; remove it when all is well:")
            say(f"  aws rds modify-db-instance --db-instance-identifier {aside} --no-deletion-protection")
            say(f"  aws rds delete-db-instance --db-instance-identifier {aside} --final-db-snapshot-identifier {aside}")
        say(f"Pulumi's state of before: {database.kept_state}")
