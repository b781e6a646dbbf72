"""What a stack file says of PostgreSQL's parameters, in the units of people, reaches it in its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.postgresql import Parameters


def parameters(**given: float) -> Parameters:
    return Parameters.model_validate(given)


def test_what_is_left_out_is_left_to_postgresql() -> None:
    assert Parameters().chosen() == {}


@pytest.mark.parametrize(
    ("key", "value", "name", "written"),
    [
        ("workMemMib", 16, "work_mem", "16384"),
        ("maintenanceWorkMemMib", 1024, "maintenance_work_mem", "1048576"),
        ("effectiveCacheSizeMib", 12_288, "effective_cache_size", "1572864"),
        ("randomPageCost", 1.1, "random_page_cost", "1.1"),
        ("effectiveIoConcurrency", 0, "effective_io_concurrency", "0"),
        ("maxWalSizeMib", 4096, "max_wal_size", "4096"),
        ("logMinDurationMs", 500, "log_min_duration_statement", "500"),
    ],
)
def test_memory_is_said_in_kib_and_what_is_cached_in_pages(key: str, value: float, name: str, written: str) -> None:
    assert parameters(**{key: value}).chosen() == {name: written}


@given(memory=st.integers(256, 1_000_000), connections=st.integers(1, 5000), work=st.integers(1, 2047))
def test_what_passes_leaves_a_quarter_of_memory_to_the_servers_own_cache(
    memory: int, connections: int, work: int
) -> None:
    refused = parameters(workMemMib=work).too_much(memory, connections)
    fits = work * connections <= memory - memory // 4
    assert bool(refused) is (work > 1 and not fits)


def test_a_megabyte_for_each_connection_is_never_too_much() -> None:
    """PostgreSQL's own default is four."""
    assert parameters(workMemMib=1).too_much(1024, 5000) == []
