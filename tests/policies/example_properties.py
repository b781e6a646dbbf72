"""Leaves out of an example the properties that its rule does not look at, down to entries of lists and documents.

What the provider or a policy document demands stays, so that the example can be written down and run.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, cast, get_args, get_origin

from pulumi import Archive, Asset

from policies.guardrails.tokens import WEB_ACL
from sandbox import schema
from tests.policies.example_case import Pair
from tests.policies.graph_adapter import Declared

Path = tuple[str | int, ...]
Block = tuple[Mapping[str, schema.Field], frozenset[str]]

OF_A_STATEMENT = {"Effect", "Principal", "Action", "Resource"}
"""What AWS refuses a statement of a policy without."""

OF_A_CONTAINER = {"name", "image"}
"""What ECS refuses a container definition without (API reference, "ContainerDefinition")."""

NOT_MADE_UP = {(WEB_ACL, ("rules",))}
"""An output that the recorder cannot invent: a web ACL's rules may hold rules."""

SHORT = 2
"""Letters. A value no longer than this, such as `*` or `80`, may stand in a text by chance."""


def leave_out_properties(pair: Pair, urn: str) -> None:
    """In both stacks, and with them the links that they were."""
    _attempt(pair, urn, lambda one: setattr(one, "provider", None))
    _attempt(pair, urn, lambda one: setattr(one, "protect", False))
    tried: set[Path] = set()
    while path := next((path for path in _paths(pair, urn) if path not in tried), None):
        tried.add(path)
        if not _must_stay(pair, urn, path) and _attempt(pair, urn, lambda one, at=path: _cut(one, at, pair.origin)):
            # The entries after one of a list have moved up.
            tried = {one for one in tried if len(one) < len(path) or not isinstance(path[-1], int)}


def read(value: Any) -> Any:
    """What a text of JSON says, anything else as it is."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def block_of(field: schema.Field | None) -> Block:
    """Fields of a block of the provider, or of a list of them, and those that must be given. A map with keys of one's
    own has none."""
    for kind in () if field is None else schema.alternatives(field):
        if get_origin(kind.hint) in (list, Sequence):
            return block_of(entry_of(field))
        if isinstance(kind.hint, type) and kind.hint.__name__.endswith("Args"):
            return schema.object_fields(kind.hint)
    return {}, frozenset()


def entry_of(field: schema.Field | None) -> schema.Field | None:
    """The type of a list's entries."""
    for kind in () if field is None else schema.alternatives(field):
        if get_origin(kind.hint) in (list, Sequence):
            return schema.Field(get_args(kind.hint)[0], kind.module)
    return None


def _paths(pair: Pair, urn: str) -> Iterator[Path]:
    """Ways to everything in the resource's properties, the outer before the inner."""
    level = [((), part[urn].props) for part in pair.parts if urn in part]
    while level:
        inner: list[tuple[Path, Any]] = []
        for path, value in level:
            inner.extend(((*path, step), entry) for step, entry in _steps(value).items())
        yield from dict.fromkeys(path for path, _ in inner)
        level = inner


def _steps(value: Any) -> dict[str | int, Any]:
    inner = read(value)
    if isinstance(inner, dict):
        return cast("dict[str | int, Any]", inner)
    return dict(enumerate(cast("list[Any]", inner))) if isinstance(inner, list) else {}


def _must_stay(pair: Pair, urn: str, path: Path) -> bool:
    type_ = pair.either[urn].type
    if (type_, path) in NOT_MADE_UP or _is_demanded(type_, path):
        return True
    for part in pair.parts:
        around: Any = part[urn].props if urn in part else {}
        for step in path[:-1]:
            around = _steps(around).get(step)
        entries = _steps(around)
        if isinstance(entries.get(path[-1]), Asset | Archive):
            return True
        if len(entries) == 1 and isinstance(path[-1], int) and _is_demanded(type_, path[:-1]):
            return True
    return False


def _is_demanded(type_: str, path: Path) -> bool:
    """Whether what is around the end of the path cannot be without it."""
    of_container = path[0] == "containerDefinitions" and len(path) == 3
    if path[-1] in OF_A_STATEMENT or (of_container and path[-1] in OF_A_CONTAINER):
        return True
    if type_.startswith("pulumi:"):
        return False
    made = schema.load(type_)
    fields, required = made.inputs, made.required
    for step in path[:-1]:
        if isinstance(step, str):
            fields, required = block_of(fields.get(step))
    return path[-1] in required


def _attempt(pair: Pair, urn: str, change: Callable[[Declared], None]) -> bool:
    """Make the change in both stacks, and take it back if it matters."""
    before = [deepcopy(part.get(urn)) for part in pair.parts]
    for part in pair.parts:
        if urn in part:
            change(part[urn])
    if before != [part.get(urn) for part in pair.parts] and pair.said():
        return True
    for part, one in zip(pair.parts, before, strict=True):
        if one is not None:
            part[urn] = one
    return False


def _cut(one: Declared, path: Path, origin: Mapping[str, Mapping[str, Any]]) -> None:
    name = str(path[0])
    before = json.dumps(one.props.get(name, ""), default=str)
    one.props = _without(one.props, path)
    after = json.dumps(one.props.get(name, ""), default=str)
    left = [urn for urn in one.links.pop(name, []) if _leads_still(urn, before, after, origin.get(urn, {}))]
    if left:
        one.links[name] = left


def _leads_still(urn: str, before: str, after: str, given: Mapping[str, Any]) -> bool:
    """Whether what is left of a property comes from that resource: by the texts that it gives, if it gave any."""
    own = [re.escape(f"{urn.rsplit('::', 1)[-1]}-")]
    own += [re.escape(value) for value in given.values() if isinstance(value, str) and len(value) > SHORT]
    mentioned = re.compile(rf"(?<![\w-])({'|'.join(own)})")
    return bool(mentioned.search(after)) or (bool(json.loads(after)) and not mentioned.search(before))


def _without(value: Any, path: Path) -> Any:
    step, *rest = path
    entries = _steps(value)
    if step not in entries:
        return value
    left = {key: entry for key, entry in entries.items() if rest or key != step}
    if rest:
        left[step] = _without(entries[step], tuple(rest))
    made = left if isinstance(read(value), dict) else [*left.values()]
    return json.dumps(made) if isinstance(value, str) else made
