"""Recorded programs, each made once for all workers of a test run."""

import fcntl
import gc
import hashlib
import json
import os
import pickle
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.recorder import Graph, record_program

FOLDER = "RECORDINGS_OF_THIS_RUN"
"""Names the variable with the folder that the workers of a run share (tests/conftest.py)."""


def recorded(stack: str, *, preview: bool = False, values: Mapping[str, str] | None = None) -> Graph:
    """Everything that the program registers for `stack`, with its tracked stack file or `values` instead."""
    return _recorded(stack, preview, None if values is None else json.dumps(values, sort_keys=True))


@cache
def _recorded(stack: str, preview: bool, text: str | None) -> Graph:
    values = None if text is None else json.loads(text)
    name = hashlib.sha256(repr((stack, preview, text)).encode()).hexdigest()[:16]
    graph: Graph = pickle.loads(once(name, lambda: record_program(stack, preview=preview, values=values)))  # noqa: S301  our own file
    return graph


def once(name: str, make: Callable[[], object]) -> bytes:
    """What `make` returns, pickled. The first that asks for `name` makes it, others wait rather than do it again."""
    file = Path(os.environ[FOLDER]) / f"{name}.pickle"
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            draft = file.with_suffix(".draft")
            with _without_collector():
                draft.write_bytes(pickle.dumps(make()))
            draft.rename(file)
    return file.read_bytes()


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
