"""EventBridge sends to topics on nobody's stated behalf; nothing else is let in so."""

import json
from typing import Any

import pytest

from policies.guardrails import tokens as t
from policies.guardrails.rule import RULES
from tests.policies.graph_adapter import Declared, judge

_RULE = "iam-resource-policy-must-know-whom-a-service-acts-for"
_EVENTS = "events.amazonaws.com"
_KEY_USE = ["kms:Decrypt", "kms:GenerateDataKey"]


def _policy(service: str | list[str], actions: str | list[str]) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _fires(*stack: Declared) -> bool:
    return bool(judge([*stack], [one.policy for one in RULES if one.name == _RULE]).violations)


@pytest.mark.parametrize(
    ("service", "actions", "fires"),
    [
        (_EVENTS, "sns:Publish", False),
        ([_EVENTS], ["sns:Publish"], False),
        (_EVENTS, ["sns:Publish", "sns:Subscribe"], True),
        (_EVENTS, "sns:*", True),
        ([_EVENTS, "cloudwatch.amazonaws.com"], "sns:Publish", True),
        ("cloudwatch.amazonaws.com", "sns:Publish", True),
    ],
)
def test_event_bridge_alone_may_publish_and_do_no_more(service: Any, actions: Any, fires: bool) -> None:
    policy = Declared(type=t.TOPIC_POLICY, name="policy", props={"policy": _policy(service, actions)})
    assert _fires(policy) is fires


@pytest.mark.parametrize(
    ("actions", "of_a_topic", "fires"),
    [
        (_KEY_USE, True, False),
        (_KEY_USE, False, True),
        ([*_KEY_USE, "kms:Encrypt"], True, True),
        (["kms:GenerateDataKey*"], True, True),
    ],
)
def test_event_bridge_uses_the_key_of_a_topic_to_send_and_no_other(
    actions: list[str], of_a_topic: bool, fires: bool
) -> None:
    key = Declared(type=t.KEY, name="key", props={"policy": _policy(_EVENTS, actions)})
    links = {"kmsMasterKeyId": [key.urn]} if of_a_topic else {}
    assert _fires(key, Declared(type=t.TOPIC, name="topic", props={"kmsMasterKeyId": "arn"}, links=links)) is fires


def test_event_bridge_is_held_to_the_rule_everywhere_else() -> None:
    props = {"policy": _policy(_EVENTS, "s3:PutObject")}
    assert _fires(Declared(type=t.BUCKET_POLICY, name="policy", props=props))
