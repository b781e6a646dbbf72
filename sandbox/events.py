"""What an operation of the engine came to, read from its event log."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_GONE = ("delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace")
"""Operations after which a resource is not there."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """`changes` counts resources by operation (`create`, `update`, `same`, ...). `advisories` are findings that do not
    stop anything, also those of mandatory policies that met an unknown value."""

    changes: Mapping[str, int]
    violations: int
    advisories: int

    @property
    def resources(self) -> int:
        """Resources of the stack after the operation."""
        return sum(count for operation, count in self.changes.items() if operation not in _GONE)

    def line(self, stack: str, policies: int, seconds: float) -> str:
        """One line for people. `policies` is the size of the pack: the log leaves out those that were put off."""
        found = f"{self.violations} violations" + (f", {self.advisories} advisories" if self.advisories else "")
        return f"{stack}: {self.resources} resources, {policies} policies, {found}, {seconds:.1f} s"


def summarise(log: Path) -> Summary:
    """The summary of the operation that wrote `log`; empty where it wrote none."""
    changes: dict[str, int] = {}
    levels: list[str] = []
    for event in read(log):
        if "policyEvent" in event:
            levels.append(event["policyEvent"].get("enforcementLevel", ""))
        if "summaryEvent" in event:
            changes = event["summaryEvent"].get("resourceChanges") or {}
    mandatory = levels.count("mandatory")
    return Summary(changes=changes, violations=mandatory, advisories=len(levels) - mandatory)


def read(log: Path) -> Iterator[dict[str, Any]]:
    """The events of `log` in order."""
    if log.exists():
        with log.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines)


def operations(log: Path) -> dict[str, str]:
    """What was done to each resource, by URN; of several steps of one resource the last."""
    found: dict[str, str] = {}
    for event in read(log):
        if step := step_of(event):
            found[step["urn"]] = step["op"]
    return found


def step_of(event: dict[str, Any]) -> dict[str, Any]:
    """What an event says of the step it announces; empty where it announces none."""
    announced: dict[str, Any] = event.get("resourcePreEvent") or {}
    return announced.get("metadata") or {}
