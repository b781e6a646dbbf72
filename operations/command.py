"""Commands of the days after, as the command line offers them."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from operations.outcome import ExitCode


def _no_options(_command: argparse.ArgumentParser) -> None:
    """Nothing but the stack."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """What it `does` for people, its own `options`, and what it runs. One that `changes` anything keeps a journal."""

    does: str
    run: Callable[[argparse.Namespace], ExitCode]
    options: Callable[[argparse.ArgumentParser], None] = _no_options
    changes: bool = False


@dataclass(frozen=True, kw_only=True)
class Commands:
    """The commands of a target by name, and the `options` that each of them takes."""

    commands: Mapping[str, Command]
    options: Callable[[argparse.ArgumentParser], None]
