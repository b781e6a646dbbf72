"""The stacks that the rules are tried on, each recorded once for all workers of a test run."""

import fcntl
import gc
import json
import pickle
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from settings.stack_file import read_values
from tests.policies.graph_adapter import Stack, declared
from tests.recorder import ROOT, record_program

NAMES = ("prod", "staging", "dev", "closed")
"""The tracked stacks, and production without internet and with every option that it leaves out."""

OPTIONS = {
    "network": {"internet": False},
    "edge": {"allowedCidrs": ["10.0.0.0/8"]},
    "database": {"proxy": True},
    "services": {"agents": {"enabled": True}},
}


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
    if name != "closed":
        return declared(record_program(name, preview=preview), name)
    values = read_values(ROOT / "Pulumi.prod.yaml")
    for section, changes in OPTIONS.items():
        chosen: dict[str, Any] = json.loads(values.get(f"dify:{section}", "{}"))
        values[f"dify:{section}"] = json.dumps(chosen | changes)
    return declared(record_program("prod", preview=preview, values=values), "prod")


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
