"""What production, staging and development cost: `python -m tests.generated.cost` writes docs/generated/cost.md from
the recorded graphs, as `make cost` prints it for a rehearsed stack.
"""

from collections.abc import Iterator, Mapping, Sequence

from sandbox.cost.bill import Bill, bill_of, note, summed
from sandbox.cost.line import Line
from sandbox.cost.price_list import prices
from sandbox.cost.stack import Stack
from sandbox.cost.text import amounts, plain, unpriced_why
from sandbox.cost.usage import Usage
from tests.generated.coverage import table
from tests.recorder import ROOT, Graph, record_program

FILE = ROOT / "docs" / "generated" / "cost.md"
STACKS = ("prod", "staging", "dev")

_HEAD = """# What a stack costs

Made by `python -m tests.generated.cost` from what the program registers for each stack file; change the program, not
this page. `make cost STACK=prod` prints the same for a rehearsed stack, with other assumptions where they are given:
`make cost STACK=prod USAGE="nat_gb=2000 logs_gb=400"`.

US dollars a month, on demand, at list prices. *At least* is with the fewest tasks and the smallest disks, *at most*
with all that scaling and growth allow. Not in it: models, support, taxes, savings by commitment, and what a line calls
not priced. Nothing here has been compared with a bill.

"""

_PRICES = """## Prices

Prices of AWS change, and most of these are second-hand: AWS Pricing Calculator has the true ones. Where a region has no
price of its own, that of us-east-1 stands for it, marked \\*.

"""


def page(graphs: Mapping[str, Graph], usage: Usage | None = None) -> str:
    """The whole page."""
    used = usage or Usage()
    bills = {stack: bill_of(stack_of(graph), used) for stack, graph in graphs.items()}
    parts = [_HEAD, table(["Stack", "Region", "At least", "At most", "Budget"], _sums(bills)), "\n"]
    for stack, bill in bills.items():
        head = ["Part", "What", "Amount", "Price", "At least", "At most"]
        parts += [
            f"## {stack}\n\n{bill.verdict()} {note(bill).replace('*', chr(92) + '*')}\n\n",
            table(head, _rows(bill)),
            "\n",
        ]
    parts += ["## Assumptions\n\n", table(["Name", "Value", "What it stands for"], _assumptions(used)), "\n"]
    return "".join([*parts, _PRICES, table(["Name", "Unit", "Dollars", "Source", "Seen"], _prices(bills))])


def stack_of(graph: Graph) -> Stack:
    """A recorded graph as a bill reads it."""
    return Stack(
        resources=[
            {"type": one.type, "urn": one.urn, "inputs": one.inputs, "provider": one.provider}
            for one in sorted(graph.resources, key=lambda one: one.urn)
        ]
    )


def _sums(bills: Mapping[str, Bill]) -> Iterator[Sequence[str]]:
    for stack, bill in bills.items():
        budget = "-" if bill.budget is None else f"{bill.budget:,.0f}"
        yield [stack, bill.region, *_dollars(bill.dollars), budget]


def _rows(bill: Bill) -> Iterator[Sequence[str]]:
    for part, lines in bill.parts:
        yield [f"**{part}**", "", "", "", *(f"**{one}**" for one in _dollars(summed(lines)))]
        yield from (["", *_row(line)] for line in lines)


def _row(line: Line) -> Sequence[str]:
    if not line.priced:
        return [line.what, "", "", "not priced", unpriced_why(line)]
    mark = "\\*" if line.of_reference else ""
    assumed = " (assumed)" if line.assumed else ""
    return [line.what, f"{amounts(line)}{assumed}", f"{plain(line.each)}{mark}", *_dollars(line.dollars)]


def _dollars(both: tuple[float, float]) -> Sequence[str]:
    return [f"{one:,.2f}" for one in both]


def _assumptions(usage: Usage) -> Iterator[Sequence[str]]:
    for name, (value, words) in usage.stated().items():
        yield [f"`{name}`", f"{value:g}", words]


def _prices(bills: Mapping[str, Bill]) -> Iterator[Sequence[str]]:
    used = {line.price for bill in bills.values() for line in bill.lines if line.priced}
    for name, price in prices().items():
        if name in used:
            dollars = ", ".join(f"{region} {plain(one)}" for region, one in sorted(price.dollars.items()))
            yield [name, price.unit, dollars, price.source, price.seen]


if __name__ == "__main__":
    FILE.write_text(page({stack: record_program(stack) for stack in STACKS}), encoding="utf-8")
