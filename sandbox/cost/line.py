"""One line of a bill: so many units of something, at least and at most."""

from dataclasses import dataclass

from sandbox.cost.price_list import REFERENCE, prices

HOURS = 730
"""Of a month, as AWS counts them (AWS Pricing Calculator)."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """`least` and `most` are amounts in a month, of the `price` of that name in `region`. An `assumed` amount follows
    from how much the stack is used, which no setting tells. Without a price it is not priced, and `why` says how AWS
    bills it."""

    part: str
    what: str
    price: str
    region: str
    least: float
    most: float
    assumed: bool = False
    why: str = ""

    @property
    def priced(self) -> bool:
        return self.price in prices()

    @property
    def of_reference(self) -> bool:
        """Whether the region's own price is not known, and that of us-east-1 stands for it."""
        return self.priced and self.region not in prices()[self.price].dollars

    @property
    def each(self) -> float:
        """US dollars for one unit, 0 where there is no price."""
        if not self.priced:
            return 0.0
        dollars = prices()[self.price].dollars
        return dollars.get(self.region, dollars[REFERENCE])

    @property
    def dollars(self) -> tuple[float, float]:
        """At least and at most."""
        return self.least * self.each, self.most * self.each


def steady(part: str, what: str, price: str, region: str, amount: float, *, assumed: bool = False) -> Line:
    """What is as much all the time."""
    return Line(part=part, what=what, price=price, region=region, least=amount, most=amount, assumed=assumed)


def unpriced(part: str, what: str, region: str, why: str) -> Line:
    """What AWS bills by a measure that is unknown before."""
    return Line(part=part, what=what, price="", region=region, least=0, most=0, why=why)
