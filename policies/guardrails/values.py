"""Property values as the rules read them: plain Python, with UNKNOWN where a preview cannot know yet.

The SDK's proxies raise at the first unknown property and so end the whole rule (pulumi_policy 1.21, proxy.py). Here an
unknown is a value; only a decision that needs it is put off.
"""

import json
from collections.abc import Container, Mapping, Sequence
from typing import Any, Final, cast

from pulumi_policy.proxy import UnknownValueError


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
"""Stands where the value is only known after deployment."""


class UndecidedError(Exception):
    """A decision needs a value that a preview does not know; `path` leads to it from the resource."""

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(".".join(path))
        self.path = path


class MalformedError(ValueError):
    """A property does not hold what it must, such as a policy document. A rule that reads it cannot find it good. The
    message says what it holds instead, without quoting it."""


def plain(value: Any) -> Any:
    """A copy of `value` in dicts, lists and scalars, with UNKNOWN in place of what cannot be read yet."""
    if isinstance(value, Mapping):
        mapping = cast("Mapping[Any, Any]", value)
        return {str(key): _entry(mapping, key) for key in mapping}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        sequence = cast("Sequence[Any]", value)
        return [_entry(sequence, index) for index in range(len(sequence))]
    return value


def _entry(container: Any, key: Any) -> Any:
    try:
        return plain(container[key])
    except UnknownValueError:
        return UNKNOWN


def look(value: Any, *path: str) -> Any:
    """The value at `path` under `value`, or None where a step is missing. Raises UndecidedError at an unknown.

    A list of one object is stepped through as if it were the object: providers show single blocks both ways.
    """
    current = value
    for position, step in enumerate(path):
        if current is UNKNOWN:
            raise UndecidedError(path[:position] or path)
        entries = items(current)
        if len(entries) == 1:
            current = entries[0]
        if current is UNKNOWN:
            raise UndecidedError(path[:position] or path)
        current = mapping(current).get(step)
    if current is UNKNOWN:
        raise UndecidedError(path)
    return current


def items(value: Any) -> list[Any]:
    """`value` if it is a list, else an empty list."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def mapping(value: Any) -> dict[str, Any]:
    """`value` if it is a mapping, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def parsed(value: Any) -> Any:
    """What a JSON text says, or `value` itself where the engine has read it. Raises MalformedError if it is none."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        # Without its cause, which quotes the text: policies see secrets in plain text.
        raise MalformedError("text that is no JSON where a document must be") from None


def number(value: Any) -> float:
    """`value` as a number; a missing or malformed one counts as 0, which satisfies no lower limit."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def is_one_of(value: Any, names: Container[str]) -> bool:
    """Whether `value` is one of these texts. A list or an object, which a set cannot look up, is none of them."""
    return isinstance(value, str) and value in names


def is_true(value: Any) -> bool:
    """Explicitly true. Missing is not true."""
    return value is True or value == "true"


def is_not_true(value: Any) -> bool:
    """False or missing, for switches that AWS leaves off."""
    return not is_true(value)
