"""How a command ends, and how that is said."""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Exit codes of every command. What is already as it should be is DONE: a repeated call is no failure."""

    DONE = 0
    FAILED = 1
    """It did not work, or `status` and `check` found something wrong."""
    WRONG_CALL = 2
    """The call itself: an unknown command, stack or option. argparse's own code."""
    REFUSED = 3
    """It could be done, and would lose something; the line says which option insists."""
    INTERRUPTED = 130
    """Ctrl-C (128 + SIGINT, as shells say it). The same call goes on where it was."""


class OperationError(Exception):
    """Why a command ends early, in one line for people. No secret stands in it."""

    code: ClassVar[ExitCode]


class FailedError(OperationError):
    """Something did not work."""

    code = ExitCode.FAILED


class WrongCallError(OperationError):
    """The call makes no sense."""

    code = ExitCode.WRONG_CALL


class RefusedError(OperationError):
    """Doing it would not be safe."""

    code = ExitCode.REFUSED
