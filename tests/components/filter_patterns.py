"""Which event a filter pattern finds, by the grammar for JSON events (Amazon CloudWatch Logs User Guide, "Filter
pattern syntax"): comparisons of text, NOT EXISTS, && before ||, parentheses. A comparison with what is not there is
false."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, cast

_TOKEN = re.compile(r'\s*(\$[\w.]+|!=|=|&&|\|\||[()]|"[^"]*"|NOT EXISTS|[\w.*:/-]+)')


def finds(pattern: str, event: Mapping[str, Any]) -> bool:
    """Raises ValueError where `pattern` is none."""
    if not (pattern.startswith("{") and pattern.endswith("}")):
        raise ValueError(f"no pattern for JSON: {pattern}")
    tokens = _tokens(pattern[1:-1])
    found = _either(tokens, event)
    if tokens:
        raise ValueError(f"more after the end: {tokens}")
    return found


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(f"not understood: {text[place:]}")
        tokens.append(match[1])
        place = match.end()
    return tokens


def _either(tokens: list[str], event: Mapping[str, Any]) -> bool:
    found = _both(tokens, event)
    while tokens and tokens[0] == "||":
        tokens.pop(0)
        found = _both(tokens, event) or found
    return found


def _both(tokens: list[str], event: Mapping[str, Any]) -> bool:
    found = _one(tokens, event)
    while tokens and tokens[0] == "&&":
        tokens.pop(0)
        found = _one(tokens, event) and found
    return found


def _one(tokens: list[str], event: Mapping[str, Any]) -> bool:
    first = tokens.pop(0)
    if first == "(":
        found = _either(tokens, event)
        if tokens.pop(0) != ")":
            raise ValueError("a parenthesis is not closed")
        return found
    value = _value(event, first)
    operator = tokens.pop(0)
    if operator == "NOT EXISTS":
        return value is None
    wanted = tokens.pop(0).strip('"')
    if value is None:
        return False
    return fnmatchcase(value, wanted) is (operator == "=")


def _value(event: Mapping[str, Any], selector: str) -> str | None:
    current: Any = event
    for step in selector.removeprefix("$.").split("."):
        current = cast("dict[str, Any]", current).get(step) if isinstance(current, dict) else None
    return None if current is None else str(current)
