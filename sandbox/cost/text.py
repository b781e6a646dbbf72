"""A bill for a terminal."""

from collections.abc import Iterator

from sandbox.cost.bill import Bill, note, summed
from sandbox.cost.line import Line
from sandbox.cost.price_list import prices
from sandbox.cost.usage import Usage


def text(stack: str, bill: Bill, usage: Usage) -> str:
    """Lines by part with their sums, the whole last."""
    return "\n".join(_lines(stack, bill, usage))


def amounts(line: Line) -> str:
    """So many units, at least and at most."""
    unit = prices()[line.price].unit
    if line.least == line.most:
        return f"{number(line.least)} {unit}"
    return f"{number(line.least)} to {number(line.most)} {unit}"


def unpriced_why(line: Line) -> str:
    """How AWS bills what has no price here."""
    return line.why or f"no price of {line.price} is in sandbox/cost/prices.yaml"


def plain(price: float) -> str:
    """A price with all its digits."""
    return f"{price:.10f}".rstrip("0").rstrip(".")


def number(value: float) -> str:
    """With as many digits as matter."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _lines(stack: str, bill: Bill, usage: Usage) -> Iterator[str]:
    yield f"{stack} in {bill.region}: US dollars a month, at least and at most; ~ is an assumption"
    for part, lines in bill.parts:
        least, most = summed(lines)
        yield f"\n{part:<92}{least:>10,.2f}{most:>12,.2f}"
        yield from map(_line, lines)
    least, most = bill.dollars
    yield f"\n{'all that is priced':<92}{least:>10,.2f}{most:>12,.2f}"
    yield f"\n{bill.verdict()}\n{note(bill)}"
    yield "\nAssumed, change with NAME=NUMBER: " + ", ".join(
        f"{name}={value:g}" for name, (value, _) in usage.stated().items()
    )


def _line(line: Line) -> str:
    if not line.priced:
        return f"  {line.what:<41}not priced: {unpriced_why(line)}"
    least, most = line.dollars
    marks = ("~" if line.assumed else "") + ("*" if line.of_reference else "")
    amount = f"{amounts(line)} x {plain(line.each)}{marks}"
    return f"  {line.what:<41}{amount:<49}{least:>10,.2f}{most:>12,.2f}"
