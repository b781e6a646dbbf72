"""One look at a host: what `status` finds, or that a look was not possible."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from operations.host.condition import Problem
from operations.host.docker_host import DockerHost
from operations.host.status import Status
from operations.journal import at_work, unfinished
from operations.outcome import FailedError

UNSEEN = "the host cannot be looked at"
"""The problem of a look that failed, and its key."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is wrong `at` that time, worst first; `failure` where nothing could be seen. An `operation` that is at work
    may be the reason for all of it."""

    at: datetime
    problems: Sequence[Problem]
    failure: str | None = None
    operation: str | None = None

    @property
    def is_calm(self) -> bool:
        """Whether nobody has to be woken, as far as was seen."""
        return self.failure is None and not any(problem.outage for problem in self.problems)


@dataclass(frozen=True, kw_only=True)
class Operations:
    """What this machine does to a stack: the call that is `at_work`, those that were `interrupted`, and what is wrong
    with their journals."""

    at_work: str | None = None
    interrupted: Sequence[str] = ()
    damage: Sequence[Problem] = ()


def look(address: str, stack: str, folder: Path) -> Look:
    """Look at `stack` on the Docker at `address`, whose journals are in `folder`."""
    operations = operations_of(folder, stack)
    try:
        with DockerHost.reach(address, stack) as host:
            found = Status(host=host, unfinished=operations.interrupted, measures_volumes=False).read()
    except FailedError as error:
        return blind(stack, str(error), datetime.now(UTC))
    return Look(at=found.at, problems=(*found.problems, *operations.damage), operation=operations.at_work)


def blind(stack: str, why: str, at: datetime) -> Look:
    """A look that failed."""
    remedy = f"python -m operations status {stack}; `systemctl status docker` on the host"
    return Look(at=at, problems=(Problem(key=UNSEEN, text=f"{UNSEEN}: {why}", remedy=remedy),), failure=why)


def operations_of(folder: Path, stack: str) -> Operations:
    """What the journals in `folder` say. One that runs is no more finished than one that was interrupted."""
    try:
        begun = [journal.call for journal in unfinished(folder, stack)]
    except FailedError as error:
        remedy = "remove the file that is named; the operation then begins anew"
        return Operations(damage=(Problem(key="a journal cannot be read", text=str(error), remedy=remedy),))
    return Operations(at_work=begun[0]) if begun and at_work(folder, stack) else Operations(interrupted=begun)
