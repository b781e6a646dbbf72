"""Patterns as IAM reads them: `*` is any text. In a shape, SEGMENT is any text without a slash."""

from functools import cache

SEGMENT = "\0"


@cache
def covers(pattern: str, other: str) -> bool:
    """Whether `pattern` matches everything that `other`, a text or a pattern itself, matches."""
    if not pattern or not other:
        return pattern.strip("*") == other
    if pattern[0] == "*":
        return covers(pattern[1:], other) or covers(pattern, other[1:])
    return pattern[0] == other[0] and covers(pattern[1:], other[1:])


@cache
def overlaps(one: str, other: str) -> bool:
    """Whether some text matches both patterns; only the second may have segments."""
    if not one or not other:
        return not (one + other).strip(f"*{SEGMENT}")
    if one[0] == "*":
        return overlaps(one[1:], other) or overlaps(one, other[1:])
    if other[0] in {"*", SEGMENT}:
        return overlaps(one, other[1:]) or ((other[0] == "*" or one[0] != "/") and overlaps(one[1:], other))
    return one[0] == other[0] and overlaps(one[1:], other[1:])
