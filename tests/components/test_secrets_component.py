"""Secrets: names and fields in the program, values never."""

import json
import re
from typing import Any, cast

import pytest

from components.secrets import Secrets
from dify.secrets import SECRETS, Kind
from settings.environment import Lifecycle
from tests.components.component_graphs import below, document, program
from tests.components.function_packages import module_of, on_aws, secret_arn
from tests.components.program_variants import AGENTS, POOLED, variant

_OF_PROD = (
    "application", "database-login", "plugin-database-login", "metrics-login", "cache", "plugin-cache",
    "plugin-daemon-key", "inner-api-key", "sandbox-key",
)  # fmt: skip
_OF_AGENTS = ("agent-cache", "agent-token", "agent-server-key", "local-sandbox-token")
_ARNS = {f"secrets-{name}-arn" for name in _OF_PROD}


def _input() -> str:
    return str(variant(AGENTS).named("secrets-keeper-filled").inputs["input"])


def _kept() -> dict[str, dict[str, Any]]:
    """What the keeper is asked to keep, by the name of the secret, in a stack with every option."""
    secrets = cast("list[dict[str, Any]]", json.loads(_input())["secrets"])
    return {kept["arn"].removeprefix("secrets-").removesuffix("-arn"): kept for kept in secrets}


def _keeper() -> dict[str, dict[str, Any]]:
    return {s["Sid"]: s for s in document(program().named("secrets-keeper-role-policy").inputs["policy"])}


def test_there_is_one_secret_per_purpose_that_the_stack_has() -> None:
    assert {secret.name for secret in program().of(":Secret")} == {f"secrets-{name}" for name in _OF_PROD}
    everything = {secret.name for secret in variant(AGENTS).of(":Secret")}
    assert everything == {f"secrets-{secret.name}" for secret in SECRETS}
    assert everything == {f"secrets-{name}" for name in (*_OF_PROD, *_OF_AGENTS)}


@pytest.mark.parametrize("stack", ["prod", "staging", "dev"])
def test_no_resource_holds_the_value_of_a_secret(stack: str) -> None:
    kinds = {resource.type for resource in program(stack).resources}
    assert not [kind for kind in kinds if re.search("SecretVersion|RandomPassword|PrivateKey|ssm/parameter", kind)]
    assert not [s for s in program(stack).of(":Secret") if {"secretString", "secretBinary"} & set(s.inputs)]


def test_secrets_are_encrypted_with_the_secrets_key() -> None:
    assert {secret.inputs["kmsKeyId"] for secret in program().of(":Secret")} == {"secrets-key-arn"}


@pytest.mark.parametrize(("stack", "lifecycle", "days"), [
    ("prod", Lifecycle.RETAIN, 30), ("dev", Lifecycle.DISPOSABLE, 0),
])  # fmt: skip
def test_a_deleted_secret_can_be_brought_back_where_data_is_retained(stack: str, lifecycle: str, days: int) -> None:
    secrets = program(stack).of(":Secret")
    assert {secret.inputs["recoveryWindowInDays"] for secret in secrets} == {days}
    assert {secret.protect for secret in secrets} == {lifecycle == Lifecycle.RETAIN}


def test_the_keeper_is_asked_for_every_secret_in_its_own_language() -> None:
    request = module_of("secret_keeper", "request").parse(on_aws(_input()))
    assert {kept.arn for kept in request.secrets} == {secret_arn(f"secrets-{one.name}-arn") for one in SECRETS}
    assert {user.secret_arn for user in request.cache_users} == {
        secret_arn(f"secrets-{one.name}-arn") for one in SECRETS if one.kind is Kind.CACHE
    }


def test_the_request_names_what_to_make_and_carries_no_value() -> None:
    for name, kept in _kept().items():
        assert kept["generate"], name
        assert all(set(recipe) == {"length", "alphabet"} for recipe in kept["generate"].values())
    given = {
        (part, field) for kept in _kept().values() for part in ("initial", "literals") for field in kept.get(part, {})
    }
    assert given == {("initial", "username"), ("literals", "username")}


def test_lengths_are_those_that_dify_documents() -> None:
    application = _kept()["application"]["generate"]
    assert application["SECRET_KEY"]["length"] >= 42
    assert application["INIT_PASSWORD"]["length"] <= 30
    assert _kept()["agent-server-key"]["generate"]["KEY"]["alphabet"] == "base64url-32-bytes"


def test_a_database_login_begins_with_the_first_of_its_two_users_which_a_rotation_may_change() -> None:
    initial = {name: kept["initial"]["username"] for name, kept in _kept().items() if "initial" in kept}
    assert initial == {
        "database-login": "dify_a",
        "plugin-database-login": "dify_plugin_a",
        "metrics-login": "dify_metrics_a",
    }


def test_each_login_has_a_secret_of_its_own_where_a_proxy_must_know_them_all() -> None:
    graph = variant(POOLED)
    added = {s.name for s in graph.of(":Secret")} - {s.name for s in program().of(":Secret")}
    text = graph.named("secrets-keeper-filled").inputs["input"]
    names = {one["arn"]: one["literals"]["username"] for one in json.loads(text)["secrets"] if "literals" in one}
    assert {name: names[f"{name}-arn"] for name in added} == {
        "secrets-database-login-a": "dify_a",
        "secrets-database-login-b": "dify_b",
        "secrets-plugin-database-login-a": "dify_plugin_a",
        "secrets-plugin-database-login-b": "dify_plugin_b",
    }
    assert module_of("secret_keeper", "request").parse(on_aws(text))


def test_a_cache_users_name_is_always_its_users_own() -> None:
    literals = {name: kept["literals"]["username"] for name, kept in _kept().items() if "literals" in kept}
    assert literals == {name: f"dify-prod-{name}" for name in ("cache", "plugin-cache", "agent-cache")}


@pytest.mark.parametrize(("secret", "field", "database"), [
    ("cache", "CELERY_BROKER_URL", 1), ("agent-cache", "REDIS_URL", 2),
])  # fmt: skip
def test_an_address_with_a_password_is_composed_inside_aws_over_tls(secret: str, field: str, database: int) -> None:
    kept = _kept()[secret]
    assert kept["compose"] == {field: f"rediss://{{username}}:{{password}}@{{host}}:{{port}}/{database}"}
    assert kept["values"] == {"host": "cache-group-primaryEndpointAddress", "port": "6379"}


def test_nothing_is_composed_where_nobody_reads_it() -> None:
    assert {name for name, kept in _kept().items() if {"compose", "values"} & set(kept)} == {"cache", "agent-cache"}


def test_each_cache_user_gets_the_password_of_its_own_secret() -> None:
    users = [user.inputs["userId"] for user in variant(AGENTS).of("elasticache/user:User")]
    assert len(users) == 3
    asked = {user["userId"]: user for user in json.loads(_input())["cacheUsers"]}
    assert set(asked) == set(users)
    for user, request in asked.items():
        secret = user.removeprefix("dify-prod-")
        assert (request["secretArn"], request["passwordField"]) == (f"secrets-{secret}-arn", "password")


def test_the_keeper_touches_these_secrets_this_key_and_these_users_only() -> None:
    statements = _keeper()
    assert set(statements) == {"KeepSecrets", "EncryptSecrets", "CacheUsers", "WriteLogs"}
    assert set(statements["KeepSecrets"]["Resource"]) == _ARNS
    assert statements["EncryptSecrets"]["Resource"] == "secrets-key-arn"
    users = "arn:aws:elasticache:eu-central-1:111122223333:user"
    assert statements["CacheUsers"]["Resource"] == [f"{users}:dify-prod-cache", f"{users}:dify-prod-plugin-cache"]
    assert statements["WriteLogs"]["Resource"] == "secrets-keeper-logs-arn:*"


def test_the_keeper_deletes_nothing_and_has_no_wildcard() -> None:
    actions = [action for statement in _keeper().values() for action in statement["Action"]]
    assert not [action for action in actions if "*" in action or "Delete" in action]


def test_the_keeper_runs_once_at_a_time_with_its_code_as_it_stands() -> None:
    function = program().named("secrets-keeper-function").inputs
    assert function["reservedConcurrentExecutions"] == 1
    assert set(function["code"].assets) >= {"index.py", "request.py", "generation.py"}
    assert "environment" not in function


def test_secrets_are_filled_again_when_the_keepers_code_changes() -> None:
    triggers = program().named("secrets-keeper-filled").inputs["triggers"]
    assert triggers == {"code": "secrets-keeper-function-codeSha256"}


@pytest.mark.parametrize("service", ["api", "plugin-daemon", "sandbox"])
def test_who_takes_a_secret_waits_until_it_is_filled(service: str) -> None:
    filled = program().named("secrets-keeper-filled").urn
    waiting = program().named(f"{service}-definition").property_dependencies["containerDefinitions"]
    assert filled in waiting


def test_secrets_and_keeper_belong_to_the_component() -> None:
    names = {resource.name for resource in below(program(), Secrets, "secrets")}
    assert names == {"secrets-keeper", *(f"secrets-{name}" for name in _OF_PROD)}
