"""The cache."""

from functools import cache
from typing import Any

import pytest

from components.cache import Cache, CacheArgs
from dify.environment.agents import AGENT_KEY_PREFIX
from dify.environment.runners import PLUGIN_KEY_PREFIX
from dify.secrets import AGENT_CACHE, CACHE, PLUGIN_CACHE
from settings.cache import Cache as Choices
from settings.environment import Lifecycle
from tests.components.component_graphs import ACCOUNT, LOGS, REGION, container, document, pairs, site
from tests.components.program_variants import AGENTS, variant
from tests.recorder import Graph, record

_USERS = (CACHE, PLUGIN_CACHE, AGENT_CACHE)


@cache
def _cache(lifecycle: Lifecycle = Lifecycle.RETAIN, nodes: int = 2, version: str = "8.0") -> Graph:
    args = CacheArgs(
        site=site(lifecycle),
        subnet_ids=["data-a", "data-b"],
        security_group_id="group",
        key_arn="key",
        logs=LOGS,
        users=_USERS,
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


@pytest.mark.parametrize("secret", [secret.name for secret in _USERS])
def test_no_password_is_in_the_program(secret: str) -> None:
    user = _cache().named(f"cache-user-{secret}")
    assert user.inputs["authenticationMode"] == {"type": "iam"}
    assert user.ignore_changes == ["authenticationMode"]
    assert "passwords" not in user.inputs
    assert "authToken" not in _group()


@pytest.mark.parametrize("secret", [secret.name for secret in _USERS])
def test_a_user_logs_in_under_its_own_name_and_may_not_use_dangerous_commands(secret: str) -> None:
    user = _cache().named(f"cache-user-{secret}").inputs
    assert user["userId"] == user["userName"] == f"dify-prod-{secret}"
    rights = user["accessString"].split()
    assert rights[0] == "on"
    assert rights.index("-@dangerous") > rights.index("+@all")
    assert not [right for right in rights if right in {"nopass", "allcommands", "allkeys", "allchannels"}]


@pytest.mark.parametrize(("secret", "prefix"), [
    ("plugin-cache", PLUGIN_KEY_PREFIX), ("agent-cache", AGENT_KEY_PREFIX),
])  # fmt: skip
def test_plugins_and_agents_reach_keys_and_channels_of_their_own_prefix_only(secret: str, prefix: str) -> None:
    rights = _cache().named(f"cache-user-{secret}").inputs["accessString"].split()
    assert prefix
    assert [right for right in rights if right[0] in "~&%"] == [f"~{prefix}*", f"&{prefix}*"]


def test_the_prefix_that_a_user_is_bound_to_is_the_one_that_its_service_uses() -> None:
    graph = variant(AGENTS)
    asked = {
        "plugin-cache": pairs(container(graph, "plugin-daemon")["environment"])["REDIS_KEY_PREFIX"],
        "agent-cache": pairs(container(graph, "agent-backend")["environment"])["DIFY_AGENT_REDIS_PREFIX"],
    }
    for secret, prefix in asked.items():
        assert f" ~{prefix}* " in graph.named(f"cache-user-{secret}").inputs["accessString"], secret


def test_only_those_users_may_log_in() -> None:
    users = _cache().one("elasticache/userGroup:UserGroup").inputs
    assert users["userIds"] == [f"dify-prod-{secret.name}" for secret in _USERS]
    assert _group()["userGroupIds"] == [users["userGroupId"]]


def test_there_is_one_user_for_each_service_that_has_a_secret_of_the_cache() -> None:
    users = {user.inputs["userId"] for user in variant(AGENTS).of("elasticache/user:User")}
    assert users == {f"dify-prod-{secret.name}" for secret in _USERS}
    assert {user.inputs["userId"] for user in variant({}).of("elasticache/user:User")} == {
        "dify-prod-cache", "dify-prod-plugin-cache",
    }  # fmt: skip


def test_a_users_name_keeps_to_the_length_of_elasticache() -> None:
    assert max(len(user.inputs["userId"]) for user in variant(AGENTS).of("elasticache/user:User")) <= 40


def test_queues_are_never_evicted() -> None:
    parameters = _cache().one("elasticache/parameterGroup:ParameterGroup").inputs
    assert parameters["parameters"] == [{"name": "maxmemory-policy", "value": "noeviction"}]


@pytest.mark.parametrize("version", ["7.2", "8.1"])
def test_the_parameter_group_follows_the_major_version_under_a_name_of_its_own(version: str) -> None:
    group = _cache(version=version).one("elasticache/parameterGroup:ParameterGroup")
    assert (group.name, group.inputs["family"]) == (f"cache-parameters-{version[0]}", f"valkey{version[0]}")


def test_what_the_engine_did_and_who_sent_slow_commands_is_in_log_groups_with_a_key() -> None:
    groups = {group.inputs["name"]: group.inputs["kmsKeyId"] for group in _cache().of(":LogGroup")}
    assert groups == {
        "/aws/elasticache/dify-prod/slow-log": "key-logs", "/aws/elasticache/dify-prod/engine-log": "key-logs",
    }  # fmt: skip
    delivered = _group()["logDeliveryConfigurations"]
    assert {one["destination"]: one["logType"] for one in delivered} == {
        name: name.rsplit("/", maxsplit=1)[-1] for name in groups
    }
    assert {(one["destinationType"], one["logFormat"]) for one in delivered} == {("cloudwatch-logs", "json")}


def test_logs_are_delivered_to_those_groups_for_this_account_and_region_only() -> None:
    policy = _cache().one(":LogResourcePolicy")
    (statement,) = document(policy.inputs["policyDocument"])
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Resource"] == [f"cache-{kind}-arn:log-stream:*" for kind in ("slow-log", "engine-log")]
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:*"},
    }
    assert policy.urn in _cache().named("cache-group").dependencies


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
