"""Network interfaces and addresses that a plan needs."""

from dataclasses import replace
from typing import Any

import pytest

from dify.capacity import Place, address_budget, data_address_budget, interface_budget, pooler_addresses
from dify.plan import Deployment
from dify.services import API, BEAT, MIGRATION, WORKER

PLACE = Place(
    isolates=False,
    zones=3,
    loses_zone=True,
    addresses=100,
    closed=False,
    gateways=0,
    endpoints=0,
    functions=0,
    database_nodes=0,
    pooler_addresses=0,
    cache_nodes=0,
    search_nodes=0,
)
TASKS = tuple(
    Deployment(service=service, cpu=1024, memory=2048, max_tasks=tasks)
    for service, tasks in ((API, 5), (WORKER, 6), (BEAT, 1), (MIGRATION, 1))
)


def _interfaces(**place: Any) -> float:
    return interface_budget(TASKS, replace(PLACE, **place), quota=1).needed


def _addresses(**place: Any) -> float:
    return address_budget(TASKS, replace(PLACE, **place)).needed


def _data_addresses(**place: Any) -> float:
    return data_address_budget((), replace(PLACE, **place)).needed


def test_each_task_has_one_interface_also_while_deploying() -> None:
    assert interface_budget(TASKS, PLACE, quota=1).terms[0].total == 10
    assert _interfaces() == 10 + 12 + 1 + 1 + 3 * 8


@pytest.mark.parametrize(
    ("place", "more"),
    [
        ({"gateways": 3}, 3),
        ({"endpoints": 4}, 12),
        ({"functions": 3}, 9),
        ({"database_nodes": 2}, 2),
        ({"pooler_addresses": 10}, 10),
        ({"cache_nodes": 2}, 2),
        ({"search_nodes": 6}, 18),
    ],
)
def test_what_stands_beside_the_tasks_has_interfaces_too(place: dict[str, int], more: int) -> None:
    assert _interfaces(**place) - _interfaces() == more


def test_without_one_zone_all_tasks_share_the_subnets_of_the_others() -> None:
    assert _addresses() == 5 + 6 + 1 + 1
    assert _addresses(loses_zone=False) == 4 + 4 + 1 + 1


@pytest.mark.parametrize(
    ("place", "more"), [({"endpoints": 4}, 4), ({"functions": 3}, 3), ({"closed": True}, 8), ({"cache_nodes": 6}, 0)]
)
def test_a_private_subnet_holds_endpoints_functions_and_a_closed_networks_load_balancer(
    place: dict[str, int], more: int
) -> None:
    assert _addresses(**place) - _addresses() == more


@pytest.mark.parametrize(
    ("place", "more"),
    [({"cache_nodes": 4}, 2), ({"search_nodes": 6}, 6), ({"pooler_addresses": 15}, 15), ({"endpoints": 4}, 0)],
)
def test_a_data_subnet_holds_its_share_of_the_stores(place: dict[str, int], more: int) -> None:
    assert _data_addresses(**place) - _data_addresses() == more


@pytest.mark.parametrize(
    ("instance_class", "addresses"),
    [("db.t4g.medium", 10), ("db.m7g.xlarge", 10), ("db.m7g.2xlarge", 15), ("db.r7g.24xlarge", 110)],
)
def test_rds_proxy_takes_addresses_by_the_size_of_the_instance(instance_class: str, addresses: int) -> None:
    assert pooler_addresses(instance_class) == addresses


def test_rds_proxy_before_the_largest_instances_takes_addresses_in_proportion() -> None:
    assert (pooler_addresses("db.m7i.48xlarge"), pooler_addresses("db.m6i.32xlarge")) == (220, 147)
