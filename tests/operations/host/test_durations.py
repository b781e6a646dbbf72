"""Durations are counted in constant memory, and their percentiles are true to a hundredth."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.host.durations import Durations

SECONDS = st.integers(min_value=0, max_value=3_600_000).map(lambda milliseconds: milliseconds / 1000)


def _of(seconds: list[float]) -> Durations:
    counted = Durations()
    for one in seconds:
        counted.add(one)
    return counted


@given(st.lists(SECONDS, min_size=1, max_size=200), st.sampled_from([50, 95, 99, 100]))
def test_a_percentile_is_within_a_hundredth_of_that_of_the_sorted_list(seconds: list[float], percent: int) -> None:
    exact = sorted(seconds)[math.ceil(len(seconds) * percent / 100) - 1]
    assert _of(seconds).percentile(percent) == pytest.approx(exact, rel=0.01)


def test_an_hour_of_milliseconds_takes_a_few_hundred_numbers() -> None:
    counted = _of([milliseconds / 1000 for milliseconds in range(0, 3_600_000, 100)])
    assert counted.count == 36_000
    assert len(counted.classes) < 800


def test_nothing_has_no_percentile() -> None:
    assert (Durations().count, Durations().percentile(95)) == (0, None)
