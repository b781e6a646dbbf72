"""`python -m settings STACK` checks Pulumi.STACK.yaml in the working directory without Pulumi; `python -m settings
capacity STACK` also prints what the stack may need at its largest, and of which limit.

Prints one line per mistake on standard error; exit code 1 where there is one, 2 for a wrong call.
"""

import sys
from pathlib import Path

from settings.capacity_table import table
from settings.host import capacity as host_capacity
from settings.mistake import ConfigurationError
from settings.stack import Settings
from settings.stack_file import parse_any_file


def main(arguments: list[str]) -> int:
    """Check the stack that the last argument names; returns the exit code."""
    match arguments:
        case ["capacity", stack]:
            wants_table = True
        case [stack]:
            wants_table = False
        case _:
            print("usage: python -m settings [capacity] STACK", file=sys.stderr)
            return 2
    try:
        settings = parse_any_file(Path(f"Pulumi.{stack}.yaml"), stack)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    if not wants_table:
        print(f"{stack}: settings ok")
    else:
        print(table(settings) if isinstance(settings, Settings) else host_capacity.table(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
