"""When a run of the function was asked for."""

import re
from datetime import datetime

from errors import FunctionError
from shapes import json_object, text

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


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
