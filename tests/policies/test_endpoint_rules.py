"""The rules about endpoints where a change of one resource is not enough to tell."""

import json
from typing import Any

import pytest

from policies.guardrails import tokens as t
from policies.guardrails.rule import RULES
from tests.policies.graph_adapter import Declared, Stack, judge

RULE = next(one.policy for one in RULES if one.name == "vpc-endpoint-must-bind-its-callers")
INSIDE = next(one.policy for one in RULES if one.name == "vpc-network-must-reach-aws-inside")


def _policy(**changes: Any) -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", **changes}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _stack(*, internet: bool, **props: Any) -> Stack:
    network = Declared(type=t.VPC, name="network")
    endpoint = Declared(type=t.VPC_ENDPOINT, name="endpoint", props=props, links={"vpcId": [network.urn]})
    gateway = Declared(type=t.INTERNET_GATEWAY, name="gateway", links={"vpcId": [network.urn]})
    return [network, endpoint, *([gateway] if internet else [])]


def _findings(stack: Stack) -> int:
    return len(judge(stack, [RULE]).violations)


@pytest.mark.parametrize("internet", [False, True])
def test_a_gateway_needs_a_policy(internet: bool) -> None:
    assert _findings(_stack(internet=internet, serviceName="com.amazonaws.eu-central-1.s3")) == 1


@pytest.mark.parametrize(
    ("action", "open_findings"),
    [
        (["s3:GetObject", "s3:ListBucket"], 0),
        ("s3:GetObjectVersion", 0),
        (["s3:GetObject", "s3:PutObject"], 1),
        ("s3:*", 1),
        ("s3:Get*", 1),
        ([], 1),
    ],
)
def test_anybody_may_read_through_the_gateway_of_a_network_with_internet_and_do_nothing_else(
    action: str | list[str], open_findings: int
) -> None:
    policy = _policy(Action=action)
    assert _findings(_stack(internet=True, serviceName="com.amazonaws.eu-central-1.s3", policy=policy)) == open_findings
    assert _findings(_stack(internet=False, serviceName="com.amazonaws.eu-central-1.s3", policy=policy)) == 1


def test_what_a_statement_leaves_out_is_no_read() -> None:
    policy = _policy(Action=None, NotAction=["s3:PutObject"])
    assert _findings(_stack(internet=True, serviceName="com.amazonaws.eu-central-1.s3", policy=policy)) == 1


@pytest.mark.parametrize("internet", [False, True])
@pytest.mark.parametrize(
    ("changes", "findings"),
    [
        ({}, 1),
        ({"Resource": "arn:aws:s3:::*"}, 1),
        ({"Resource": ["arn:aws:s3:::layers/*", "*"]}, 1),
        ({"Resource": "arn:aws:s3:::layers/*"}, 0),
        ({"Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}}, 0),
        ({"Condition": {"StringEqualsIfExists": {"aws:PrincipalAccount": "111122223333"}}}, 1),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:role/api"}}, 0),
        ({"Effect": "Deny"}, 0),
    ],
)
def test_an_interface_lets_through_callers_of_an_account_or_to_what_it_names(
    internet: bool, changes: dict[str, Any], findings: int
) -> None:
    props = {"vpcEndpointType": "Interface", "serviceName": "com.amazonaws.eu-central-1.kms"}
    assert _findings(_stack(internet=internet, policy=_policy(**changes), **props)) == findings


def test_mail_has_no_policy_to_judge() -> None:
    props = {"vpcEndpointType": "Interface", "serviceName": "com.amazonaws.eu-central-1.email-smtp"}
    assert _findings(_stack(internet=False, **props)) == 0


@pytest.mark.parametrize(
    ("family", "internet", "findings"), [("prod", True, 1), ("prod", False, 1), ("dev", True, 0), ("dev", False, 1)]
)
def test_tasks_start_without_the_internet_where_there_is_none_and_in_production(
    family: str, internet: bool, findings: int
) -> None:
    network = Declared(type=t.VPC, name="network", stack=family)
    gateway = Declared(type=t.INTERNET_GATEWAY, name="gateway", stack=family, links={"vpcId": [network.urn]})
    judged = judge([network, *([gateway] if internet else [])], [INSIDE])
    assert len(judged.violations) == findings
