"""Who may connect to whom."""

import pytest

from dify.flows import GROUPS, LOAD_BALANCER, OUTBOUND, Flow, flows
from dify.releases import RELEASES
from dify.services import API, BEAT, MIGRATION, WEB, WORKER, Service

_SERVICES = (WEB, API, WORKER, BEAT, MIGRATION)
_STORES = {"database": 5432, "cache": 6379}


@pytest.mark.parametrize("flow", flows(), ids=lambda flow: f"{flow.source}-{flow.target}")
def test_both_ends_of_a_flow_are_groups(flow: Flow) -> None:
    assert {flow.source, flow.target} <= set(GROUPS)
    assert flow.source != flow.target
    assert flow.why


def test_no_flow_is_written_twice() -> None:
    ends = [(flow.source, flow.target, flow.port) for flow in flows()]
    assert len(set(ends)) == len(ends)


def test_only_the_load_balancer_and_the_web_open_connections_to_a_service() -> None:
    to_services = {(flow.source, flow.target, flow.port) for flow in flows() if flow.target not in _STORES}
    assert to_services == {(LOAD_BALANCER, "web", 3000), (LOAD_BALANCER, "api", 5001), ("web", "api", 5001)}


@pytest.mark.parametrize("store", _STORES)
def test_a_store_is_reached_by_every_service_of_the_api_image_and_by_nothing_else(store: str) -> None:
    to_store = {(flow.source, flow.port) for flow in flows() if flow.target == store}
    assert to_store == {(name, _STORES[store]) for name in ("api", "worker", "beat", "migration")}


def test_a_store_opens_no_connection() -> None:
    assert not [flow for flow in flows() if flow.source in _STORES]


def test_every_group_takes_part_in_a_flow() -> None:
    assert {end for flow in flows() for end in (flow.source, flow.target)} == set(GROUPS)


def test_only_tasks_reach_the_internet() -> None:
    assert set(OUTBOUND) == {service.name for service in _SERVICES}


@pytest.mark.parametrize("service", _SERVICES, ids=lambda service: service.name)
def test_a_service_stops_within_what_fargate_allows_and_does_not_run_as_root(service: Service) -> None:
    assert 0 < service.stop_seconds <= 120
    assert int(service.user) > 0


@pytest.mark.parametrize("service", _SERVICES, ids=lambda service: service.name)
def test_a_service_listens_exactly_when_something_may_connect_to_it(service: Service) -> None:
    ports = {flow.port for flow in flows() if flow.target == service.name}
    assert ports == ({service.port} if service.port is not None else set())


def test_only_the_beat_is_a_singleton() -> None:
    assert [service.name for service in _SERVICES if service.singleton] == ["beat"]


def test_releases_are_listed_newest_first() -> None:
    numbers = [tuple(map(int, version.split("."))) for version in RELEASES]
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize("version", RELEASES)
def test_all_images_of_a_release_carry_its_own_version(version: str) -> None:
    release = RELEASES[version]
    assert release.version == version
    assert release.api_image == f"docker.io/langgenius/dify-api:{version}"
    assert release.web_image == f"docker.io/langgenius/dify-web:{version}"
