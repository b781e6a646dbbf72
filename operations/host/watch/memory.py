"""What the watch has seen and what it has told, on disk between two looks.

Nothing is told twice and nothing is forgotten: what was seen is one record for all, and what was told is one for each
way to somebody, written only after a message has gone. One that could not be sent is told at the next look by itself.
"""

import fcntl
import os
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict

from operations.host.condition import Problem
from operations.outcome import FailedError, RefusedError

_FOLDER, _FILE = "watch", "memory.json"
"""Beside the journals, whose names end alike."""


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Seen(_Kept):
    """A problem, `since` when, whether two looks running have `confirmed` it, and whether the last one missed it."""

    problem: Problem
    since: AwareDatetime
    confirmed: bool
    absent: bool = False


class Told(_Kept):
    """A problem that somebody knows of, as it was told last, `at` that time."""

    problem: Problem
    since: AwareDatetime
    at: AwareDatetime


class Memory(_Kept):
    """`seen` by key, worst first, and what was `told`, by way and key."""

    seen: Mapping[str, Seen] = {}
    told: Mapping[str, Mapping[str, Told]] = {}

    @property
    def standing(self) -> dict[str, Seen]:
        """What is the case, for all that is known."""
        return {key: one for key, one in self.seen.items() if one.confirmed}

    def after(self, problems: Sequence[Problem], now: datetime) -> "Memory":
        """With what a look found. It takes two looks for a problem to come or to go, so that one that comes and goes
        is not told each time; an outage comes at once."""
        found = {
            problem.key: Seen(
                problem=problem,
                since=before.since if before else now,
                confirmed=problem.outage or before is not None,
            )
            for problem in problems
            for before in (self.seen.get(problem.key),)
        }
        missed = {
            key: one.model_copy(update={"absent": True})
            for key, one in self.seen.items()
            if key not in found and one.confirmed and not one.absent
        }
        return self.model_copy(update={"seen": {**found, **missed}})

    def blind(self, problems: Sequence[Problem], now: datetime) -> "Memory":
        """With a look that failed: `problems` say so, and nothing is known of all others."""
        return self.model_copy(update={"seen": {**self.after(problems, now).seen, **_except(self.seen, problems)}})

    def heard(self, way: str, now: datetime, repeat: timedelta) -> "Memory":
        """With the message that was due to `way`."""
        known = self.told.get(way, {})
        new = {
            key: Told(problem=one.problem, since=one.since, at=now)
            if key not in known or is_due(known[key], one, now, repeat)
            else known[key]
            for key, one in self.standing.items()
        }
        return self.model_copy(update={"told": {**self.told, way: new}})

    def only(self, ways: Collection[str]) -> "Memory":
        """Without ways that lead to nobody any more."""
        return self.model_copy(update={"told": {way: known for way, known in self.told.items() if way in ways}})


def is_due(known: Told, seen: Seen, now: datetime, repeat: timedelta) -> bool:
    """Whether a problem that was told is told again. A time that is still to come was written by a clock that was
    wrong."""
    return not seen.absent and not timedelta() <= now - known.at < repeat


class Keeper:
    """The memory of the watch of `stack`, in `folder`, in a file that only its owner reads."""

    def __init__(self, folder: Path, stack: str) -> None:
        self._stack = stack
        self.file = folder / stack / _FOLDER / _FILE

    def read(self) -> Memory:
        """What was kept; nothing before the first look. Raises FailedError where it cannot be read."""
        try:
            return Memory.model_validate_json(self.file.read_bytes())
        except FileNotFoundError:
            return Memory()
        except (OSError, ValueError):
            raise FailedError(f"watch of {self._stack}: {self.file} cannot be read; everything is told anew") from None

    def write(self, memory: Memory) -> None:
        """All or nothing: a crash here leaves what was kept before. Raises FailedError."""
        part = self.file.with_suffix(".part")
        try:
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
                written.write(memory.model_dump_json(indent=1))
                written.flush()
                os.fsync(written.fileno())
            part.replace(self.file)
        except OSError as error:
            raise FailedError(f"{self.file}: got {error.strerror}") from None

    @contextmanager
    def alone(self) -> Generator[None]:
        """Nobody else watches the stack with this memory while the block lasts. Raises RefusedError."""
        try:
            for folder in (self.file.parent.parent, self.file.parent):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            held = (self.file.parent / "lock").open("w")
        except OSError as error:
            raise FailedError(f"watch of {self._stack}: {self.file.parent}: got {error.strerror}") from None
        with held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RefusedError(f"{self._stack}: another watch is at work; this look is left to it") from None
            yield


def _except(seen: Mapping[str, Seen], problems: Sequence[Problem]) -> dict[str, Seen]:
    keys = {problem.key for problem in problems}
    return {key: one for key, one in seen.items() if key not in keys}
