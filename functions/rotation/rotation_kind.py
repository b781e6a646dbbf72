"""What a kind of login does in the steps of a rotation."""

from collections.abc import Mapping
from typing import Any, Protocol

from generation import ALPHANUMERIC, Recipe
from stored_secret import Version

PASSWORD = Recipe(length=64, alphabet=ALPHANUMERIC)
"""Within ElastiCache's 16 to 128 characters (User Guide, role based access control), and without punctuation, of which
ElastiCache and URLs accept some only."""


class Kind(Protocol):
    """Each step may be repeated. All raise FunctionError."""

    def next_fields(self, current: Version) -> Mapping[str, Any]:
        """What the next version holds; changes nothing."""
        ...

    def make_valid(self, current: Version, pending: Version) -> None:
        """Let the pending login in, and keep the current one valid."""
        ...

    def try_out(self, pending: Version) -> None:
        """Log in as an application would."""
        ...
