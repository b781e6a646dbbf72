"""Windows, ranges and zones, for any of them."""

from ipaddress import IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from settings.windows import DAYS, Window
from tests.settings.stack_files import refusals

DAY, WEEK = 24 * 60, 7 * 24 * 60
minutes_of_week = st.integers(0, WEEK - 1)


def _weekly(start: int, length: int) -> str:
    return "-".join(f"{DAYS[m // DAY]}:{m % DAY // 60:02}:{m % 60:02}" for m in (start, (start + length) % WEEK))


def _minutes(window: Window) -> set[int]:
    return {(start + offset) % WEEK for start in window.starts for offset in range(window.minutes)}


@given(minutes_of_week, st.integers(1, DAY))
def test_a_weekly_window_is_read_as_it_was_written(start: int, length: int) -> None:
    assert Window.weekly(_weekly(start, length)) == Window((start,), length)


@given(minutes_of_week, st.integers(30, DAY), minutes_of_week, st.integers(30, DAY))
def test_two_windows_overlap_where_they_share_a_minute(a: int, a_length: int, b: int, b_length: int) -> None:
    one, other = Window((a,), a_length), Window((b,), b_length)
    assert one.overlaps(other) == bool(_minutes(one) & _minutes(other))
    assert one.overlaps(other) == other.overlaps(one)


@given(st.integers(0, DAY - 1), st.integers(60, DAY - 1), minutes_of_week, st.integers(60, DAY))
def test_a_daily_window_overlaps_on_whichever_day(start: int, length: int, other: int, other_length: int) -> None:
    end = (start + length) % DAY
    daily = Window.daily(f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}")
    weekly = Window((other,), other_length)
    assert daily is not None
    assert daily.overlaps(weekly) == bool(_minutes(daily) & _minutes(weekly))


@given(st.text(max_size=30))
def test_any_text_as_a_window_gives_a_line_and_never_a_crash(text: str) -> None:
    lines = refusals({"cache.maintenanceWindow": text})
    assert all(line.startswith("config dify:cache.maintenanceWindow: got ") for line in lines)


@given(st.integers(0, 2**24 - 1), st.integers(1, 32))
def test_a_range_in_10_passes_exactly_when_it_is_aligned_and_has_room(offset: int, prefix: int) -> None:
    address = IPv4Network((10 << 24) + offset).network_address
    is_aligned = int(address) % 2 ** (32 - prefix) == 0
    passes = refusals({"network.cidr": f"{address}/{prefix}"}) == []
    assert passes == (is_aligned and 16 <= prefix <= 22)  # a smaller range has too few addresses for prod's tasks


@given(st.lists(st.sampled_from("abcdef"), max_size=7), st.integers(16, 22))
def test_zones_pass_exactly_when_they_are_three_to_five_distinct_ones(letters: list[str], prefix: int) -> None:
    zones = [f"eu-central-1{letter}" for letter in letters]
    passes = refusals({"network.cidr": f"10.0.0.0/{prefix}", "network.zones": zones}) == []
    assert passes == (3 <= len(zones) <= 5 and len(set(zones)) == len(zones))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4))
def test_any_value_under_any_key_gives_lines_and_never_a_crash(value: object) -> None:
    for key in ("network", "network.zones", "services.api.cpu", "database.maxStorageGib", "domain", "unknown"):
        assert all(line.startswith("config dify:") and "\n" not in line for line in refusals({key: value}))
