"""Durations as Docker writes them."""

import re

_NANOSECONDS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


def nanoseconds(text: str) -> int:
    """`1m30s` as nanoseconds, the unit of Docker's interface. Raises ValueError (form: Go, time.ParseDuration)."""
    parts = list(_PART.finditer(text))
    if text == "0":
        return 0
    if not parts or "".join(part[0] for part in parts) != text:
        raise ValueError(f"{text!r} is no duration such as 10s or 1m30s")
    return sum(round(float(part[1]) * _NANOSECONDS[part[2]]) for part in parts)
