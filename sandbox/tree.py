"""The resources of an operation as a tree, the way the engine shows them on a terminal."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from sandbox.events import read, step_of

_MARKS = {
    "create": "+",
    "update": "~",
    "delete": "-",
    "replace": "+-",
    "create-replacement": "++",
    "delete-replaced": "--",
}


def lines(log: Path) -> list[str]:
    """One line a resource, children below their parents in the order they were registered."""
    children: dict[str, list[str]] = defaultdict(list)
    steps: dict[str, str] = {}
    for event in read(log):
        step = step_of(event)
        if not step:
            continue
        urn: str = step["urn"]
        resource: dict[str, Any] = step.get("new") or step.get("old") or {}
        if urn not in steps:
            children[resource.get("parent") or ""].append(urn)
        steps[urn] = step["op"]
    orphans = [urn for parent, found in children.items() if parent and parent not in steps for urn in found]
    rows = [row for root in [*children[""], *orphans] for row in _rows(root, "", "", children)]
    kinds = [f"{before}{_kind(urn)}" for before, urn in rows]
    names = [urn.rsplit("::", 1)[-1] for _, urn in rows]
    wide, long = max(map(len, kinds), default=0), max(map(len, names), default=0)
    return [
        f" {_MARKS.get(steps[urn], ''):2} {kind:{wide}}  {name:{long}}  {steps[urn]}"
        for (_, urn), kind, name in zip(rows, kinds, names, strict=True)
    ]


def _rows(urn: str, before: str, below: str, children: dict[str, list[str]]) -> list[tuple[str, str]]:
    found = [(before, urn)]
    inner = children.get(urn, [])
    for child in inner:
        last = child is inner[-1]
        found += _rows(child, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "), children)
    return found


def _kind(urn: str) -> str:
    """The short form of a type: `aws:ec2/vpc:Vpc` is shown as `aws:ec2:Vpc`."""
    token = urn.split("::")[2].rsplit("$", maxsplit=1)[-1]
    parts = token.split(":")
    return ":".join([*parts[:1], parts[1].split("/")[0], *parts[2:]]) if len(parts) == 3 else token
