"""What people read: progress lines, tables, sizes and times."""

from collections.abc import Sequence
from datetime import datetime, timedelta

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def say(text: str) -> None:
    """One line on standard output, at once: a pipe or a log shows progress too."""
    print(text, flush=True)


def size(count: float) -> str:
    """`count` bytes for people, for example `1.5 GiB`."""
    amount, unit = float(count), 0
    while abs(amount) >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:.0f} {_UNITS[unit]}" if unit == 0 or abs(amount) >= 100 else f"{amount:.1f} {_UNITS[unit]}"


def duration(seconds: float) -> str:
    """`seconds` for people, the two largest units of it, for example `3 h 12 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s" if 0 < seconds < 10 else f"{seconds:.0f} s"
    whole = timedelta(seconds=round(seconds))
    minutes = whole.seconds // 60
    if whole.days:
        return f"{whole.days} d {minutes // 60} h"
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {whole.seconds % 60} s"


def latency(seconds: float) -> str:
    """`seconds` until an answer, for people, for example `250 ms`."""
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else duration(seconds)


def ago(now: datetime, then: datetime | None) -> str:
    """How long before `now` that was, for people."""
    return "none" if then is None else f"{duration((now - then).total_seconds())} ago"


def one_line(text: str) -> str:
    """`text` on one line, without control characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """`rows` under `head`, in columns."""
    everything = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in everything) for column in range(len(head))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in everything)
    return "\n".join(line.rstrip() for line in lines)
