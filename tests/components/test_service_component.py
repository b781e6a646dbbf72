"""ECS services: placement, deployment and scaling."""

from functools import cache
from typing import Any

import pytest

from components.service import FargateService, ServiceArgs
from components.task import TaskArgs
from dify.services import API, BEAT, WORKER, Service
from tests.components.component_graphs import LOGS, program, site
from tests.recorder import Graph, record

_SERVICES = ("web", "api", "worker", "beat")


@cache
def _service(service: Service, *, balanced: bool = False, discovered: bool = False) -> Graph:
    task = TaskArgs(
        site=site(), logs=LOGS, service=service, image="image:1", cpu=512, memory=1024, environment={}, secrets={}
    )
    args = ServiceArgs(
        task=task,
        cluster_arn="cluster",
        cluster_name="dify-prod",
        subnet_ids=["private-a", "private-b"],
        security_group_id="group",
        min_tasks=2,
        max_tasks=7,
        target_group_arn="target" if balanced else None,
        namespace_id="namespace" if discovered else None,
    )
    return record(lambda: FargateService(service.name, args))


def _inputs(graph: Graph) -> dict[str, Any]:
    return graph.one("ecs/service:Service").inputs


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


def test_scaling_moves_between_the_given_bounds_and_owns_the_count() -> None:
    graph = _service(WORKER)
    target = graph.one("appautoscaling/target:Target").inputs
    assert (target["minCapacity"], target["maxCapacity"]) == (2, 7)
    assert target["resourceId"] == "service/dify-prod/worker"
    assert _inputs(graph)["desiredCount"] == 2
    assert graph.one("ecs/service:Service").ignore_changes == ["desiredCount"]


def test_scaling_starts_below_the_cpu_alarm() -> None:
    policy = _service(WORKER).one("appautoscaling/policy:Policy").inputs
    assert policy["targetTrackingScalingPolicyConfiguration"]["targetValue"] < 80


def test_a_service_behind_the_load_balancer_waits_for_its_first_checks() -> None:
    inputs = _inputs(_service(API, balanced=True))
    assert inputs["loadBalancers"] == [{"targetGroupArn": "target", "containerName": "api", "containerPort": 5001}]
    assert inputs["healthCheckGracePeriodSeconds"] == 180


def test_a_service_that_nobody_connects_to_stands_behind_nothing() -> None:
    inputs = _inputs(_service(WORKER))
    assert not {"loadBalancers", "healthCheckGracePeriodSeconds", "serviceRegistries"} & set(inputs)


def test_a_discovered_service_registers_its_addresses() -> None:
    graph = _service(API, discovered=True)
    registered = graph.named("api-discovery").inputs
    assert (registered["name"], registered["dnsConfig"]["namespaceId"]) == ("api", "namespace")
    assert _inputs(graph)["serviceRegistries"] == {"registryArn": "api-discovery-arn"}


@pytest.mark.parametrize("service", _SERVICES)
def test_a_failed_deployment_rolls_back(service: str) -> None:
    breaker = program().named(f"{service}-service").inputs["deploymentCircuitBreaker"]
    assert breaker == {"enable": True, "rollback": True}


@pytest.mark.parametrize("service", _SERVICES)
def test_no_task_has_a_public_address(service: str) -> None:
    network = program().named(f"{service}-service").inputs["networkConfiguration"]
    assert network["assignPublicIp"] is False


@pytest.mark.parametrize("service", _SERVICES)
def test_a_service_runs_its_own_task_definition(service: str) -> None:
    assert program().named(f"{service}-service").inputs["taskDefinition"] == f"{service}-definition-arn"


def test_only_web_and_api_stand_behind_the_load_balancer_and_wait_for_its_rules() -> None:
    graph = program()
    facing = {s.inputs["name"]: s for s in graph.of("ecs/service:Service") if "loadBalancers" in s.inputs}
    assert set(facing) == {"web", "api"}
    rules = {rule.urn for rule in graph.of(":ListenerRule")}
    assert rules
    assert all(rules <= set(service.dependencies) for service in facing.values())


def test_only_the_beat_is_deployed_as_a_singleton() -> None:
    maxima = {s.inputs["name"]: s.inputs["deploymentMaximumPercent"] for s in program().of("ecs/service:Service")}
    assert maxima == {"web": 200, "api": 200, "worker": 200, "beat": 100}
