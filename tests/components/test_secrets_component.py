"""Secrets: names and fields in the program, values never."""

import json
import re
from typing import Any, cast

import pytest

from components.secrets import Secrets
from settings.environment import Lifecycle
from tests.components.component_graphs import below, document, program

_SECRETS = ("secrets-application", "secrets-cache")
_FUNCTION_ARNS = {"secrets-application-arn", "secrets-cache-arn"}


def _request() -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(program().named("secrets-filled").inputs["input"]))


def _keeper() -> dict[str, dict[str, Any]]:
    return {s["Sid"]: s for s in document(program().named("secrets-keeper-role-policy").inputs["policy"])}


def test_there_is_one_secret_per_purpose() -> None:
    assert {secret.name for secret in program().of(":Secret")} == set(_SECRETS)


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


def test_the_request_names_what_to_make_and_carries_no_value() -> None:
    generated = {field: recipe for secret in _request()["secrets"] for field, recipe in secret["generate"].items()}
    assert set(generated) == {"SECRET_KEY", "INIT_PASSWORD", "password"}
    assert all(set(recipe) == {"length", "alphabet"} for recipe in generated.values())
    literals = {field for secret in _request()["secrets"] for field in secret.get("literals", {})}
    assert literals == {"username"}


def test_lengths_are_those_that_dify_documents() -> None:
    application = _request()["secrets"][0]["generate"]
    assert application["SECRET_KEY"]["length"] >= 42
    assert application["INIT_PASSWORD"]["length"] <= 30


def test_the_brokers_address_is_composed_inside_aws_over_tls() -> None:
    compose = _request()["secrets"][1]["compose"]
    assert compose == {"CELERY_BROKER_URL": "rediss://{username}:{password}@{host}:{port}/1"}


def test_the_caches_user_gets_the_password_of_the_caches_secret() -> None:
    user = program().named("cache-user").inputs["userId"]
    assert _request()["cacheUsers"] == [{"userId": user, "secretArn": "secrets-cache-arn", "passwordField": "password"}]


def test_the_keeper_touches_these_secrets_this_key_and_this_user_only() -> None:
    statements = _keeper()
    assert set(statements) == {"KeepSecrets", "EncryptSecrets", "CacheUser", "WriteLogs"}
    assert set(statements["KeepSecrets"]["Resource"]) == _FUNCTION_ARNS
    assert statements["EncryptSecrets"]["Resource"] == "secrets-key-arn"
    assert statements["CacheUser"]["Resource"] == "arn:aws:elasticache:eu-central-1:111122223333:user:dify-prod"
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
    triggers = program().named("secrets-filled").inputs["triggers"]
    assert triggers == {"code": "secrets-keeper-function-codeSha256"}


def test_who_takes_a_secret_waits_until_it_is_filled() -> None:
    filled = program().named("secrets-filled").urn
    waiting = program().named("api-definition").property_dependencies["containerDefinitions"]
    assert filled in waiting


def test_everything_of_the_keeper_belongs_to_the_component() -> None:
    names = {resource.name for resource in below(program(), Secrets, "secrets")}
    assert {"secrets-keeper-function", "secrets-keeper-role", "secrets-filled", *_SECRETS} <= names
