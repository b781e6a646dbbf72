"""Who may connect to whom."""

from dataclasses import replace

import pytest

from dify import flows as f
from dify.flows import FLOWS, GROUPS, LOAD_BALANCER, OUTBOUND, STARTED_BY_AWS, Flow, flows, outbound
from dify.plan import Collector
from dify.services import AGENT_SSRF_PROXY, LOCAL_SANDBOX, SANDBOX, SSRF_PROXY, WORKER, Service, worker_of
from dify.telemetry import SENDERS
from tests.dify.plans import BACKEND, EVERYTHING, LEAST, SERVICES

_STORES = {f.DATABASE: 5432, f.PROXY: 5432, f.CACHE: 6379, f.SEARCH: 443}
_FUNCTIONS = (f.DATABASE_SETUP, f.ROTATION, f.QUEUE_DEPTH, f.BUSINESS_METRICS, f.PROBE)
"""Those that read secrets or publish; the one that sets up the search domain talks to the domain alone."""
_PARTS = {name: name for name in GROUPS}


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: f"{flow.source}-{flow.target}")
def test_both_ends_of_a_flow_are_parts(flow: Flow) -> None:
    assert {flow.source, flow.target} <= set(GROUPS)
    assert flow.source != flow.target
    assert flow.why


def test_no_flow_is_written_twice() -> None:
    ends = [(flow.source, flow.target, flow.port) for flow in FLOWS]
    assert len(set(ends)) == len(ends)


def test_every_service_is_a_part_with_a_group() -> None:
    assert {service.name for service in SERVICES} <= set(GROUPS)


def test_the_load_balancer_reaches_exactly_the_services_with_a_health_check() -> None:
    reached = {(flow.target, flow.port) for flow in FLOWS if flow.source == LOAD_BALANCER}
    assert reached == {(service.name, service.port) for service in SERVICES if service.health is not None}


@pytest.mark.parametrize("sandbox", [(SANDBOX, SSRF_PROXY), (LOCAL_SANDBOX, AGENT_SSRF_PROXY)], ids=["code", "agents"])
def test_a_sandbox_reaches_its_proxy_and_nothing_else(sandbox: tuple[Service, Service]) -> None:
    inside, proxy = sandbox
    assert [(flow.target, flow.port) for flow in FLOWS if flow.source == inside.name] == [(proxy.name, 3128)]
    assert inside.name not in OUTBOUND
    assert inside.name in STARTED_BY_AWS


def test_the_proxy_of_code_reaches_nothing_inside() -> None:
    assert [flow for flow in FLOWS if flow.source == SSRF_PROXY.name] == []


def test_the_database_and_the_cache_are_reached_by_services_that_keep_data_there_and_by_functions() -> None:
    backend = {service.name for service in BACKEND}
    functions = {f.DATABASE_SETUP, f.ROTATION, f.BUSINESS_METRICS}
    assert _sources(f.DATABASE) == backend | functions | {"plugin-daemon", f.PROXY}
    assert _sources(f.CACHE) == backend | {"plugin-daemon", "agent-backend", f.ROTATION, f.QUEUE_DEPTH}
    assert _sources(f.SEARCH) == {"api", "worker", "migration", f.SEARCH_SETUP}


@pytest.mark.parametrize("store", _STORES)
def test_a_store_is_reached_on_its_own_port_only(store: str) -> None:
    assert {flow.port for flow in FLOWS if flow.target == store} == {_STORES[store]}


def test_a_store_opens_no_connection_but_the_pool_to_its_database() -> None:
    opened = {(flow.source, flow.target) for flow in FLOWS if flow.source in _STORES}
    assert opened == {(f.PROXY, f.DATABASE)}


def test_every_part_but_the_endpoints_takes_part_in_a_flow() -> None:
    assert {end for flow in FLOWS for end in (flow.source, flow.target)} == set(GROUPS) - {f.ENDPOINTS}


def test_for_the_internet_leave_only_those_with_business_there() -> None:
    assert set(OUTBOUND) == {"api", "worker", "plugin-daemon", SSRF_PROXY.name, AGENT_SSRF_PROXY.name, f.PROBE}


def test_aws_starts_every_service_and_the_functions_that_call_it() -> None:
    assert set(STARTED_BY_AWS) == {service.name for service in SERVICES} | set(_FUNCTIONS)


def test_only_the_proxies_leave_on_plain_http() -> None:
    assert {part for part, ports in OUTBOUND.items() if 80 in ports} == {SSRF_PROXY.name, AGENT_SSRF_PROXY.name}


def test_mail_and_telemetry_open_their_own_ports_for_those_who_use_them() -> None:
    assert outbound(LEAST) == {part: tuple(sorted(ports)) for part, ports in OUTBOUND.items()}
    assert {part for part, ports in outbound(EVERYTHING).items() if 587 in ports} == {"api", "worker"}


def test_telemetry_opens_its_port_and_no_other_to_services_that_stay_inside() -> None:
    assert EVERYTHING.telemetry is not None
    telemetry = replace(EVERYTHING.telemetry, endpoint="https://otlp.example.com:4317")
    opened = outbound(replace(EVERYTHING, telemetry=telemetry))
    assert {part: ports for part, ports in opened.items() if part not in OUTBOUND} == dict.fromkeys(
        ("api-websocket", "beat", "migration"), (4317,)
    )
    assert {part for part, ports in opened.items() if 4317 in ports} == {
        *(service.name for service in BACKEND), "plugin-daemon",
    }  # fmt: skip


def test_a_collector_opens_the_port_of_its_endpoint_and_none_for_xray() -> None:
    assert EVERYTHING.telemetry is not None
    onward = {"otlp": Collector(endpoint="https://otlp.example.com:4317"), "xray": Collector()}
    opened = {
        name: outbound(replace(EVERYTHING, telemetry=replace(EVERYTHING.telemetry, collector=collector)))
        for name, collector in onward.items()
    }
    assert {part for part, ports in opened["otlp"].items() if 4317 in ports} == {*SENDERS}
    assert opened["xray"] == outbound(replace(EVERYTHING, telemetry=None))


def test_several_workers_have_the_flows_of_one_each() -> None:
    groups = [worker_of("indexing"), worker_of("runs")]
    parts = {f.DATABASE: f.DATABASE, f.CACHE: f.CACHE, **{group.name: group.kind for group in groups}}
    found = {(flow.source, flow.target) for flow in flows(parts)}
    assert found == {(group.name, store) for group in groups for store in (f.DATABASE, f.CACHE)}


def test_a_part_that_is_not_there_has_no_flow() -> None:
    parts = {name: name for name in GROUPS if name != f.SEARCH}
    assert not [flow for flow in flows(parts) if f.SEARCH in (flow.source, flow.target)]
    unpooled = {name: name for name in GROUPS if name != f.PROXY}
    assert set(flows(unpooled)) == {flow for flow in FLOWS if f.PROXY not in (flow.source, flow.target)}


def test_with_a_pool_services_reach_the_database_through_it_only() -> None:
    direct = {flow.source for flow in flows(_PARTS) if flow.target == f.DATABASE}
    assert direct == {f.PROXY, f.DATABASE_SETUP, f.ROTATION, f.BUSINESS_METRICS}
    assert {flow.source for flow in flows(_PARTS) if flow.target == f.PROXY} == _sources(f.PROXY)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_service_listens_exactly_when_something_may_connect_to_it(service: Service) -> None:
    ports = {flow.port for flow in FLOWS if flow.target == service.name}
    assert ports == ({service.port} if service.port is not None else set())


def test_a_worker_of_a_group_is_a_worker() -> None:
    group = worker_of("indexing")
    assert (group.name, group.kind, group.mode) == ("worker-indexing", WORKER.kind, WORKER.mode)


def _sources(store: str) -> set[str]:
    return {flow.source for flow in FLOWS if flow.target == store}
