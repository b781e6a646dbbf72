"""Places in a resource's properties, also inside of documents in JSON: what is there, and what else may be."""

import json
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any, cast

from policies.guardrails.values import items, mapping

Path = tuple[str | int, ...]

DROPPED = object()
"""Stands where nothing is left."""

WIDER = dict.fromkeys(("Principal", "Resource", "Action"), "*")
"""Fields of an allowing statement, and what they are at their widest."""


def named(path: Path) -> str:
    """The path without the places in lists."""
    return ".".join(step for step in path if isinstance(step, str))


def leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Everything in `value`, with the way to it, also through JSON text."""
    inner = _read(value)
    if path and isinstance(inner, dict | list):
        if len(path) > 1:
            yield path, inner
        parts = cast("dict[str, Any] | list[Any]", inner)
        for step, entry in parts.items() if isinstance(parts, dict) else enumerate(parts):
            yield from leaves(entry, (*path, step))
    else:
        yield path, value


def wider(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """The fields of allowing statements in a document that could say more, and what they would say then."""
    document = _read(value)
    for place, statement in enumerate(map(mapping, items(mapping(document).get("Statement")))):
        for field, wide in WIDER.items() if statement.get("Effect") == "Allow" else ():
            if field in statement and statement[field] not in (wide, [wide]):
                yield (*path, "Statement", place, field), wide


def _read(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def put(value: Any, path: Path, new: Any) -> Any:
    """`value` with `new` at `path`; what was JSON text is JSON text again."""
    inner = _read(value)
    step, *rest = cast("list[Any]", [*path])
    made = put(inner[step], tuple(rest), new) if rest else new
    if made is DROPPED:
        del inner[step]
    else:
        inner[step] = made
    return json.dumps(inner) if isinstance(value, str) else inner


def widest(leaf: Any) -> str | None:
    """All addresses, for a range of them."""
    if not isinstance(leaf, str) or "/" not in leaf:
        return None
    try:
        return "0.0.0.0/0" if ip_network(leaf, strict=False).version == 4 else "::/0"
    except ValueError:
        return None
