"""Python source of values, broken into lines as a formatter would."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

WIDTH = 100


@dataclass(frozen=True)
class Call:
    """A call and what it is given, by name; an argument without a name has only its place."""

    function: str
    arguments: Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Code:
    """Source as it is."""

    text: str


def shown(node: Any, indent: int = 0, before: int = 0) -> str:
    """Source of a value, on one line if it fits beside the `before` characters that stand there already."""
    line = _on_one_line(node)
    if indent + before + len(line) <= WIDTH or not isinstance(node, Call | dict | list):
        return line
    if isinstance(node, Call) and len(node.arguments) == 1 and isinstance(node.arguments[0][1], dict | list):
        return f"{node.function}({shown(node.arguments[0][1], indent)})"
    rows = "".join(
        f"{' ' * (indent + 4)}{label}{shown(entry, indent + 4, len(label) + 1)},\n" for label, entry in _entries(node)
    )
    opening, closing = _brackets(node)
    return f"{opening}\n{rows}{' ' * indent}{closing}"


def has_code(node: Any) -> bool:
    """Whether a value is known to the running program only."""
    return isinstance(node, Code) or any(has_code(entry) for _, entry in _entries(node))


def _on_one_line(node: Any) -> str:
    if isinstance(node, Code):
        return node.text
    if isinstance(node, Call | dict | list):
        opening, closing = _brackets(node)
        return opening + ", ".join(f"{label}{_on_one_line(entry)}" for label, entry in _entries(node)) + closing
    return _quoted(node) if isinstance(node, str) else repr(node)


def _entries(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, Call):
        yield from ((f"{name}=" if name else "", value) for name, value in node.arguments)
    elif isinstance(node, dict):
        yield from ((f"{_quoted(key)}: ", value) for key, value in cast("dict[str, Any]", node).items())
    elif isinstance(node, list):
        yield from (("", value) for value in cast("list[Any]", node))


def _brackets(node: Any) -> tuple[str, str]:
    if isinstance(node, Call):
        return f"{node.function}(", ")"
    return ("{", "}") if isinstance(node, dict) else ("[", "]")


def _quoted(text: str) -> str:
    plain = repr(text)
    return f'"{plain[1:-1]}"' if plain[0] == "'" and '"' not in text else plain
