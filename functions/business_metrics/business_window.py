"""The five minutes that a run counts. They follow from the time of its event alone: windows neither overlap nor leave
a gap, however late a run begins."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from errors import FunctionError
from shapes import json_object, text

LENGTH = timedelta(minutes=5)

_SETTLES = timedelta(minutes=1)
"""What was written before a window ended is there to be read a minute later: Dify commits each row at once."""

_LONGEST_ANSWER = timedelta(hours=1)
"""An answer ends after APP_MAX_EXECUTION_TIME, which is an hour here (dify/plan.py)."""

_LONGEST_RUN = timedelta(days=1)
"""A run ends after WORKFLOW_MAX_EXECUTION_TIME, an hour here; one that waits for a person may take longer."""

LOST_RUN = timedelta(minutes=90)
"""Half as long again as the longest run: nobody works on it any more."""

_STUCK_DOCUMENT = timedelta(minutes=30)
"""A document that has waited as long is not about to be indexed."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class Window:
    """From `end` minus LENGTH up to, not including, `end`. Times are UTC without a zone, as Dify's columns are."""

    end: datetime

    @property
    def start(self) -> datetime:
        return self.end - LENGTH

    @property
    def timestamp(self) -> datetime:
        """The beginning, with its zone: where CloudWatch keeps the figures."""
        return self.start.replace(tzinfo=UTC)

    @property
    def ends_hour(self) -> bool:
        """Whether whole tables are read in this run."""
        return self.end.minute == 0

    @property
    def times(self) -> dict[str, datetime]:
        """What the questions name. `midnight` began the day of the window."""
        return {
            "start": self.start,
            "end": self.end,
            "midnight": self.start.replace(hour=0, minute=0, second=0),
            "answers_from": self.start - _LONGEST_ANSWER,
            "runs_from": self.start - _LONGEST_RUN,
            "hour_ago": self.end - timedelta(hours=1),
            "day_ago": self.end - timedelta(days=1),
            "week_ago": self.end - timedelta(days=7),
            "lost_since": self.end - LOST_RUN,
            "stuck_since": self.end - _STUCK_DOCUMENT,
        }


def time_of(event: object) -> datetime:
    """The time in a scheduled event, UTC without a zone (Amazon EventBridge User Guide, "Creating a rule that runs on
    a schedule"). Raises FunctionError."""
    stated = text(json_object(event, "event").get("time"), "event.time")
    if not _TIME.fullmatch(stated):
        raise FunctionError("event.time: must be a time of UTC such as 2026-11-30T12:06:00Z")
    try:
        return datetime.fromisoformat(stated.removesuffix("Z"))
    except ValueError:
        raise FunctionError("event.time: is no time that the calendar has") from None


def window_at(time: datetime) -> Window:
    """The last window that had ended, and settled, at `time`."""
    settled = time - _SETTLES
    return Window(settled.replace(minute=settled.minute - settled.minute % 5, second=0, microsecond=0))
