"""Writes the tables of docs/secure.md: `python -m policies.coverage.page`."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from policies.coverage.demands import ROOT, Demand, controls, guide

FILE = ROOT / "docs" / "secure.md"
_BLOCK = re.compile(r"(<!-- made by python -m policies\.coverage\.page: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def page(text: str) -> str:
    """`text` with its tables as the code now has them."""
    tables = {"guide": guide_tables(), "controls": controls_table()}
    return _BLOCK.sub(lambda block: f"{block[1]}\n{tables[block[2]]}\n{block[3]}", text)


def guide_tables() -> str:
    """One table under each heading of the guide's security chapter."""
    parts: list[str] = []
    for heading, lines in groupby(guide(), key=lambda line: line[0]):
        rows = [[demand.title, *_answer(demand)] for _, demand in lines]
        parts.append(f"### {heading}\n\n{_table(['Line', 'Where', 'Rule', 'Test'], rows)}")
    return "\n".join(parts)


def controls_table() -> str:
    """Every control of the baseline."""
    rows = [[f"{demand.number}", demand.title, ", ".join(demand.ids), *_answer(demand)] for demand in controls()]
    return _table(["#", "Control", "Ids", "Where", "Rule", "Test"], rows)


def _answer(demand: Demand) -> list[str]:
    if demand.reason and not demand.rules and not demand.tests:
        return ["-", "-", demand.reason]
    rules = _lines(f"[{name}](policies.md)" for name in demand.rules)
    proof = [*map(_test, demand.tests), *([demand.reason] if demand.reason else [])]
    return [_lines(f"`{file}`" for file in demand.where), rules, _lines(proof)]


def _test(name: str) -> str:
    file, _, test = name.partition("::")
    said = test.removeprefix("test_").replace("_", " ") if test.startswith("test_") else "its case"
    return f"[{said}](../{file})"


def _lines(values: Iterable[str]) -> str:
    return "<br>".join(dict.fromkeys(values))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell or '-' for cell in line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(page(FILE.read_text(encoding="utf-8")), encoding="utf-8")
