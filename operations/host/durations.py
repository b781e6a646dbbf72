"""Durations of any number of answers, counted in constant memory."""

import math
from collections import Counter
from dataclasses import dataclass, field

_LEAST_SECONDS = 0.001
"""What nginx measures in."""

_GROWTH = 1.02
"""Each class is wider than the one before by this factor, so that its middle is within a hundredth of all in it; an
hour is in the 763rd."""


@dataclass
class Durations:
    """A histogram of classes that grow: how many are in each."""

    classes: Counter[int] = field(default_factory=Counter[int])

    def add(self, seconds: float) -> None:
        """Count one."""
        shortest = seconds < _LEAST_SECONDS
        self.classes[0 if shortest else 1 + math.floor(math.log(seconds / _LEAST_SECONDS) / math.log(_GROWTH))] += 1

    @property
    def count(self) -> int:
        """How many there are."""
        return self.classes.total()

    def percentile(self, percent: float) -> float | None:
        """Seconds that so many per cent of them do not exceed (nearest rank), within a hundredth; None for none."""
        rank, passed = math.ceil(self.count * percent / 100), 0
        for number in sorted(self.classes):
            passed += self.classes[number]
            if passed >= rank:
                return _LEAST_SECONDS * _GROWTH ** (number - 0.5) if number else 0.0
        return None
