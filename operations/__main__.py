"""`python -m operations COMMAND STACK`: the days after, by commands that differ with the stack's `dify:target`.

Exit codes: 0 done or nothing to do, 1 failed or something is wrong, 2 wrong call, 3 refused as unsafe, 130 interrupted.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from operations.command import Commands
from operations.journal import state_folder
from operations.outcome import ExitCode, OperationError, WrongCallError
from operations.stack_file import TARGET, target_of
from settings.mistake import ConfigurationError

TARGETS = {"aws": "AWS", "docker": "one Docker host"}
"""`dify:target`, and what people call it."""


def parser(target: str) -> argparse.ArgumentParser:
    """Every command of a target and its options."""
    offered = commands_of(target)
    program = argparse.ArgumentParser(prog="python -m operations", description=f"the days after, on {TARGETS[target]}")
    every = program.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in offered.commands.items():
        one = every.add_parser(name, help=command.does, description=command.does)
        one.add_argument("stack", help="the stack, whose file is Pulumi.STACK.yaml in this folder")
        command.options(one)
        offered.options(one)
        one.add_argument(
            "--state-folder",
            type=Path,
            default=state_folder(),
            metavar="FOLDER",
            help="journals (default: %(default)s)",
        )
        if command.changes:
            one.add_argument("--dry-run", action="store_true", help="print the steps, change nothing")
            one.add_argument("--abandon", action="store_true", help="forget an operation that was not ended")
    return program


def commands_of(target: str) -> Commands:
    """The commands of a target; only its own libraries are loaded. Raises WrongCallError where it has none."""
    match target:
        case "aws":
            from operations.aws.commands import COMMANDS  # noqa: PLC0415
        case "docker":
            from operations.host.commands import COMMANDS  # noqa: PLC0415
        case _:
            raise WrongCallError(f"config {TARGET}: got {target}; known are {', '.join(TARGETS)}")
    return COMMANDS


def usage() -> str:
    """The commands of all targets, for a call that names no stack."""
    lines = ["usage: python -m operations COMMAND STACK [--help]"]
    for target, place in TARGETS.items():
        lines += [
            "",
            f"on {place}:",
            *(f"  {name:<10}{one.does}" for name, one in commands_of(target).commands.items()),
        ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what goes wrong is one line on standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if len(given) < 2 or given[1].startswith("-"):
        asked = not given or given[-1] in ("-h", "--help")
        print(usage(), file=sys.stdout if asked else sys.stderr)
        return ExitCode.DONE if asked else ExitCode.WRONG_CALL
    command, stack, *_ = given
    try:
        target = target_of(stack)
        chosen = parser(target).parse_args(given)
        return commands_of(target).commands[chosen.command].run(chosen)
    except (OperationError, ConfigurationError) as error:
        print(error, file=sys.stderr)
        return error.code if isinstance(error, OperationError) else ExitCode.FAILED
    except KeyboardInterrupt:
        print(f"{command} {stack}: interrupted; the same call goes on where it was", file=sys.stderr)
        return ExitCode.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
