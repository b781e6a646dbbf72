"""The cache."""

from functools import cache
from typing import Any

import pytest

from components.cache import Cache, CacheArgs
from settings.cache import Cache as Choices
from settings.environment import Lifecycle
from tests.components.component_graphs import site
from tests.recorder import Graph, record


@cache
def _cache(lifecycle: Lifecycle = Lifecycle.RETAIN, nodes: int = 2, version: str = "8.0") -> Graph:
    args = CacheArgs(
        site=site(lifecycle),
        subnet_ids=["data-a", "data-b"],
        security_group_id="group",
        key_arn="key",
        choices=Choices.model_validate({"nodes": nodes, "engineVersion": version}),
    )
    return record(lambda: Cache("cache", args))


def _group(graph: Graph | None = None) -> dict[str, Any]:
    return (graph or _cache()).named("cache-group").inputs


def test_cluster_mode_is_off() -> None:
    assert not {"numNodeGroups", "replicasPerNodeGroup", "clusterMode"} & set(_group())


@pytest.mark.parametrize(("nodes", "fails_over"), [(1, False), (2, True), (3, True)])
def test_it_fails_over_exactly_where_there_is_a_replica(nodes: int, fails_over: bool) -> None:
    group = _group(_cache(nodes=nodes))
    assert group["numCacheClusters"] == nodes
    assert group["automaticFailoverEnabled"] is group["multiAzEnabled"] is fails_over


def test_it_is_encrypted_at_rest_with_the_given_key_and_in_transit_always() -> None:
    assert (_group()["atRestEncryptionEnabled"], _group()["kmsKeyId"]) == (True, "key")
    assert (_group()["transitEncryptionEnabled"], _group()["transitEncryptionMode"]) == (True, "required")


def test_no_password_is_in_the_program() -> None:
    user = _cache().named("cache-user")
    assert user.inputs["authenticationMode"] == {"type": "iam"}
    assert user.ignore_changes == ["authenticationMode"]
    assert "passwords" not in user.inputs
    assert "authToken" not in _group()


def test_the_user_logs_in_under_its_own_name_and_may_not_use_dangerous_commands() -> None:
    user = _cache().named("cache-user").inputs
    assert user["userId"] == user["userName"] == "dify-prod"
    assert "-@dangerous" in user["accessString"]
    assert "nopass" not in user["accessString"]


def test_only_that_user_may_log_in() -> None:
    users = _cache().one("elasticache/userGroup:UserGroup").inputs
    assert users["userIds"] == ["dify-prod"]
    assert _group()["userGroupIds"] == [users["userGroupId"]]


def test_queues_are_never_evicted() -> None:
    parameters = _cache().one("elasticache/parameterGroup:ParameterGroup").inputs
    assert parameters["parameters"] == [{"name": "maxmemory-policy", "value": "noeviction"}]


@pytest.mark.parametrize("version", ["7.2", "8.1"])
def test_the_parameter_group_follows_the_major_version_under_a_name_of_its_own(version: str) -> None:
    group = _cache(version=version).one("elasticache/parameterGroup:ParameterGroup")
    assert (group.name, group.inputs["family"]) == (f"cache-parameters-{version[0]}", f"valkey{version[0]}")


def test_it_stands_in_the_data_subnets_behind_its_own_group() -> None:
    assert _cache().named("cache-subnets").inputs["subnetIds"] == ["data-a", "data-b"]
    assert _group()["securityGroupIds"] == ["group"]


@pytest.mark.parametrize("lifecycle", Lifecycle)
def test_it_is_protected_and_leaves_a_snapshot_exactly_where_data_is_retained(lifecycle: Lifecycle) -> None:
    retains = lifecycle is Lifecycle.RETAIN
    group = _cache(lifecycle).named("cache-group")
    assert group.protect is retains
    assert ("finalSnapshotIdentifier" in group.inputs) is retains


def test_the_guides_production_values_are_the_defaults() -> None:
    assert (_group()["nodeType"], _group()["snapshotRetentionLimit"]) == ("cache.m7g.large", 30)
