"""`python -m settings STACK` checks Pulumi.STACK.yaml in the working directory without Pulumi.

Prints one line per mistake on standard error; exit code 1 where there is one, 2 for a wrong call.
"""

import sys
from pathlib import Path

from settings.mistake import ConfigurationError
from settings.stack_file import parse_file


def main(arguments: list[str]) -> int:
    """Check the stack named by the only argument; returns the exit code."""
    if len(arguments) != 1:
        print("usage: python -m settings STACK", file=sys.stderr)
        return 2
    stack = arguments[0]
    try:
        parse_file(Path(f"Pulumi.{stack}.yaml"), stack)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{stack}: settings ok")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
