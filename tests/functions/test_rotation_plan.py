"""Every mistake in ROTATION is one line that names the place, and never a value."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.rotation.rotation import FunctionError
from functions.rotation.rotation_plan import CacheSecret, DatabaseSecret, KeysSecret, parse_plan

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:{}-AbCdEf"
DATABASE, CACHE, KEYS = ARN.format("database"), ARN.format("cache"), ARN.format("keys")


def good() -> dict[str, Any]:
    return {
        "cluster": "dify-prod",
        "secrets": {
            DATABASE: {
                "kind": "database",
                "ownerSecretArn": ARN.format("owner"),
                "host": "database.internal",
                "port": 5432,
                "database": "dify",
                "users": ["dify_a", "dify_b"],
                "mirrors": {"dify_a": ARN.format("mirror-a"), "dify_b": ARN.format("mirror-b")},
                "services": ["api"],
            },
            CACHE: {
                "kind": "cache",
                "userId": "dify-prod",
                "host": "cache.internal",
                "port": 6379,
                "compose": {"CELERY_BROKER_URL": "rediss://{username}:{password}@{host}:{port}/1"},
                "services": ["api"],
            },
            KEYS: {"kind": "keys", "fields": {"KEY": {"length": 64, "alphabet": "alphanumeric"}}, "services": ["api"]},
        },
    }


def test_a_good_plan_is_read_as_it_is() -> None:
    plan = parse_plan(json.dumps(good()))
    assert plan.cluster == "dify-prod"
    assert [type(plan.secrets[arn]) for arn in (DATABASE, CACHE, KEYS)] == [DatabaseSecret, CacheSecret, KeysSecret]


def test_mirrors_and_composed_fields_are_optional() -> None:
    given = good()
    del given["secrets"][DATABASE]["mirrors"], given["secrets"][CACHE]["compose"]
    plan = parse_plan(json.dumps(given))
    assert getattr(plan.secrets[DATABASE], "mirrors", None) == getattr(plan.secrets[CACHE], "compose", None) == {}


MISTAKES: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda p: p.clear(), "ROTATION: cluster, secrets is missing"),
    (lambda p: p.update(cluster=""), "ROTATION.cluster: must be non-empty text"),
    (lambda p: p["secrets"].update(s3cret={}), "ROTATION.secrets: must be the ARN of a Secrets Manager secret"),
    (lambda p: p["secrets"][KEYS].update(kind="s3cret"), f"{KEYS}].kind: must be one of cache, database, keys"),
    (lambda p: p["secrets"][KEYS].pop("kind"), f"{KEYS}].kind: must be one of cache, database, keys"),
    (lambda p: p["secrets"][KEYS].update(fields={}), f"{KEYS}].fields: at least one field is needed"),
    (lambda p: p["secrets"][KEYS]["fields"]["KEY"].update(length=8), f"{KEYS}].fields.KEY.length: must be 16 to 128"),
    (lambda p: p["secrets"][KEYS].pop("services"), f"{KEYS}]: services is missing"),
    (lambda p: p["secrets"][DATABASE].update(port="5432"), f"{DATABASE}].port: must be a whole number from 1 to 65535"),
    (lambda p: p["secrets"][DATABASE]["users"].pop(), f"{DATABASE}].users: must be the two users that take turns"),
    (
        lambda p: p["secrets"][DATABASE]["mirrors"].pop("dify_a"),
        f"{DATABASE}].mirrors: must have one secret for each of users, or be left out",
    ),
    (
        lambda p: p["secrets"][CACHE].update(compose={"URL": "{s3cret}"}),
        f"{CACHE}].compose.URL: no field or value is called s3cret",
    ),
    (
        lambda p: p["secrets"][CACHE].update(compose={"URL": "{password!r}"}),
        f"{CACHE}].compose.URL: must be text with plain {{name}} placeholders",
    ),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES)
def test_a_mistake_is_named_with_its_place(mistake: Callable[[dict[str, Any]], object], message: str) -> None:
    given = good()
    mistake(given)
    with pytest.raises(FunctionError) as caught:
        parse_plan(json.dumps(given))
    assert str(caught.value).endswith(message)
    assert str(caught.value).startswith("ROTATION")


_NO_JSON = "is neither JSON nor packed JSON"


@pytest.mark.parametrize(
    ("given", "rule"),
    [(None, "is not set"), ("", "is not set"), *((text, _NO_JSON) for text in ("{", "{]", "x", "eA=="))],
)
def test_a_plan_that_is_missing_or_no_json_is_said_so(given: str | None, rule: str) -> None:
    with pytest.raises(FunctionError, match=f"^ROTATION: {rule}"):
        parse_plan(given)
