"""The bill of a stack: every line, the sums, and what of it is not certain."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sandbox.cost.compute import compute
from sandbox.cost.line import Line
from sandbox.cost.price_list import REFERENCE, regions
from sandbox.cost.security import security
from sandbox.cost.stack import Stack
from sandbox.cost.stores import stores
from sandbox.cost.traffic import traffic
from sandbox.cost.usage import Usage
from sandbox.cost.watching import watching
from settings.mistake import Mistake


@dataclass(frozen=True, kw_only=True)
class Bill:
    """`budget` is what `dify:costs` says the stack may cost, None where it says nothing."""

    region: str
    lines: Sequence[Line]
    budget: float | None

    @property
    def parts(self) -> list[tuple[str, list[Line]]]:
        return [(part, list(lines)) for part, lines in groupby(self.lines, key=lambda line: line.part)]

    @property
    def dollars(self) -> tuple[float, float]:
        """At least and at most."""
        return summed(self.lines)

    @property
    def of_reference(self) -> float:
        """The share of the least that is at prices of us-east-1, because the region's own are not known."""
        least, _ = self.dollars
        borrowed, _ = summed([line for line in self.lines if line.of_reference])
        return borrowed / least if least else 0.0

    def verdict(self) -> str:
        """How it compares with the budget."""
        least, most = self.dollars
        if self.budget is None:
            return "No budget is set (`dify:costs` `monthlyBudget`)."
        if least > self.budget:
            return f"It exceeds its budget of {self.budget:,.0f} even at its least: raise it, or plan less."
        if most > self.budget:
            return f"Its budget of {self.budget:,.0f} is enough at its least, and too little where all of it is used."
        return f"Its budget of {self.budget:,.0f} is enough for all that is priced here."


def bill_of(stack: Stack, usage: Usage) -> Bill:
    """Raises Mistake for a region whose prices are not here, and LookupError for what is no stack on AWS."""
    home = stack.home
    if home not in regions():
        raise Mistake(f"no prices of {home}", f"add them to sandbox/cost/prices.yaml, which has {', '.join(regions())}")
    parts = (compute, stores, traffic, security, watching)
    limits = [float(one["limitAmount"]) for one in stack.of("budgets/budget:Budget")]
    return Bill(
        region=home,
        lines=[line for part in parts for line in part(stack, usage)],
        budget=limits[0] if limits else None,
    )


def summed(lines: Sequence[Line]) -> tuple[float, float]:
    """The least and the most of all lines together."""
    return sum(line.dollars[0] for line in lines), sum(line.dollars[1] for line in lines)


def note(bill: Bill) -> str:
    """What to know before trusting the sums."""
    share = bill.of_reference
    if not share:
        return f"Every price is one of {bill.region}."
    borrowed = f"{share:.0%} of the least is at prices of {REFERENCE}, marked *"
    return f"{borrowed}: those of {bill.region} are not known, and usually higher."
