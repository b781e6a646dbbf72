"""One look at a host: what `status` finds, or that a look was not possible."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from operations.host.docker_host import DockerHost
from operations.host.status import Status
from operations.host.watch.problem import Problem, problems_of, unseen
from operations.journal import at_work, unfinished
from operations.outcome import FailedError


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
    damage: Sequence[str] = ()


def look(address: str, stack: str, folder: Path) -> Look:
    """Look at `stack` on the Docker at `address`, whose journals are in `folder`."""
    operations = operations_of(folder, stack)
    try:
        with DockerHost.reach(address, stack) as host:
            found = Status(host=host, unfinished=operations.interrupted, measures_volumes=False).read()
    except FailedError as error:
        return blind(stack, str(error), datetime.now(UTC))
    found = found.model_copy(update={"problems": (*found.problems, *operations.damage)})
    return Look(at=found.at, problems=problems_of(found), operation=operations.at_work)


def blind(stack: str, why: str, at: datetime) -> Look:
    """A look that failed."""
    return Look(at=at, problems=(unseen(stack, why),), failure=why)


def operations_of(folder: Path, stack: str) -> Operations:
    """What the journals in `folder` say. One that runs is no more finished than one that was interrupted."""
    try:
        begun = [journal.call for journal in unfinished(folder, stack)]
    except FailedError as error:
        return Operations(damage=(str(error),))
    return Operations(at_work=begun[0]) if begun and at_work(folder, stack) else Operations(interrupted=begun)
