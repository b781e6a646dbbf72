"""Schedules of rotation and words of access strings: which are good enough."""

from typing import Any

import pytest

from policies.guardrails import tokens as t
from policies.guardrails.rule import RULES
from tests.policies.graph_adapter import Declared, Stack, judge


def _fires(rule: str, *stack: Declared) -> bool:
    return bool(judge([*stack], [one.policy for one in RULES if one.name == rule]).violations)


@pytest.mark.parametrize(
    ("rules", "fires"),
    [
        ({"automaticallyAfterDays": 1}, False),
        ({"automaticallyAfterDays": 90}, False),
        ({"automaticallyAfterDays": 91}, True),
        ({"automaticallyAfterDays": 0}, True),
        ({"scheduleExpression": "rate(4 hours)"}, False),
        ({"scheduleExpression": "rate(90 days)"}, False),
        ({"scheduleExpression": "rate(91 days)"}, True),
        ({"scheduleExpression": "cron(0 4 1 * ? *)"}, False),
        ({"scheduleExpression": "cron(0 4 ? * SUN#1 *)"}, False),
        ({"scheduleExpression": "cron(0 4 1 1/6 ? *)"}, True),
        ({"scheduleExpression": "cron(0 4 1 * ? 2030)"}, True),
        ({}, True),
    ],
)
def test_a_rotation_comes_round_within_90_days(rules: dict[str, Any], fires: bool) -> None:
    rotation = Declared(type=t.SECRET_ROTATION, name="rotation", props={"rotationRules": rules})
    assert _fires("secretsmanager-rotation-must-be-frequent", rotation) is fires


@pytest.mark.parametrize("ours", [True, False])
def test_only_a_secret_that_aws_made_rotates_without_a_function(ours: bool) -> None:
    secret = Declared(type=t.SECRET, name="secret")
    links = {"secretId": [secret.urn]} if ours else {}
    props = {"rotationRules": {"automaticallyAfterDays": 30}, "secretId": "arn"}
    stack: Stack = [secret, Declared(type=t.SECRET_ROTATION, name="rotation", props=props, links=links)]
    assert _fires("secretsmanager-rotation-must-be-frequent", *stack) is ours


@pytest.mark.parametrize(
    ("access", "fires"),
    [
        ("on ~* &* +@all -@dangerous", False),
        ("on ~* &* +@all -@dangerous +info +keys", False),
        ("on ~app* &app* +@all", False),
        ("on ~* -@all +@read", False),
        ("on ~* +@all", True),
        ("on allkeys allcommands", True),
        ("on %RW~* +@all", True),
        ("on ~* -@dangerous +@all", True),
        ("on ~* +@all -@dangerous +@dangerous", True),
        ("on ~app* +@read (~* +@all)", True),
        ("on nopass ~app* +@read", True),
        ("off ~* +@all", False),
        ("off -@all", False),
        ("", True),
    ],
)
def test_a_user_has_not_every_command_on_every_key(access: str, fires: bool) -> None:
    user = Declared(type=t.CACHE_USER, name="user", props={"accessString": access})
    assert _fires("elasticache-user-must-be-bounded", user) is fires


@pytest.mark.parametrize(
    "login", [{"noPasswordRequired": True}, {"authenticationMode": {"type": "no-password-required"}}]
)
def test_a_user_that_is_on_needs_a_password(login: dict[str, Any]) -> None:
    props = {"accessString": "on ~app* +@read", **login}
    assert _fires("elasticache-user-must-be-bounded", Declared(type=t.CACHE_USER, name="user", props=props))
