"""Database connections against what the database admits."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify.capacity import (
    RESERVED_CONNECTIONS,
    ROLLING_FACTOR,
    Pool,
    admitted_connections,
    instance_memory_gib,
    needed_connections,
    over_budget,
)
from settings.instance_types import DATABASE

_CLASSES = [f"db.{family}.{size}" for family, sizes in DATABASE.items() for size in sizes]
_ORDER = ("micro", "small", "medium", "large", "xlarge")
_counts = st.integers(1, 50)
_pools = st.builds(
    Pool, service=st.sampled_from(("api", "worker", "beat")), tasks=_counts, processes=_counts, size=_counts,
    overflow=_counts,
)  # fmt: skip


def _rank(size: str) -> int:
    return _ORDER.index(size) if size in _ORDER else len(_ORDER) + int(size.removesuffix("xlarge"))


@pytest.mark.parametrize(
    ("instance_class", "gib"),
    [
        ("db.t4g.micro", 1),
        ("db.t4g.small", 2),
        ("db.t4g.medium", 4),
        ("db.t3.large", 8),
        ("db.m7g.large", 8),
        ("db.m7g.xlarge", 16),
        ("db.m7g.2xlarge", 32),
        ("db.m6i.32xlarge", 512),
        ("db.r7g.large", 16),
        ("db.r7g.xlarge", 32),
        ("db.r6i.16xlarge", 512),
    ],
)
def test_the_memory_of_a_class_is_what_aws_publishes(instance_class: str, gib: int) -> None:
    assert instance_memory_gib(instance_class) == gib


@pytest.mark.parametrize("instance_class", _CLASSES)
def test_every_class_that_settings_take_admits_connections(instance_class: str) -> None:
    assert 100 <= admitted_connections(instance_class) <= 5000


@pytest.mark.parametrize("family", DATABASE)
def test_a_larger_class_never_admits_fewer_connections(family: str) -> None:
    admitted = [admitted_connections(f"db.{family}.{size}") for size in sorted(DATABASE[family], key=_rank)]
    assert admitted == sorted(admitted)


def test_the_largest_class_admits_no_more_than_the_services_limit() -> None:
    assert admitted_connections("db.r6i.32xlarge") == 5000


@given(pool=_pools, field=st.sampled_from(("tasks", "processes", "size", "overflow")), more=_counts)
def test_more_of_anything_needs_more_connections(pool: Pool, field: str, more: int) -> None:
    larger = replace(pool, **{field: getattr(pool, field) + more})
    assert needed_connections((larger,)) > needed_connections((pool,))


@given(st.lists(_pools, max_size=4), _pools)
def test_a_further_pool_adds_its_connections_twice_for_the_rolling_deployment(pools: list[Pool], pool: Pool) -> None:
    added = needed_connections((*pools, pool)) - needed_connections(tuple(pools))
    assert added == 2 * pool.tasks * pool.processes * (pool.size + pool.overflow)


def test_nothing_but_the_reserve_is_needed_without_pools() -> None:
    assert (needed_connections(()), ROLLING_FACTOR) == (RESERVED_CONNECTIONS, 2)


@given(st.lists(_pools, min_size=1, max_size=4), st.sampled_from(_CLASSES))
def test_a_plan_is_over_budget_exactly_when_it_needs_more_than_is_admitted(pools: list[Pool], of: str) -> None:
    line = over_budget(tuple(pools), of)
    assert (line is not None) is (needed_connections(tuple(pools)) > admitted_connections(of))


def test_the_line_shows_the_whole_sum() -> None:
    pools = (
        Pool(service="api", tasks=5, processes=4, size=10, overflow=10),
        Pool(service="worker", tasks=6, processes=1, size=10, overflow=10),
    )
    assert over_budget(pools, "db.m7g.large") == (
        "(api 5x4x(10+10) + worker 6x1x(10+10)) x 2 while deploying + 15 reserved = 1055 connections, "
        "but db.m7g.large admits 901"
    )
