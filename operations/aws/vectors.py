"""`restore-vectors`: the vectors in OpenSearch as they were in a snapshot. What is there is kept in another one.

The domain is reached from inside the network only, so its set-up function does the work and is asked how far it is.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from components.search import INDEX_PATTERN
from components.search_snapshots import REPOSITORY
from operations.aws.call import opened
from operations.aws.calls import wait_until
from operations.aws.deployed import Deployed
from operations.aws.function_call import invoke
from operations.aws.services import start_writers, stop_writers, writers
from operations.journal import Journal, Step
from operations.moment import moment_of
from operations.outcome import ExitCode, FailedError, RefusedError, WrongCallError
from operations.output import say

_FUNCTION = "search-setup"
_ASIDE = "aside-%Y-%m-%d-%H-%M-%S"
"""As functions/search_setup/search_snapshots.py reads the names of snapshots."""

_KEEP_SECONDS = 7200
_RESTORE_SECONDS = 14_400
"""A snapshot holds only what no earlier one has; a restore copies everything."""

_KEPT = ("SUCCESS", "PARTIAL")
"""Of a damaged domain only a part can be kept."""

_LOOK = "docs/runbooks/search.md says what to look at, and the same call goes on"


def options(command: argparse.ArgumentParser) -> None:
    """Which snapshot."""
    command.add_argument("--to", metavar="TIME", help='the newest of then, like "2026-01-31 12:00:00+00:00"')
    command.add_argument("--list", action="store_true", help="show what can be restored, and change nothing")
    command.add_argument("--over-existing", action="store_true", help="keep what is there in a snapshot and go on")


def command(chosen: argparse.Namespace) -> ExitCode:
    """`restore-vectors STACK [--to TIME] [--over-existing | --list]`."""
    to = None if chosen.to is None else moment_of("--to", chosen.to).astimezone(UTC)
    if chosen.list:
        deployed = Deployed.reach(chosen.stack, chosen.pulumi)
        _refuse_without(deployed)
        for snapshot in Snapshots.ask(deployed).taken:
            say(f"{snapshot['taken']}  {snapshot['name']}")
        return ExitCode.DONE
    arguments = {"to": chosen.to, "over_existing": chosen.over_existing}
    with opened(chosen, "restore-vectors", arguments) as (deployed, journal):
        VectorRestore(deployed=deployed, journal=journal, to=to, over_existing=chosen.over_existing).run()
    return ExitCode.DONE


@dataclass(frozen=True, kw_only=True)
class Snapshots:
    """What the repository and the domain hold: snapshots, oldest first, and UUIDs of indices by name."""

    taken: Sequence[Mapping[str, str]]
    indices: Mapping[str, str]

    @classmethod
    def ask(cls, deployed: Deployed) -> "Snapshots":
        """As the function sees it now."""
        told = _asked(deployed, "list", indexPattern=INDEX_PATTERN)
        return cls(taken=told["snapshots"], indices=told["indices"])

    def until(self, moment: datetime | None) -> Mapping[str, str]:
        """The newest one that was taken by `moment`. Raises RefusedError where there is none."""
        fitting = [one for one in self.taken if moment is None or datetime.fromisoformat(one["taken"]) <= moment]
        if fitting:
            return fitting[-1]
        if not self.taken:
            raise RefusedError(
                f"repository {REPOSITORY}: it holds no snapshot; the alarm search-snapshot-late says why"
            )
        raise RefusedError(f"--to: got {moment}; the oldest snapshot is of {self.taken[0]['taken']}; give a later one")


@dataclass(frozen=True, kw_only=True)
class VectorRestore:
    """One restore of the domain of `deployed` to the newest snapshot, or the newest of the moment `to`."""

    deployed: Deployed
    journal: Journal
    over_existing: bool
    to: datetime | None = None

    def run(self) -> None:
        """Refuse what would lose something, then take the steps and say what came of them."""
        _refuse_without(self.deployed)
        self.journal.decide("into", self._checked)
        try:
            self.journal.run(self.steps())
        except FailedError as error:
            raise FailedError(f"{error}; what writes is stopped until the same call has come to its end") from None
        if self.journal.file is not None:
            say(f"{self.deployed.stack}: vectors are those of {self._decided['taken']}; ask a knowledge base something")
            say(f"kept aside: {self._decided['aside']}; `restore-vectors --to` its time brings it back")

    def steps(self) -> Sequence[Step]:
        """From a stack that runs to one that runs on other vectors. Nobody writes meanwhile: an index that a worker
        makes anew would stand in the way."""
        names = ", ".join(writers(self.deployed))
        return (
            Step(name="stop", does=f"stopping what writes: {names}", run=self._stop),
            Step(name="keep", does=f"keeping what is there as {self._decided['aside']}", run=self._keep),
            Step(name="restore", does=f"restoring {self._decided['snapshot']}", run=self._restore),
            Step(
                name="start",
                does="starting what writes, and waiting until every service stands",
                run=lambda: start_writers(self.deployed, self.journal),
            ),
        )

    @property
    def _decided(self) -> Mapping[str, str]:
        return self.journal.decisions["into"]

    def _checked(self) -> dict[str, str]:
        """All that can be refused is refused before anything is decided: the next call is free to differ."""
        found = Snapshots.ask(self.deployed)
        snapshot = found.until(self.to)
        say(f"snapshot {snapshot['name']} of {snapshot['taken']}; {len(found.indices)} indices are there")
        say("indices that it holds are replaced, and what was added to them since is lost; others stay")
        if found.indices and not self.over_existing and self.journal.file is not None:
            raise RefusedError(
                f"{self.deployed.stack}: vectors are there; a restore takes their place; "
                "give --over-existing to keep them in a snapshot and go on"
            )
        return {
            "snapshot": snapshot["name"],
            "taken": snapshot["taken"],
            "aside": datetime.now(UTC).strftime(_ASIDE),
        }

    def _stop(self) -> None:
        stop_writers(self.deployed, self.journal)

    def _keep(self) -> None:
        # What is replaced is known only now that nobody makes indices any more.
        self.journal.decide("replaced", lambda: dict(Snapshots.ask(self.deployed).indices))
        days, name = self.deployed.settings.backup.daily_retention_days, self._decided["aside"]

        def look() -> str | None:
            told = _asked(self.deployed, "keep", indexPattern=INDEX_PATTERN, snapshot=name, keepDays=days)
            if told["state"] == "FAILED":
                raise FailedError(f"snapshot {name}: got FAILED; {_LOOK}")
            return None if told["state"] in _KEPT else told["state"]

        wait_until(f"snapshot {name}", look, seconds=_KEEP_SECONDS, otherwise=_LOOK)

    def _restore(self) -> None:
        name, replaced = self._decided["snapshot"], self.journal.decisions["replaced"]

        def look() -> str | None:
            return _asked(self.deployed, "restore", indexPattern=INDEX_PATTERN, snapshot=name, replaced=replaced)[
                "waitsFor"
            ]

        wait_until(f"restore of {name}", look, seconds=_RESTORE_SECONDS, otherwise=_LOOK)


def _refuse_without(deployed: Deployed) -> None:
    if not deployed.settings.vector_store.has_opensearch:
        raise WrongCallError(
            f"restore-vectors: got {deployed.stack}, whose vectors are in the database; `restore` brings them back"
        )
    if "vectors" not in deployed.outputs:
        raise FailedError(f"{deployed.stack}: it keeps no snapshots of vectors yet; `pulumi up` makes their bucket")


def _asked(deployed: Deployed, action: str, **more: object) -> Mapping[str, Any]:
    """What the function answers to `action` about the domain."""
    request = {
        "action": action,
        "host": deployed.outputs["vectors"]["host"],
        "region": deployed.settings.region,
        "repository": REPOSITORY,
        **more,
    }
    return cast("Mapping[str, Any]", invoke(deployed, _FUNCTION, json.dumps(request)))
