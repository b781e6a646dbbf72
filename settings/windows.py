"""Maintenance and snapshot windows in AWS's notation, always in UTC.

Source: Amazon RDS API reference, PreferredMaintenanceWindow (`ddd:hh24:mi-ddd:hh24:mi`); Amazon ElastiCache API
reference, SnapshotWindow (`hh24:mi-hh24:mi`).
"""

import re
from dataclasses import dataclass
from itertools import product
from typing import Self

from settings.mistake import Mistake

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 24 * 60
_WEEK = 7 * _DAY
_CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_WEEKLY = re.compile(rf"({'|'.join(DAYS)}):{_CLOCK}-({'|'.join(DAYS)}):{_CLOCK}")
_DAILY = re.compile(rf"{_CLOCK}-{_CLOCK}")


@dataclass(frozen=True)
class Window:
    """A span that repeats: `starts` are minutes of the week from Monday 00:00 UTC, `minutes` is its length."""

    starts: tuple[int, ...]
    minutes: int

    @classmethod
    def weekly(cls, text: str) -> Self | None:
        """The window of `sun:03:00-sun:04:00`, or None where the text is not of this form."""
        match = _WEEKLY.fullmatch(text)
        if match is None:
            return None
        day, hour, minute, end_day, end_hour, end_minute = match.groups()
        start = DAYS.index(day) * _DAY + int(hour) * 60 + int(minute)
        end = DAYS.index(end_day) * _DAY + int(end_hour) * 60 + int(end_minute)
        return cls((start,), (end - start) % _WEEK)

    @classmethod
    def daily(cls, text: str) -> Self | None:
        """The window of `01:00-02:00` on each day, or None where the text is not of this form."""
        match = _DAILY.fullmatch(text)
        if match is None:
            return None
        hour, minute, end_hour, end_minute = (int(part) for part in match.groups())
        start, end = hour * 60 + minute, end_hour * 60 + end_minute
        return cls(tuple(day * _DAY + start for day in range(7)), (end - start) % _DAY)

    def overlaps(self, other: Self) -> bool:
        """Whether some minute of the week is in both windows."""
        return any(
            (theirs - ours) % _WEEK < self.minutes or (ours - theirs) % _WEEK < other.minutes
            for ours, theirs in product(self.starts, other.starts)
        )


def require_weekly(text: str, least_minutes: int) -> Window:
    """The weekly window of `text`, refused when malformed, shorter than `least_minutes` or longer than a day."""
    window = Window.weekly(text)
    if window is None:
        raise Mistake("must be a weekly window ddd:hh:mm-ddd:hh:mm in UTC", "write it like sun:03:00-sun:04:00")
    if not least_minutes <= window.minutes <= _DAY:
        raise Mistake(
            f"must last from {least_minutes} minutes to 24 hours, this lasts {window.minutes} minutes",
            "write it like sun:03:00-sun:04:00",
        )
    return window


def require_daily(text: str, least_minutes: int) -> Window:
    """The daily window of `text`, refused when malformed or shorter than `least_minutes`."""
    window = Window.daily(text)
    if window is None:
        raise Mistake("must be a daily window hh:mm-hh:mm in UTC", "write it like 01:00-02:00")
    if window.minutes < least_minutes:
        raise Mistake(
            f"must last at least {least_minutes} minutes, this lasts {window.minutes} minutes",
            "write it like 01:00-02:00",
        )
    return window
