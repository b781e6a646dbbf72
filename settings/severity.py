"""How much an alarm matters, which decides who hears of it and when."""

from enum import StrEnum


class Severity(StrEnum):
    """Each has a topic of its own."""

    PAGE = "page"
    """Users are hurt now, or will be before the next working day: wakes somebody."""
    TICKET = "ticket"
    """Somebody looks at it on the next working day."""
    INFO = "info"
    """Nobody has to act: read when looking for a cause."""
