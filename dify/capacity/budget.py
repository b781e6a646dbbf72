"""A budget: the sum of what is needed, term by term, against what is admitted."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Term:
    """What one part needs: `text` is how `amount` comes about, `times` how often it is there during a deployment."""

    part: str
    text: str
    amount: float
    times: int = 1

    @property
    def total(self) -> float:
        return self.amount * self.times


@dataclass(frozen=True, kw_only=True)
class Budget:
    """`limit` says in words who admits how much."""

    name: str
    unit: str
    terms: tuple[Term, ...]
    admitted: float
    limit: str

    @property
    def needed(self) -> float:
        return sum(term.total for term in self.terms)

    @property
    def headroom(self) -> float:
        return self.admitted - self.needed

    @property
    def fits(self) -> bool:
        return self.headroom >= 0

    @property
    def excess(self) -> str:
        """The whole sum beside the limit that it exceeds."""
        total = "" if len(self.terms) == 1 else f" = {number(self.needed)}"
        return f"{self._sum()}{total} {self.unit}, but {self.limit}"

    def _sum(self) -> str:
        groups: list[str] = []
        for times in sorted({term.times for term in self.terms}, reverse=True):
            texts = [f"{term.part} {term.text}" for term in self.terms if term.times == times]
            joined = " + ".join(texts)
            if times == 1:
                groups.append(joined)
            else:
                groups.append(f"{f'({joined})' if len(texts) > 1 else joined} x {times} while deploying")
        return " + ".join(groups)


def number(value: float) -> str:
    """Without decimals where there are none."""
    return str(int(value)) if value == int(value) else f"{value:.2f}".rstrip("0")
