"""KMS keys: who may use which."""

from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from components.keys import Keys, KeysArgs
from settings.environment import Lifecycle
from tests.components.component_graphs import ACCOUNT, REGION, document, program, site
from tests.recorder import Graph, record

_VIA = {
    "database": {"rds", "secretsmanager"},
    "cache": {"elasticache"},
    "search": {"es"},
    "files": {"s3"},
    "secrets": {"secretsmanager"},
    "images": {"ecr", "codeartifact"},
    "audit": {"s3"},
    "backup": {"backup", "rds", "s3"},
}
_PRINCIPALS = {
    "logs": {f"logs.{REGION}.amazonaws.com"},
    "notifications": {
        *("cloudwatch.amazonaws.com", "events.amazonaws.com", "events.rds.amazonaws.com"),
        *("budgets.amazonaws.com", "costalerts.amazonaws.com"),
    },
    "audit": {"cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com"},
}
_TIERS = tuple(dict.fromkeys((*_VIA, *_PRINCIPALS)))
_CRYPTOGRAPHY = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom")


@cache
def _keys(lifecycle: Lifecycle = Lifecycle.RETAIN) -> Graph:
    return record(lambda: Keys("keys", KeysArgs(site=site(lifecycle))))


def _statements(tier: str) -> list[dict[str, Any]]:
    return document(_keys().named(f"{tier}-key").inputs["policy"])


def _letting_in(tier: str, kind: str) -> list[dict[str, Any]]:
    """Statements by which principals of that kind decrypt."""
    granting = [statement for statement in _statements(tier) if _grants(statement, "kms:Decrypt")]
    return [statement for statement in granting if kind in statement["Principal"]]


def _grants(statement: dict[str, Any], action: str) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in statement["Action"])


def test_there_is_one_key_per_tier_of_data() -> None:
    assert {key.name for key in _keys().of("kms/key:Key")} == {f"{tier}-key" for tier in _TIERS}


@pytest.mark.parametrize("tier", _TIERS)
def test_a_key_rotates_and_is_deleted_as_late_as_possible(tier: str) -> None:
    inputs = _keys().named(f"{tier}-key").inputs
    assert inputs["enableKeyRotation"] is True
    assert inputs["deletionWindowInDays"] == 30


@pytest.mark.parametrize("tier", _TIERS)
@pytest.mark.parametrize("action", _CRYPTOGRAPHY)
def test_nobody_uses_a_key_without_a_condition(tier: str, action: str) -> None:
    granting = [statement for statement in _statements(tier) if _grants(statement, action)]
    assert granting
    unconditional = [statement["Principal"] for statement in granting if "Condition" not in statement]
    assert unconditional in ([], [{"Service": "events.amazonaws.com"}] if tier == "notifications" else [])


def test_event_bridge_makes_and_opens_data_keys_of_notifications_and_nothing_else() -> None:
    (sending,) = [
        one for one in _statements("notifications") if one["Principal"] == {"Service": "events.amazonaws.com"}
    ]
    assert sending["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]


@pytest.mark.parametrize("tier", _TIERS)
def test_the_accounts_root_administers_a_key_but_cannot_read_with_it(tier: str) -> None:
    (administration,) = [statement for statement in _statements(tier) if statement["Sid"] == "Administration"]
    assert administration["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert _grants(administration, "kms:PutKeyPolicy")
    assert not [action for action in ("kms:Decrypt", "kms:Encrypt") if _grants(administration, action)]


@pytest.mark.parametrize(("tier", "services"), _VIA.items())
def test_a_data_key_is_used_through_its_own_services_by_this_account_only(tier: str, services: set[str]) -> None:
    (condition,) = [statement["Condition"]["StringEquals"] for statement in _letting_in(tier, "AWS")]
    assert set(condition["kms:ViaService"]) == {f"{service}.{REGION}.amazonaws.com" for service in services}
    assert condition["kms:CallerAccount"] == ACCOUNT


@pytest.mark.parametrize("tier", _VIA)
def test_services_make_grants_for_aws_resources_only(tier: str) -> None:
    (grants,) = [statement for statement in _statements(tier) if statement["Sid"] == "GrantsForServices"]
    assert grants["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


@pytest.mark.parametrize(("tier", "principals"), _PRINCIPALS.items())
def test_a_service_uses_a_key_itself_only_on_behalf_of_this_account(tier: str, principals: set[str]) -> None:
    granting = _letting_in(tier, "Service")
    assert {statement["Principal"]["Service"] for statement in granting} == principals
    # Except EventBridge, which says for whom it sends to no topic and to no topic's key (docs/decisions/0024).
    knowing = [one for one in granting if one["Principal"]["Service"] != "events.amazonaws.com"]
    assert all(ACCOUNT in str(statement["Condition"]) for statement in knowing)


@pytest.mark.parametrize("tier", _TIERS)
def test_a_key_lets_in_its_own_services_and_principals_and_no_other(tier: str) -> None:
    kinds = {
        kind for statement in _statements(tier) if _grants(statement, "kms:Decrypt") for kind in statement["Principal"]
    }
    assert kinds == ({"AWS"} if tier in _VIA else set()) | ({"Service"} if tier in _PRINCIPALS else set())


@pytest.mark.parametrize("lifecycle", Lifecycle)
def test_keys_are_protected_exactly_where_data_is_retained(lifecycle: Lifecycle) -> None:
    protections = {key.protect for key in _keys(lifecycle).of("kms/key:Key")}
    assert protections == {lifecycle is Lifecycle.RETAIN}


def test_each_alias_names_its_stack_and_its_key() -> None:
    for alias in _keys().of("kms/alias:Alias"):
        tier = alias.name.removesuffix("-alias")
        assert alias.inputs["name"] == f"alias/dify-prod-{tier}"
        assert alias.inputs["targetKeyId"] == f"{tier}-key-keyId"


def test_every_tier_is_encrypted_with_its_own_key() -> None:
    graph = program()
    assert graph.named("database-instance").inputs["kmsKeyId"] == "database-key-arn"
    assert graph.named("cache-group").inputs["kmsKeyId"] == "cache-key-arn"
    assert graph.named("notifications-page-topic").inputs["kmsMasterKeyId"] == "notifications-key-arn"
    assert graph.named("backup-vault").inputs["kmsKeyArn"] == "backup-key-arn"
    assert {secret.inputs["kmsKeyId"] for secret in graph.of(":Secret")} == {"secrets-key-arn"}
    assert {group.inputs["kmsKeyId"] for group in graph.of(":LogGroup")} == {"logs-key-arn"}
