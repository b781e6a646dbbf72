"""`failover`: the rehearsal of a lost zone. The standbys of database and cache take over while everything runs."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from operations.aws.call import opened
from operations.aws.deployed import Deployed
from operations.aws.failover.cache import CacheFailover
from operations.aws.failover.database import DatabaseFailover
from operations.aws.services import wait_until_stable
from operations.aws.stability import refuse_unfit
from operations.journal import Journal, Step
from operations.outcome import ExitCode, RefusedError
from operations.output import duration, say
from settings.stack import Environment

Part = Literal["database", "cache"]


def options(command: argparse.ArgumentParser) -> None:
    """What `failover` takes beside the stack."""
    command.add_argument("--only", choices=("database", "cache"), help="one of both (default: both)")
    command.add_argument("--interrupt-users", action="store_true", help="also in production, where somebody notices")


def command(chosen: argparse.Namespace) -> ExitCode:
    """`failover STACK [--only database|cache] [--interrupt-users]`."""
    arguments = {"only": chosen.only, "interrupt_users": chosen.interrupt_users}
    with opened(chosen, "failover", arguments) as (deployed, journal):
        Failover(deployed=deployed, journal=journal, only=chosen.only, interrupt_users=chosen.interrupt_users).run()
    return ExitCode.DONE


@dataclass(frozen=True, kw_only=True)
class Failover:
    """One rehearsal on `deployed`, or `only` of one store."""

    deployed: Deployed
    journal: Journal
    interrupt_users: bool
    only: Part | None = None

    def run(self) -> None:
        """Refuse where a standby is missing or users would notice, then take the steps and say what came of them."""
        self.journal.decide("before", self._checked)
        self.journal.run(self.steps())
        if self.journal.file is not None:
            for part in self._parts():
                self._tell(part)

    def steps(self) -> Sequence[Step]:
        """One store after the other: two failures at once are another rehearsal."""
        does: dict[Part, tuple[str, Callable[[], float]]] = {
            "database": ("rebooting the database with failover", self._database.run),
            "cache": ("letting a replica of the cache take over", self._cache.run),
        }
        stable = Step(
            name="services",
            does="waiting for every service to stand",
            run=lambda: wait_until_stable(self.deployed),
        )
        return (
            *(
                Step(name=part, does=does[part][0], run=lambda part=part: self._measure(part, does[part][1]))
                for part in self._parts()
            ),
            stable,
        )

    @property
    def _database(self) -> DatabaseFailover:
        return DatabaseFailover(deployed=self.deployed, journal=self.journal)

    @property
    def _cache(self) -> CacheFailover:
        return CacheFailover(deployed=self.deployed, journal=self.journal)

    def _parts(self) -> Sequence[Part]:
        return [part for part in ("database", "cache") if self.only in (None, part)]

    def _checked(self) -> dict[str, dict[str, str]]:
        deployed = self.deployed
        if deployed.settings.environment is Environment.PROD and not self.interrupt_users:
            raise RefusedError(
                f"{deployed.stack}: users notice a failover, requests fail for a minute or two and jobs are tried "
                "again; rehearse it in staging, or give --interrupt-users"
            )
        found = {part: (self._database if part == "database" else self._cache).check() for part in self._parts()}
        refuse_unfit(deployed)
        return found

    def _measure(self, part: Part, run: Callable[[], float]) -> None:
        seconds = run()
        self.journal.decide(f"{part} seconds", lambda: seconds)

    def _tell(self, part: Part) -> None:
        before, seconds = self.journal.decisions["before"][part], self.journal.decisions[f"{part} seconds"]
        after = (self._database if part == "database" else self._cache).zone()
        say(f"{part}: from {before['zone']} to {after}, available again after {duration(seconds)}")
