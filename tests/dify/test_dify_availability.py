"""What AWS's promises come to: hard parts multiply, soft ones do not, and what nobody promised is named."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify.availability import Availability, Part, Shape, availability_of

_SHAPE = Shape(
    zone_hosted=True,
    delivered=False,
    web_firewall=True,
    internet=True,
    pooled=False,
    standby_database=True,
    cache_nodes=2,
    search_zones=3,
    tasks={"web": 2, "api": 3, "worker": 3, "plugin-daemon": 1},
)


def _percent(**changed: object) -> float:
    return availability_of(replace(_SHAPE, **changed)).percent  # pyright: ignore[reportArgumentType]


def _names(parts: tuple[Part, ...]) -> set[str]:
    return {part.name for part in parts}


def test_hard_parts_multiply() -> None:
    # WAF, load balancer, Fargate, database, cache; Route 53 promises all
    assert _percent() == pytest.approx(100 * 0.9995 * 0.9999 * 0.9999 * 0.9995 * 0.9999)


@given(st.lists(st.floats(min_value=90, max_value=100), min_size=1, max_size=9))
def test_a_chain_is_never_better_than_its_weakest_part_and_never_worse_than_all_failures_together(
    percents: list[float],
) -> None:
    hard = tuple(Part(name=str(at), why="", percent=one, source="") for at, one in enumerate(percents))
    found = Availability(hard=hard, soft=()).percent
    assert found <= min(percents) + 1e-9
    assert found >= 100 - sum(100 - one for one in percents) - 1e-9


def test_soft_parts_take_nothing_from_a_chat() -> None:
    assert _percent(search_zones=None) == _percent(search_zones=3) == _percent(search_zones=1)


@pytest.mark.parametrize(
    "weaker",
    [{"standby_database": False}, {"cache_nodes": 1}, {"delivered": True}],
    ids=lambda weaker: next(iter(weaker)),
)
def test_what_stands_in_one_zone_or_in_the_way_costs_availability(weaker: dict[str, object]) -> None:
    assert _percent(**weaker) < _percent()


def test_a_firewall_that_refuses_what_it_cannot_judge_is_part_of_the_chain() -> None:
    assert _percent(web_firewall=False) == pytest.approx(_percent() / 0.9995)


def test_without_the_firewall_the_other_parts_promise_three_nines() -> None:
    assert _percent(web_firewall=False) >= 99.9


def test_a_service_that_runs_once_is_named_and_not_counted() -> None:
    found = availability_of(_SHAPE)
    assert "plugin-daemon" in found.as_output()["not_counted"]
    (fargate,) = [part for part in found.hard if part.name == "Fargate"]
    assert fargate.why == "runs web, api, worker"


def test_a_stack_of_single_tasks_is_not_promised_what_spread_ones_are() -> None:
    found = availability_of(replace(_SHAPE, tasks=dict.fromkeys(_SHAPE.tasks, 1)))
    assert "Fargate" not in _names(found.hard)
    assert set(_SHAPE.tasks) <= set(found.as_output()["not_counted"])


def test_the_way_to_models_is_named_and_not_counted() -> None:
    assert {"NAT gateways", "models"} <= set(availability_of(_SHAPE).as_output()["not_counted"])
    assert "NAT gateways" not in _names(availability_of(replace(_SHAPE, internet=False)).hard)


@pytest.mark.parametrize("shape", [_SHAPE, replace(_SHAPE, delivered=True, pooled=True, search_zones=1)])
def test_every_figure_has_a_source_and_every_part_is_in_the_output(shape: Shape) -> None:
    found = availability_of(shape)
    parts = (*found.hard, *found.soft)
    assert all(part.source for part in parts if part.percent is not None)
    output = found.as_output()
    shown = {*output["hard"], *output["soft"], *output["not_counted"]}
    assert shown == {part.name for part in parts}


def test_the_output_says_what_the_figure_means_in_minutes() -> None:
    output = availability_of(_SHAPE).as_output()
    assert output["percent"] == 99.87
    assert output["downtime_minutes_a_month"] == pytest.approx(56.1)
