"""Why the pack does not find a mutation."""

from collections.abc import Mapping
from enum import Enum


class Judgement(Enum):
    """Why a mutation is not found."""

    REFUSED = "AWS, Docker or the provider refuses it"
    SAME = "what AWS or Docker does is the same, or no less strict"
    CLOSED = "something no longer works; nothing opens"
    WHICH = "only who knows Dify can tell it from what is right"
    OPEN = "a hole that stays"


Table = Mapping[Judgement, tuple[str, ...]]
"""Judgement -> patterns of type, property and kind of mutation. The first that fits counts."""
