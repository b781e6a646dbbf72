"""ECS services: placement, deployment, names and what they wait for."""

from functools import cache
from typing import Any

import pytest

from components.service import FargateService, ServiceArgs
from components.task import TaskArgs
from dify.plan import Deployment
from dify.services import API, BEAT, PLUGIN_DAEMON, WORKER, Service
from tests.components.component_graphs import LOGS, program, site
from tests.components.program_variants import AGENTS, variant
from tests.recorder import Graph, record

_SERVICES = (
    "web", "api", "api-websocket", "worker", "beat", "plugin-daemon", "sandbox", "ssrf-proxy", "agent-backend",
    "local-sandbox", "agent-ssrf-proxy",
)  # fmt: skip
_SINGLETONS = {"beat", "plugin-daemon", "agent-backend", "local-sandbox"}
_FACING = {"web": 180, "api": 180, "api-websocket": 180, "plugin-daemon": 1200}
"""Services behind the load balancer, and the seconds in which failing checks do not count: the plugin daemon installs
all plugins again at every start."""


@cache
def _service(service: Service, *, balanced: bool = False) -> Graph:
    deployment = Deployment(service=service, cpu=512, memory=1024, min_tasks=2, max_tasks=7)
    task = TaskArgs(site=site(), logs=LOGS, deployment=deployment, image="image:1", environment={}, secrets={})
    args = ServiceArgs(
        task=task,
        cluster_arn="cluster",
        cluster_name="dify-prod",
        subnet_ids=["private-a", "private-b"],
        security_group_id="group",
        namespace_id="namespace",
        target_group_arn="target" if balanced else None,
    )
    return record(lambda: FargateService(service.name, args))


def _inputs(graph: Graph) -> dict[str, Any]:
    return graph.one("ecs/service:Service").inputs


def _recorded(service: str) -> dict[str, Any]:
    return variant(AGENTS).named(f"{service}-service").inputs


def test_these_are_all_services_of_a_stack_with_every_option() -> None:
    assert {service.inputs["name"] for service in variant(AGENTS).of("ecs/service:Service")} == set(_SERVICES)


def test_a_singleton_is_stopped_before_its_successor_starts() -> None:
    inputs = _inputs(_service(BEAT))
    assert (inputs["deploymentMinimumHealthyPercent"], inputs["deploymentMaximumPercent"]) == (0, 100)
    assert inputs["availabilityZoneRebalancing"] == "DISABLED"


def test_a_singleton_never_scales_and_keeps_its_count() -> None:
    graph = _service(BEAT)
    assert graph.of("appautoscaling/target:Target") == []
    assert graph.one("ecs/service:Service").ignore_changes == []


def test_every_other_service_keeps_its_full_strength_during_a_deployment() -> None:
    inputs = _inputs(_service(WORKER))
    assert (inputs["deploymentMinimumHealthyPercent"], inputs["deploymentMaximumPercent"]) == (100, 200)
    assert inputs["availabilityZoneRebalancing"] == "ENABLED"


@pytest.mark.parametrize("service", _SERVICES)
def test_exactly_what_must_not_run_twice_is_a_singleton(service: str) -> None:
    inputs = _recorded(service)
    assert inputs["deploymentMaximumPercent"] == (100 if service in _SINGLETONS else 200)
    targets = {target.name for target in variant(AGENTS).of("appautoscaling/target:Target")}
    assert (f"{service}-scaling" in targets) is (service not in _SINGLETONS)
    assert service not in _SINGLETONS or inputs["desiredCount"] == 1


def test_scaling_owns_the_count_of_what_scales() -> None:
    graph = _service(WORKER)
    assert _inputs(graph)["desiredCount"] == 2
    assert graph.one("ecs/service:Service").ignore_changes == ["desiredCount"]


def test_a_service_behind_the_load_balancer_waits_for_its_first_checks() -> None:
    inputs = _inputs(_service(API, balanced=True))
    assert inputs["loadBalancers"] == [{"targetGroupArn": "target", "containerName": "api", "containerPort": 5001}]
    assert inputs["healthCheckGracePeriodSeconds"] == 180


def test_a_service_with_an_empty_disk_gets_the_time_to_fill_it() -> None:
    assert _inputs(_service(PLUGIN_DAEMON, balanced=True))["healthCheckGracePeriodSeconds"] == 1200


def test_a_service_that_nobody_connects_to_stands_behind_nothing() -> None:
    inputs = _inputs(_service(WORKER))
    assert not {"loadBalancers", "healthCheckGracePeriodSeconds", "serviceRegistries"} & set(inputs)


def test_a_discovered_service_registers_its_addresses() -> None:
    graph = _service(API)
    registered = graph.named("api-discovery").inputs
    assert (registered["name"], registered["dnsConfig"]["namespaceId"]) == ("api", "namespace")
    assert registered["dnsConfig"]["dnsRecords"] == [{"type": "A", "ttl": 10}]
    assert _inputs(graph)["serviceRegistries"] == {"registryArn": "api-discovery-arn"}


def test_exactly_those_that_others_connect_to_have_a_name() -> None:
    graph = variant(AGENTS)
    registered = {service.name for service in graph.of("ecs/service:Service") if "serviceRegistries" in service.inputs}
    named = ("api", "plugin-daemon", "sandbox", "ssrf-proxy", "agent-backend", "local-sandbox", "agent-ssrf-proxy")
    assert registered == {f"{name}-service" for name in named}
    assert len(graph.of("servicediscovery/service:Service")) == len(named)


@pytest.mark.parametrize("service", _SERVICES)
def test_a_failed_deployment_rolls_back(service: str) -> None:
    assert _recorded(service)["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


@pytest.mark.parametrize("service", _SERVICES)
def test_a_service_stands_in_private_subnets_or_if_isolated_in_those_that_lead_nowhere_without_a_public_address(
    service: str,
) -> None:
    network = _recorded(service)["networkConfiguration"]
    assert network["assignPublicIp"] is False
    tier = "data" if service in {"sandbox", "local-sandbox"} else "private"
    assert network["subnets"] == [f"network-{tier}-{zone}-id" for zone in "abc"]
    assert network["securityGroups"] == [f"firewall-{service}-id"]


@pytest.mark.parametrize("service", _SERVICES)
def test_a_service_runs_its_own_task_definition(service: str) -> None:
    assert _recorded(service)["taskDefinition"] == f"{service}-definition-arn"


def test_exactly_what_browsers_and_webhooks_reach_stands_behind_the_load_balancer() -> None:
    facing = {
        s.inputs["name"]: s.inputs for s in variant(AGENTS).of("ecs/service:Service") if "loadBalancers" in s.inputs
    }
    assert {name: inputs["healthCheckGracePeriodSeconds"] for name, inputs in facing.items()} == _FACING
    for name, inputs in facing.items():
        (balanced,) = inputs["loadBalancers"]
        assert (balanced["targetGroupArn"], balanced["containerName"]) == (f"edge-{name}-arn", name)


@pytest.mark.parametrize("service", _FACING)
def test_a_service_behind_the_load_balancer_waits_for_the_rules_that_lead_to_it(service: str) -> None:
    graph = program()
    leading = {rule.urn for rule in (*graph.of(":ListenerRule"), graph.named("edge-https"))}
    assert len(leading) > 4
    assert leading <= set(graph.named(f"{service}-service").dependencies)


@pytest.mark.parametrize("service", _SERVICES)
def test_a_service_waits_until_the_logins_of_the_database_work(service: str) -> None:
    graph = variant(AGENTS)
    assert graph.named("database-setup-finished").urn in graph.named(f"{service}-service").dependencies
