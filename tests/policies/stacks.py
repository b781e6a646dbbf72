"""The stacks that the rules are tried on, each recorded once for all workers of a test run."""

import fcntl
import gc
import pickle
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.components.program_variants import AGENTS, CLOSED, DELIVERED, FILTERED, PIPED, POOLED, SIGNED_IN, values_of
from tests.policies.graph_adapter import Stack, declared
from tests.recorder import record_program

VARIANTS: dict[str, dict[str, Any]] = {
    "closed": {**CLOSED, **FILTERED, **POOLED, **AGENTS},
    "cdn": {**DELIVERED, **SIGNED_IN, **PIPED},
}
"""Production with every option that it leaves out: without internet, and with all that needs it."""

NAMES = ("prod", "staging", "dev", *VARIANTS)


@dataclass(frozen=True)
class Stacks:
    """Gives out fresh copies, free to be changed. Workers of one run share `folder`."""

    folder: Path

    def __call__(self, name: str, *, preview: bool = False) -> Stack:
        """The stack as an update sees it, or as a preview of nothing made yet does."""
        stack: Stack = pickle.loads(_recorded(self.folder, name, preview=preview))  # noqa: S301  our own file
        return stack


@cache
def _recorded(folder: Path, name: str, *, preview: bool) -> bytes:
    file = folder / f"{name}-{'preview' if preview else 'update'}.pickle"
    with file.with_suffix(".lock").open("w") as lock:
        # Recording takes seconds, and the other worker waits for it rather than do it again.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            draft = file.with_suffix(".draft")
            with _without_collector():
                draft.write_bytes(pickle.dumps(_record(name, preview=preview)))
            draft.rename(file)
    return file.read_bytes()


def _record(name: str, *, preview: bool) -> Stack:
    if name not in VARIANTS:
        return declared(record_program(name, preview=preview), name)
    return declared(record_program("prod", preview=preview, values=values_of("prod", VARIANTS[name])), "prod")


@contextmanager
def _without_collector() -> Generator[None]:
    """More than half of a recording's time is the garbage collector, looking through what is all still in use. What is
    left afterwards, above all the provider's classes, it need never look through again."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()
