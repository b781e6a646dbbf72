"""What became of one thing that the set-up keeps."""

from enum import Enum


class Outcome(Enum):
    """The value is the key of the answer under which the thing is named."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
