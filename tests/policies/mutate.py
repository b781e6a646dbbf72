"""How much of what may go wrong in production the pack finds, on AWS and on a Docker host:
`python -m tests.policies.mutate [--stack prod|host] [number] [seed]`.

Prints the share of broken stacks in which a rule speaks up, and what was broken in the others. Ends with 1 when fewer
than LEAST of those that make a stack weaker are found.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.policies.judgement import Judgement
from tests.policies.mutation import Mutable, Mutation, chosen, named
from tests.policies.survivors import judgement
from tests.recorder import record_program

STACKS = ("prod", "host")
NUMBER, SEED = 300, 1
LEAST = {"prod": 0.97, "host": 0.95}
"""The share that must be found of what the pack could know: 98 to 99 % of 300 of prod are, 95 to 97 % of a host."""

HARMLESS = {Judgement.REFUSED, Judgement.SAME, Judgement.CLOSED}
ELSEWHERE = HARMLESS | {Judgement.WHICH}


@dataclass
class Result:
    """What became of the mutations that were tried."""

    caught: list[Mutation]
    survived: dict[tuple[str, str, str], int]

    def share(self, without: set[Judgement]) -> float:
        """The part that was found, of all but survivors with one of these judgements."""
        left = sum(count for what, count in self.survived.items() if judgement(*what) not in without)
        return len(self.caught) / (len(self.caught) + left)

    def lines(self) -> Iterator[str]:
        """The report."""
        total = len(self.caught) + sum(self.survived.values())
        yield f"{total} mutations, {len(self.caught)} found ({self.share(set()):.0%})"
        yield f"without those that weaken nothing: {self.share(HARMLESS):.0%}"
        yield f"and without those that only who knows Dify can tell: {self.share(ELSEWHERE):.0%}"
        for why in Judgement:
            rows = sorted((what, count) for what, count in self.survived.items() if judgement(*what) is why)
            if rows:
                yield f"\n{why.value} ({sum(count for _, count in rows)}):"
                yield from (f"  {count:3} {type_} {name} {kind}" for (type_, name, kind), count in rows)


def tried(stack: Mutable, number: int, seed: int) -> Result:
    """Break `stack` in `number` ways, one at a time."""
    types = {resource.urn: resource.type for resource in stack.graph.resources}
    result = Result([], Counter())
    for mutation in chosen(stack.mutations(), types, number, seed):
        if stack.caught(mutation):
            result.caught.append(mutation)
        else:
            result.survived[types[mutation.urn], named(mutation.path), mutation.kind] += 1
    return result


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.policies.mutate")
    parser.add_argument("--stack", choices=STACKS, help="this one alone")
    parser.add_argument("number", type=int, nargs="?", default=NUMBER, help="mutations of each stack (%(default)s)")
    parser.add_argument("seed", type=int, nargs="?", default=SEED, help="which ones (%(default)s)")
    asked = parser.parse_args(words)
    missed: list[str] = []
    for stack in [asked.stack] if asked.stack else STACKS:
        result = tried(Mutable(record_program(stack), stack), asked.number, asked.seed)
        print("\n".join([f"\n{stack}: {next(lines := result.lines())}", *lines]))
        if result.share(ELSEWHERE) < LEAST[stack]:
            missed.append(stack)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
