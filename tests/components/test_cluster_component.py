"""The ECS cluster and its private names."""

from functools import cache

from components.cluster import Cluster, ClusterArgs
from tests.components.component_graphs import LOGS, program
from tests.recorder import Graph, Recorded, record


@cache
def _cluster() -> Graph:
    args = ClusterArgs(vpc_id="vpc", cluster_name="dify-prod", namespace="dify-prod.internal", logs=LOGS)
    return record(lambda: Cluster("cluster", args))


def test_enhanced_container_insights_feed_the_alarms() -> None:
    settings = _cluster().named("cluster-cluster").inputs["settings"]
    assert settings == [{"name": "containerInsights", "value": "enhanced"}]


def test_sessions_inside_containers_are_logged() -> None:
    command = _cluster().named("cluster-cluster").inputs["configuration"]["executeCommandConfiguration"]
    assert command["logging"] == "OVERRIDE"
    assert command["logConfiguration"]["cloudWatchLogGroupName"] == "/dify-prod/sessions"
    assert command["logConfiguration"]["cloudWatchEncryptionEnabled"] is True
    assert command["kmsKeyId"] == _cluster().named("cluster-sessions").inputs["kmsKeyId"] == "key-logs"


def test_nobody_is_let_into_a_container_of_production() -> None:
    assert [service.name for service in program().of("ecs/service:Service") if _lets_in(service)] == []


def _lets_in(service: Recorded) -> bool:
    return service.inputs.get("enableExecuteCommand", False) is True


def test_tasks_run_on_fargate_only() -> None:
    capacity = _cluster().one(":ClusterCapacityProviders").inputs
    assert capacity["capacityProviders"] == ["FARGATE"]


def test_names_resolve_inside_the_vpc_only() -> None:
    namespace = _cluster().named("cluster-namespace").inputs
    assert namespace == {"name": "dify-prod.internal", "vpc": "vpc"}
