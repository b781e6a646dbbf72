"""Collectors: what they listen on, what they send where, and what they can cost the service beside them."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from components.boundary import bounds
from components.collector import CPU, MEMORY_MIB, Collector, configuration
from dify import plan
from dify.environment import environment
from dify.releases import ADOT_COLLECTOR
from dify.services import WEB
from dify.telemetry import SENDERS
from settings.task_size import FARGATE_MEMORY
from tests.components.component_graphs import REGION, containers, document, pairs, site
from tests.components.program_variants import AGENTS, CLOSED, values_of, variant
from tests.dify.plans import ENDPOINTS, EVERYTHING, SERVICES, deployed
from tests.identity.containment import escapes
from tests.network.aws_calls import called_services, images_from_outside, reached_services, ways_out
from tests.recorder import Graph
from tests.recordings import recorded

_LOGIN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-otlp-AbCdEf"
_TO_XRAY: dict[str, Any] = {"telemetry": {"collector": "xray"}}
_TO_ENDPOINT: dict[str, Any] = {
    "telemetry": {"collector": "otlp", "endpoint": "https://otlp.example.com", "login": _LOGIN}
}
_CHOICES = {
    "xray": plan.Collector(),
    "http": plan.Collector(endpoint="https://otlp.example.com/base", needs_login=True),
    "grpc": plan.Collector(endpoint="https://otlp.example.com", protocol="grpc", needs_login=True),
    "open": plan.Collector(endpoint="https://otlp.example.com"),
}
_SENDING = ("api", "api-websocket", "worker", "beat", "migration", "plugin-daemon")

each_choice = pytest.mark.parametrize("choices", _CHOICES.values(), ids=_CHOICES)
each_sender = pytest.mark.parametrize("service", _SENDING)
each_way = pytest.mark.parametrize("changes", [_TO_XRAY, _TO_ENDPOINT], ids=["xray", "otlp"])


def _told(choices: plan.Collector) -> dict[str, Any]:
    return json.loads(json.dumps(configuration(choices, REGION)))


def _exporters(name: str) -> dict[str, Any]:
    return _told(_CHOICES[name])["exporters"]


def _allowed(graph: Graph, role: str) -> list[dict[str, Any]]:
    return document(graph.named(f"{role}-policy").inputs["policy"])


@each_choice
def test_a_pipeline_names_what_is_configured_and_all_of_it_is_used(choices: plan.Collector) -> None:
    told = _told(choices)
    pipelines = told["service"]["pipelines"].values()
    for kind in ("receivers", "processors", "exporters"):
        assert {name for pipeline in pipelines for name in pipeline[kind]} == {*told[kind]}
    assert told["service"]["extensions"] == [*told["extensions"]]
    assert all(pipeline["processors"][0] == "memory_limiter" for pipeline in pipelines)


@each_choice
def test_nothing_listens_beyond_the_task(choices: plan.Collector) -> None:
    told = _told(choices)
    listening = [*told["extensions"].values(), *told["receivers"]["otlp"]["protocols"].values()]
    assert len({one["endpoint"] for one in listening}) == len(listening) == 2
    assert {one["endpoint"].split(":")[0] for one in listening} == {"127.0.0.1"}
    assert told["service"]["telemetry"]["metrics"] == {"level": "none"}


def test_a_collector_listens_where_services_send_to() -> None:
    sent = urlsplit(_environments(_TO_XRAY)["api"]["OTLP_BASE_ENDPOINT"])
    receiver = _told(_CHOICES["xray"])["receivers"]["otlp"]["protocols"]["http"]
    assert (sent.scheme, sent.netloc) == ("http", receiver["endpoint"])


def test_traces_go_to_xray_of_the_region_and_metrics_which_it_does_not_take_end_in_the_collector() -> None:
    assert _exporters("xray") == {"awsxray": {"region": REGION}, "debug": {}}
    pipelines = _told(_CHOICES["xray"])["service"]["pipelines"]
    assert (pipelines["traces"]["exporters"], pipelines["metrics"]["exporters"]) == (["awsxray"], ["debug"])
    assert _told(_CHOICES["xray"])["service"]["telemetry"]["logs"] == {"level": "warn"}


def test_traces_and_metrics_go_to_the_endpoint_by_its_protocol() -> None:
    bearer = {"authorization": "Bearer ${env:OTLP_API_KEY}"}
    assert _exporters("http") == {"otlp_http": {"endpoint": "https://otlp.example.com/base", "headers": bearer}}
    assert _exporters("grpc") == {"otlp_grpc": {"endpoint": "otlp.example.com:443", "headers": bearer}}
    assert _exporters("open") == {"otlp_http": {"endpoint": "https://otlp.example.com"}}


def test_an_address_is_never_read_as_a_variable() -> None:
    told = _told(plan.Collector(endpoint="https://otlp.example.com/${env:HOME}"))
    assert told["exporters"]["otlp_http"]["endpoint"] == "https://otlp.example.com/$${env:HOME}"


def test_the_key_is_asked_for_by_the_name_under_which_the_container_has_it() -> None:
    sidecar = Collector(region=REGION, image="image:1", choices=_CHOICES["http"], login=_LOGIN).sidecar()
    (secret,) = sidecar.secrets
    assert secret.references == {"OTLP_API_KEY": f"{_LOGIN}:key::"}
    assert all(f"${{env:{name}}}" in sidecar.environment["AOT_CONFIG_CONTENT"] for name in secret.fields)


def test_a_full_collector_refuses_before_it_is_killed_and_fits_the_smallest_task() -> None:
    limit = _told(_CHOICES["xray"])["processors"]["memory_limiter"]["limit_mib"]
    heap = Collector(region=REGION, image="image:1", choices=_CHOICES["xray"]).sidecar().environment["GOMEMLIMIT"]
    assert limit < int(heap.removesuffix("MiB")) < MEMORY_MIB
    smallest = min(FARGATE_MEMORY)
    assert FARGATE_MEMORY[smallest][0] // 2 >= MEMORY_MIB
    assert smallest // 8 >= CPU


def test_only_xray_needs_a_permission_and_the_boundary_leaves_it() -> None:
    def allowed(name: str) -> list[dict[str, Any]]:
        return [dict(one) for one in Collector(region=REGION, image="i:1", choices=_CHOICES[name]).send_statements()]

    assert [one["Action"] for one in allowed("xray")] == [["xray:PutTraceSegments"]]
    assert allowed("http") == allowed("grpc") == []
    outermost = [dict(one) for one in bounds(site())]
    assert [escapes(one, outermost, {}) for one in allowed("xray")] == [[]]


def test_the_kinds_that_get_a_collector_are_those_that_are_told_to_send() -> None:
    told = {
        service.kind
        for service in SERVICES
        if environment(deployed(service), ENDPOINTS, EVERYTHING).get("ENABLE_OTEL") == "true"
    }
    assert told == {*SENDERS}


@each_way
def test_a_collector_stands_beside_each_service_that_sends_and_beside_no_other(changes: dict[str, Any]) -> None:
    graph = variant({**AGENTS, **changes})
    services = [one.name.removesuffix("-definition") for one in graph.of(":TaskDefinition")]
    assert {name for name in services if "otel-collector" in containers(graph, name)} == {*_SENDING}
    assert WEB.name in services


@each_way
@each_sender
def test_telemetry_that_fails_stops_no_service(changes: dict[str, Any], service: str) -> None:
    made = containers(variant(changes), service)
    waits = [need["containerName"] for need in made[service].get("dependsOn", [])]
    assert "otel-collector" not in waits
    assert (made["otel-collector"]["essential"], made[service]["essential"]) == (False, True)
    assert made[service]["cpu"] > made["otel-collector"]["cpu"]


@each_way
@each_sender
def test_a_collector_has_no_privilege_and_no_port_and_says_whether_it_works(
    changes: dict[str, Any], service: str
) -> None:
    made = containers(variant(changes), service)["otel-collector"]
    assert made["readonlyRootFilesystem"] is True
    assert made["user"] not in {"0", "root"}
    assert made["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert "portMappings" not in made
    assert made["healthCheck"]["command"] == ["CMD", "/healthcheck"]


@each_sender
def test_the_key_is_the_collectors_alone(service: str) -> None:
    graph = variant(_TO_ENDPOINT)
    made = containers(graph, service)
    assert [name for name, one in made.items() if _LOGIN in json.dumps(one)] == ["otel-collector"]
    readers = [one for one in _allowed(graph, f"{service}-execution") if _LOGIN in one["Resource"]]
    assert [one["Action"] for one in readers] == [["secretsmanager:GetSecretValue"]]
    assert _LOGIN not in json.dumps(_allowed(graph, f"{service}-task"))


@each_sender
def test_services_send_to_their_own_collector_and_know_no_other(service: str) -> None:
    given = _environments(_TO_ENDPOINT)[service]
    assert given["ENABLE_OTEL"] == "true"
    assert given["OTLP_BASE_ENDPOINT"] == "http://127.0.0.1:4318"
    assert given["OTEL_EXPORTER_OTLP_PROTOCOL"] in {"http", "http/protobuf"}
    assert "otlp.example.com" not in json.dumps(given)


def test_the_roles_of_senders_put_traces_and_no_other_role_does() -> None:
    graph = variant({**AGENTS, **_TO_XRAY})
    putting = {one.name for one in graph.of("iam/rolePolicy:RolePolicy") if "xray:" in str(one.inputs["policy"])}
    assert putting == {f"{service}-task-policy" for service in _SENDING}
    assert not [one for one in variant(_TO_ENDPOINT).of("iam/rolePolicy:RolePolicy") if "xray:" in str(one.inputs)]


def test_the_collector_is_copied_by_its_digest_and_runs_from_the_copy() -> None:
    graph = variant(_TO_XRAY)
    assert graph.named("images-otel-collector-original").inputs["name"] == ADOT_COLLECTOR
    assert "@sha256:" in ADOT_COLLECTOR
    for service in _SENDING:
        image = containers(graph, service)["otel-collector"]["image"]
        assert image.startswith("images-otel-collector-repository-repositoryUrl@sha256:")
    pulls = [one for one in _allowed(graph, "api-execution") if one["Sid"] == "PullImages"]
    assert "images-otel-collector-repository-arn" in json.dumps(pulls)


def test_where_nothing_is_mirrored_the_makers_image_runs() -> None:
    assert containers(variant(_TO_XRAY, "dev"), "api")["otel-collector"]["image"] == ADOT_COLLECTOR


def test_a_closed_network_sends_its_traces_to_xray_without_leaving() -> None:
    graph = recorded("prod", values=values_of("prod", {**CLOSED, **_TO_XRAY}))
    assert ways_out(graph) == []
    assert "xray" in called_services(graph) <= reached_services(graph)
    assert images_from_outside(graph) == set()


def test_services_that_stay_inside_reach_xray_inside_and_get_no_way_out_for_it() -> None:
    graph = variant(_TO_XRAY)
    assert "xray" in reached_services(graph)
    leaving = {one.name for one in graph.of(":SecurityGroupEgressRule") if "cidrIpv4" in one.inputs}
    without = {one.name for one in variant({}).of(":SecurityGroupEgressRule") if "cidrIpv4" in one.inputs}
    assert leaving == without


def _environments(changes: dict[str, Any]) -> dict[str, dict[str, str]]:
    graph = variant(changes)
    return {service: pairs(containers(graph, service)[service]["environment"]) for service in _SENDING}
