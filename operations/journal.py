"""What an operation has decided and done, on disk: after a crash the same call goes on where it was.

A step runs again when the crash came between its effect and its record, so every step must bear to be repeated. What
must not change on the way, such as which node was the primary, is a decision: made once and read back.
"""

import fcntl
import json
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from operations.outcome import FailedError, RefusedError
from operations.output import say

STATE_FOLDER = Path("dify-in-production/operations")
"""Below $XDG_STATE_HOME, or ~/.local/state (XDG Base Directory Specification 0.8)."""


def state_folder() -> Path:
    """Where journals are kept unless the call says otherwise."""
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local/state") / STATE_FOLDER


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: the `name` that the journal keeps, what it `does` for people, and the repeatable work itself."""

    name: str
    does: str
    run: Callable[[], object]


@dataclass
class Journal:
    """The record of one operation on one stack. One that is not kept (`file` is None) only shows the steps."""

    operation: str
    arguments: Mapping[str, Any]
    file: Path | None
    decisions: dict[str, Any]
    done: list[str]
    finished: str | None = None

    def decide(self, name: str, make: Callable[[], Any]) -> Any:
        """The decision `name`: what was decided before the crash, else what `make` gives now, as JSON has it."""
        if name not in self.decisions:
            self.decisions[name] = json.loads(json.dumps(make()))
            self._write()
        return self.decisions[name]

    @property
    def call(self) -> str:
        """The operation with its options, as a person would write it."""
        options = {f"--{name.replace('_', '-')}": value for name, value in self.arguments.items() if value}
        return " ".join([self.operation, *(n if v is True else f"{n} {v}" for n, v in options.items())])

    @property
    def resumes(self) -> bool:
        """Whether a former call has begun this."""
        return bool(self.decisions or self.done)

    def run(self, steps: Sequence[Step]) -> None:
        """Run what is not done yet; a journal that is not kept only says what would be run."""
        for number, step in enumerate(steps, 1):
            if step.name in self.done:
                continue
            say(f"{number}/{len(steps)} {step.does}")
            if self.file is not None:
                step.run()
                self.record(step.name)
        if self.file is not None:
            self.finished = _now()
            self._write()

    def record(self, step: str) -> None:
        """`step` is done."""
        self.done.append(step)
        self._write()

    def forget(self, operation: str) -> None:
        """Remove the record of `operation` on the same stack, which may be this one: the next call begins anew."""
        if self.file is not None:
            self.file.with_name(f"{operation}.json").unlink(missing_ok=True)

    def _write(self) -> None:
        """All or nothing: a crash here leaves the former record."""
        if self.file is None:
            return
        content = {
            "operation": self.operation,
            "arguments": self.arguments,
            "decisions": self.decisions,
            "done": self.done,
            "finished": self.finished,
        }
        part = self.file.with_suffix(".part")
        with _keeping(self.file), part.open("w", encoding="utf-8") as written:
            json.dump(content, written, indent=1)
            written.flush()
            os.fsync(written.fileno())
            part.replace(self.file)


def read(file: Path) -> Journal:
    """The journal in `file`. Raises FailedError where it is none."""
    try:
        content = cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8")))
        return Journal(
            content["operation"],
            content["arguments"],
            file,
            content["decisions"],
            content["done"],
            content["finished"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise FailedError(f"journal {file}: it cannot be read; remove it to begin anew") from None


def unfinished(folder: Path, stack: str) -> list[Journal]:
    """What was begun on `stack` and not ended, if anything."""
    return [journal for file in sorted(_place(folder, stack).glob("*.json")) if not (journal := read(file)).finished]


def last(folder: Path, stack: str, operation: str) -> Journal | None:
    """The last record of `operation` on `stack`, finished or not."""
    file = _place(folder, stack) / f"{operation}.json"
    return read(file) if file.exists() else None


@contextmanager
def journal_of(
    operation: str,
    stack: str,
    arguments: Mapping[str, Any],
    *,
    folder: Path,
    dry_run: bool = False,
    abandon: bool = False,
    supersedes: str | None = None,
) -> Generator[Journal]:
    """The journal to run `operation` with: the unfinished one of the same call, else a new one.

    Nobody else runs an operation on this stack from this machine while the block lasts; a dry run neither locks nor
    writes. `abandon` forgets what is unfinished, and an unfinished
    `supersedes` does not stand in the way. Raises RefusedError where another call is unfinished or at work.
    """
    arguments = json.loads(json.dumps(arguments))
    if dry_run:
        begun = _begun(folder, stack, operation, arguments, supersedes)
        yield (
            Journal(operation, arguments, None, dict(begun.decisions), list(begun.done))
            if begun
            else Journal(operation, arguments, None, {}, [])
        )
        return
    place = _place(folder, stack)
    with _keeping(place):
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        (place / "lock").touch()
    with _locked(place / "lock", stack):
        if abandon:
            for journal in unfinished(folder, stack):
                cast("Path", journal.file).unlink()
                say(f"{stack}: forgot the unfinished {journal.operation}")
        begun = _begun(folder, stack, operation, arguments, supersedes)
        if begun:
            say(f"{stack}: going on with the {operation} that was interrupted after {len(begun.done)} steps")
        yield begun or Journal(operation, arguments, place / f"{operation}.json", {}, [])


def _begun(
    folder: Path, stack: str, operation: str, arguments: Mapping[str, Any], supersedes: str | None
) -> Journal | None:
    for journal in unfinished(folder, stack):
        if journal.operation == supersedes:
            continue
        if journal.operation != operation or journal.arguments != arguments:
            raise RefusedError(
                f"{stack}: `{journal.call}` is unfinished; call it again as it was, or give --abandon to forget it"
            )
        return journal
    return None


def at_work(folder: Path, stack: str) -> bool:
    """Whether an operation runs on `stack` from this machine now."""
    try:
        with (_place(folder, stack) / "lock").open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextmanager
def _keeping(place: Path) -> Generator[None]:
    """Raises FailedError where the disk or its rights do not let a record be kept: nothing is done without one."""
    try:
        yield
    except OSError as error:
        raise FailedError(f"journal {place}: {error.strerror}; mend it, or name another --state-folder") from None


@contextmanager
def _locked(file: Path, stack: str) -> Generator[None]:
    """The kernel frees the lock when its holder dies, however it dies."""
    with file.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RefusedError(f"{stack}: another operation is at work; wait for it to end") from None
        yield


def _place(folder: Path, stack: str) -> Path:
    return folder / stack


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
