"""The rules about endpoints where a change of one resource is not enough to tell."""

import json
from typing import Any

import pytest

from policies.guardrails import tokens as t
from policies.guardrails.rule import RULES
from tests.policies.graph_adapter import Declared, Stack, judge

RULE = next(one.policy for one in RULES if one.name == "vpc-endpoint-must-bind-its-callers")


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


@pytest.mark.parametrize(("internet", "findings"), [(False, 1), (True, 0)])
def test_the_gateway_of_a_closed_network_needs_a_policy_and_that_of_an_open_one_does_not(
    internet: bool, findings: int
) -> None:
    assert _findings(_stack(internet=internet, serviceName="com.amazonaws.eu-central-1.s3")) == findings


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
