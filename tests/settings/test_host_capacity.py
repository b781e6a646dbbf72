"""What a host's containers admit follows from what asks them."""

from typing import Any

import pytest

from dify.capacity import MOST_CLIENTS
from settings.host.capacity import LEAST_NGINX_CONNECTIONS, clients, nginx_connections
from tests.settings.host_files import host_settings

_EDITORS = 1000


@pytest.mark.parametrize(
    ("changes", "connections"),
    [
        ({}, LEAST_NGINX_CONNECTIONS),
        ({"services.api.connectionsPerProcess": 400}, 2 * (2 * 2 * 400 + _EDITORS)),
        ({"services.api.processes": 4}, 2 * (2 * 4 * 200 + _EDITORS)),
        ({"services.collaboration.enabled": False, "services.api.processes": 4}, LEAST_NGINX_CONNECTIONS),
    ],
)
def test_nginx_holds_two_connections_for_all_that_the_apis_take_at_once(
    changes: dict[str, Any], connections: int
) -> None:
    assert nginx_connections(host_settings(changes)) == connections


def test_nginx_holds_no_more_than_half_of_its_descriptors() -> None:
    few = {"environment": "dev", "host.openFiles": 4096, "services.api.processes": 4}
    assert nginx_connections(host_settings(few)) == 2048


def test_every_process_that_talks_to_redis_counts() -> None:
    api, worker, editors = 2 * 2 * (2 * 200 + 10), 2 * (2 * 16 + 10), 2 * _EDITORS + 10
    daemon, beat, migration, reserve = 2 * 10 * 2, 12, 12, 10
    assert clients(host_settings({})) == api + worker + editors + daemon + beat + migration + reserve < MOST_CLIENTS
