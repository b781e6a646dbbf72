"""Demands and their answers: code, rule and test of each, found by name.

Nothing here imports the program or its tests: files are read as text, so the pack can be served without either.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from policies import guardrails
from policies.guardrails.rule import Rule

RULES: list[Rule] = guardrails.RULES
ROOT = Path(__file__).resolve().parent.parent.parent
CONTROLS = Path(__file__).parent / "controls.yaml"
GUIDE = Path(__file__).parent / "guide.yaml"


@dataclass(frozen=True, kw_only=True)
class Demand:
    """One line of a catalogue. `where` are files of the program, `rules` names of the pack's, `tests` are
    `file::name`; `number` is a control's. `reason` says why there is nothing to guard."""

    title: str
    number: int = 0
    ids: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    reason: str = ""


def controls() -> list[Demand]:
    """The baseline, in order. Rules are found by their ids, code by the type of resource."""
    return [_control(entry) for entry in _read(CONTROLS)["controls"]]


def guide() -> list[tuple[str, Demand]]:
    """The lines of the production guide's security chapter, each with its heading."""
    return [
        (
            heading,
            Demand(
                title=entry["line"],
                where=tuple(entry["where"]),
                rules=tuple(entry.get("rules", ())),
                tests=tuple(entry["tests"]),
            ),
        )
        for heading, entries in _read(GUIDE).items()
        for entry in entries
    ]


def unanswered(demand: Demand) -> list[str]:
    """What is wrong with an answer: it names what is not there, or nothing that guards or proves it."""
    rules = {rule.name for rule in RULES}
    mistakes = [f"there is no rule {name}" for name in demand.rules if name not in rules]
    mistakes += [f"there is no file {name}" for name in demand.where if not (ROOT / name).is_file()]
    mistakes += [f"there is no test {name}" for name in demand.tests if not _is_test(name)]
    if not demand.reason and not demand.tests:
        mistakes.append("no test proves it, and no reason is given")
    return [f"{demand.title}: {mistake}" for mistake in mistakes]


def _control(entry: Mapping[str, Any]) -> Demand:
    ids = tuple(one for name in ("fsbp", "checkov") for one in _several(entry.get(name, "")))
    rules = tuple(
        dict.fromkeys(
            [*(name for one in ids for name in _rules_by_id().get(one.casefold(), ())), *entry.get("rules", ())]
        )
    )
    cases = tuple(dict.fromkeys(f"{_cases()[name]}::{name}" for name in rules if name in _cases()))
    return Demand(
        title=f"{entry['control']} (`{entry['type']}`)",
        number=entry["id"],
        ids=(*ids, *(f"CIS {one}" for one in _several(entry.get("cis", "")))),
        where=_makers(entry["type"]),
        rules=rules,
        tests=(*cases, *entry.get("tests", ())),
        reason=entry.get("reason", ""),
    )


def _several(text: str) -> tuple[str, ...]:
    return tuple(one for one in re.split(r",\s*", text) if one)


def _read(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


@cache
def _rules_by_id() -> dict[str, list[str]]:
    # AWS itself writes OpenSearch.1 and Opensearch.1.
    found: dict[str, list[str]] = {}
    for rule in RULES:
        for one in (*_several(rule.references.fsbp), *_several(rule.references.checkov)):
            found.setdefault(one.casefold(), []).append(rule.name)
    return found


@cache
def _cases() -> dict[str, str]:
    """Rule -> the file of its case."""
    found: dict[str, str] = {}
    for file in sorted((ROOT / "tests" / "policies").glob("*.py")):
        for name in re.findall(r'rule="([a-z0-9-]+)"', file.read_text(encoding="utf-8")):
            found.setdefault(name, file.relative_to(ROOT).as_posix())
    return found


@cache
def _components() -> dict[str, str]:
    return {
        file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted((ROOT / "components").glob("*.py"))
    }


@cache
def _makers(type_: str) -> tuple[str, ...]:
    """The components that make resources of `type_`, such as `rds/instance`."""
    module, name = type_.split("/")
    made = re.compile(rf"\b{module}_?\.{name[0].upper()}{name[1:]}\(")
    return tuple(file for file, text in _components().items() if made.search(text))


def _is_test(name: str) -> bool:
    """Whether the file has a test function, or the case of a rule, of that name."""
    file, _, test = name.partition("::")
    said = re.compile(rf'(?:\bdef {re.escape(test)}\(|\brule="{re.escape(test)}")')
    return (ROOT / file).is_file() and said.search((ROOT / file).read_text(encoding="utf-8")) is not None


def everything_wrong() -> Iterator[str]:
    """One line for each demand whose answer does not hold."""
    for demand in (*controls(), *(demand for _, demand in guide())):
        yield from unanswered(demand)
