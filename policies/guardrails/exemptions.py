"""Accepted findings: one rule, one resource, a reason, an owner, an end. Read once when the pack starts.

A file with a mistake lets nothing through, and the pack does not start.
"""

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import yaml

from .audience import VARIABLE, exemptions_file, is_installed
from .values import items, mapping

FILE = Path(__file__).resolve().parent.parent / "exemptions.yaml"

REQUIRED = {
    "rule": "the name of a rule of docs/policies.md",
    "resource": "the Pulumi name of one resource",
    "reason": "why the finding is accepted",
    "owner": "who answers for it",
    "expires": "the last day on which it holds, such as 2027-03-31",
}
OPTIONAL = {"type": "the Pulumi type of the resource, where several share its name"}

LONGEST = timedelta(days=366)
"""A year: what is accepted for longer is a change of the rule."""

PATTERN = frozenset("*?[]")
IN_USE = " is in use until "
"""Stands in the line about an exemption that does its work, and in no other line."""


def _today() -> date:
    return datetime.now(UTC).date()


class Subject(Protocol):
    """The resource that a finding is about."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """`resource` is the exact Pulumi name, `type` its type or None for any; `expires` is the last day it holds."""

    rule: str
    resource: str
    reason: str
    owner: str
    expires: date
    type: str | None = None

    def matches(self, rule: str, subject: Subject) -> bool:
        """Whether it speaks of this rule and resource, expired or not."""
        return (self.rule, self.resource) == (rule, subject.name) and self.type in (None, subject.type)

    def overlaps(self, other: "Exemption") -> bool:
        """Whether a finding could match both."""
        same = (self.rule, self.resource) == (other.rule, other.resource)
        return same and (self.type == other.type or None in (self.type, other.type))


@dataclass
class Exemptions:
    """The entries of the file and what this run made of them. `slips` are the mistakes in the file, a line each; with
    one there, no entry holds."""

    entries: tuple[Exemption, ...] = ()
    slips: tuple[str, ...] = ()
    today: date = field(default_factory=_today)
    met: set[Exemption] = field(default_factory=set[Exemption])
    waiting: set[Exemption] = field(default_factory=set[Exemption])

    def mistakes(self, rules: Collection[str]) -> list[str]:
        """Everything wrong with the file, given the names of the rules that exist."""
        strangers = [
            f"exemptions.yaml: no rule is named {entry.rule} (resource {entry.resource}): "
            "take a name of docs/policies.md, or delete the entry"
            for entry in self.entries
            if entry.rule not in rules
        ]
        return [*self.slips, *strangers]

    def cover(self, rule: str, subject: Subject) -> bool:
        """Whether a finding is accepted today. Remembers every entry that was met, the expired ones too."""
        matching = [entry for entry in self.entries if entry.matches(rule, subject)]
        self.met.update(matching)
        return not self.slips and any(entry.expires >= self.today for entry in matching)

    def put_off(self, rule: str, subject: Subject) -> None:
        """Remember that this run could not decide about the resource: whether its exemption is needed is open."""
        self.waiting.update(entry for entry in self.entries if entry.matches(rule, subject))

    def report(self) -> Iterable[str]:
        """One line per entry that is in use, has expired or matches nothing; none while its decision is put off."""
        for entry in self.entries:
            subject = f"exemption of {entry.resource} from {entry.rule}"
            if entry.expires < self.today:
                yield f"{subject} expired on {entry.expires}: fix it, or let {entry.owner} renew it with a reason"
            elif entry in self.met:
                yield f"{subject}{IN_USE}{entry.expires}, owner {entry.owner}: {entry.reason}"
            elif entry not in self.waiting:
                yield f"{subject} matches no finding in this stack: delete it unless another stack needs it"


def parse(text: str, today: date | None = None) -> Exemptions:
    """The exemptions in a YAML text: the sound entries, and a slip for each mistake in the others."""
    day = today or _today()
    try:
        document: Any = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        # A day that no calendar has is a ValueError, which knows no line.
        place = getattr(error, "problem_mark", None)
        where = "" if place is None else f", line {place.line + 1}"
        wrong = "broken YAML: mend its syntax" if isinstance(error, yaml.YAMLError) else f"{error}: mend the date"
        return Exemptions(slips=(f"exemptions.yaml{where}: {wrong}",), today=day)
    if set(mapping(document)) != {"exemptions"} or not isinstance(document["exemptions"], list):
        return Exemptions(slips=("exemptions.yaml: expected the one key `exemptions` with a list",), today=day)
    slips: list[str] = []
    entries: list[Exemption] = []
    for number, raw in enumerate(items(document["exemptions"]), start=1):
        given = mapping(raw)
        found = [f"exemptions.yaml, entry {number}: {slip}" for slip in _slips(given, day)]
        slips.extend(found)
        if not found:
            entry = Exemption(**given)
            if any(entry.overlaps(other) for other in entries):
                slips.append(f"exemptions.yaml, entry {number}: {entry.resource} is exempt from {entry.rule} twice")
            entries.append(entry)
    return Exemptions(tuple(entries), tuple(slips), day)


def _slips(entry: dict[str, Any], today: date) -> Iterator[str]:
    for name, meaning in REQUIRED.items():
        if name not in entry:
            yield f"no {name}: add {meaning}"
    for name, value in entry.items():
        meaning = {**REQUIRED, **OPTIONAL}.get(name)
        if meaning is None:
            yield f"{name} is no field: use {', '.join([*REQUIRED, *OPTIONAL])}"
        elif name == "expires":
            yield from _end(value, today)
        elif not isinstance(value, str) or not value.strip():
            yield f"{name} is empty or no text: write {meaning}"
        elif name in {"rule", "resource", "type"} and PATTERN & set(value):
            yield f"{name} {value} is a pattern: write {meaning}, with an entry for each resource"


def _end(value: Any, today: date) -> Iterator[str]:
    # A time of day is a date to Python, too, but not one that can be compared with a day.
    if type(value) is not date:
        yield f"expires is no date: write {REQUIRED['expires']}"
    elif value - today > LONGEST:
        yield f"expires {value} is more than {LONGEST.days} days away: name a day up to {today + LONGEST}"


def of_file(file: Path | None) -> Exemptions:
    """The exemptions in a file; none without one. One that cannot be read is a slip."""
    if file is None:
        return Exemptions()
    try:
        return parse(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no UTF-8"
        return Exemptions(slips=(f"exemptions.yaml: {file}: {reason}: name a file of exemptions in {VARIABLE}",))


ACTIVE = of_file(exemptions_file(os.environ, installed=is_installed()))
"""What this run accepts."""
