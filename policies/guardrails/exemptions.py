"""Accepted findings: one rule, one resource, a reason, an end. Read once when the pack starts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from .values import items, mapping

FILE = Path(__file__).resolve().parent.parent / "exemptions.yaml"
SHAPE = {"rule", "resource", "reason", "expires"}


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """`resource` is a Pulumi name or a shell pattern of names; `expires` is the last day on which it holds."""

    rule: str
    resource: str
    reason: str
    expires: date

    def matches(self, rule: str, resource: str) -> bool:
        """Whether it speaks of this finding, expired or not."""
        return self.rule == rule and fnmatchcase(resource, self.resource)


@dataclass
class Exemptions:
    """The entries of the file and which of them were met in this run."""

    entries: tuple[Exemption, ...] = ()
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    met: set[Exemption] = field(default_factory=set[Exemption])

    def cover(self, rule: str, resource: str) -> bool:
        """Whether a finding is accepted today. Remembers every entry that was met, the expired ones too."""
        matching = [entry for entry in self.entries if entry.matches(rule, resource)]
        self.met.update(matching)
        return any(entry.expires >= self.today for entry in matching)

    def report(self) -> Iterable[str]:
        """One line per entry: in use, expired, or matching nothing."""
        for entry in self.entries:
            subject = f"exemption of {entry.resource} from {entry.rule}"
            if entry.expires < self.today:
                yield f"{subject} expired on {entry.expires}: renew it with a reason or delete it"
            elif entry in self.met:
                yield f"{subject} is in use until {entry.expires}: {entry.reason}"
            else:
                yield f"{subject} matches no finding: delete it"


def parse(text: str) -> Exemptions:
    """The exemptions in a YAML text. Raises ValueError on any other shape: a slip lets nothing through."""
    document: Any = yaml.safe_load(text)
    entries = mapping(document).get("exemptions")
    if not isinstance(entries, list) or len(mapping(document)) != 1:
        raise ValueError("exemptions.yaml: expected the one key `exemptions` with a list")
    return Exemptions(tuple(_entry(mapping(entry)) for entry in items(entries)))


def _entry(entry: dict[str, Any]) -> Exemption:
    if set(entry) != SHAPE:
        raise ValueError(f"exemptions.yaml: each entry has exactly {sorted(SHAPE)}, got {sorted(entry)}")
    expires = entry["expires"]
    if not isinstance(expires, date):
        raise ValueError(f"exemptions.yaml: expires of {entry['rule']} is not a date such as 2027-03-31")  # noqa: TRY004
    if not str(entry["reason"] or "").strip():
        raise ValueError(f"exemptions.yaml: {entry['rule']} has no reason")
    return Exemption(rule=entry["rule"], resource=entry["resource"], reason=entry["reason"], expires=expires)


ACTIVE = parse(FILE.read_text(encoding="utf-8"))
"""What this run accepts."""
