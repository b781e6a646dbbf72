"""The five minutes that a run counts. They follow from the time of its event alone: windows neither overlap nor leave
a gap, however late a run begins. A report of one Docker host counts longer ones (operations/host/dify_questions.py)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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


@dataclass(frozen=True)
class Window:
    """From `end` minus `length` up to, not including, `end`. Times are UTC without a zone, as Dify's columns are."""

    end: datetime
    length: timedelta = LENGTH

    @property
    def start(self) -> datetime:
        return self.end - self.length

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


def window_at(time: datetime) -> Window:
    """The last window that had ended, and settled, at `time`."""
    settled = time - _SETTLES
    return Window(settled.replace(minute=settled.minute - settled.minute % 5, second=0, microsecond=0))
