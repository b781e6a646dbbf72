"""`python -m sandbox.cost STACK [ASSUMPTION=NUMBER ...]`: what the resources of a stack that was rehearsed
(build/STACK.state.json) cost in a month, line by line, and how that compares with its budget.

Models, support, taxes and savings for commitments are not in it. Exit code 1 where the stack was not rehearsed or its
region has no prices, 2 for a wrong call.
"""

import json
import sys

from sandbox.cost.bill import bill_of
from sandbox.cost.stack import Stack
from sandbox.cost.text import text
from sandbox.cost.usage import Usage
from sandbox.run import BUILD
from settings.mistake import Mistake


def main(arguments: list[str]) -> int:
    """Print the bill of the stack that the first argument names; returns the exit code."""
    match arguments:
        case [stack, *words] if "=" not in stack:
            pass
        case _:
            return _wrong("usage: python -m sandbox.cost STACK [ASSUMPTION=NUMBER ...]", 2)
    try:
        usage = Usage().with_words(words)
    except Mistake as mistake:
        return _wrong(str(mistake), 2)
    state = BUILD / f"{stack}.state.json"
    if not state.exists():
        return _wrong(f"{stack}: no rehearsed state; run make rehearse STACK={stack} first", 1)
    resources = json.loads(state.read_text(encoding="utf-8"))["deployment"]["resources"]
    try:
        print(text(stack, bill_of(Stack(resources=resources), usage), usage))
    except (Mistake, LookupError) as wrong:
        return _wrong(f"{stack}: {wrong}", 1)
    return 0


def _wrong(words: str, code: int) -> int:
    print(words, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
