"""What counts as root and what as a way further, on a service, its task, its role and a store made by hand."""

import json
from typing import Any

import pytest

from policies.guardrails import tokens as t
from policies.guardrails.rule import RULES
from tests.policies.graph_adapter import Declared, Stack, judge

RULE = next(one.policy for one in RULES if one.name == "ecs-service-must-isolate-what-runs-as-root")

ROOT: dict[str, Any] = {"name": "code", "readonlyRootFilesystem": True}
"""An image that names no user may be root."""
CONFINED: dict[str, Any] = {"name": "code", "user": "1001", "readonlyRootFilesystem": True}
NO_CAPABILITY = {"linuxParameters": {"capabilities": {"drop": ["ALL"]}}}
SOME_CAPABILITIES = {"linuxParameters": {"capabilities": {"drop": ["NET_RAW"]}}}


def _stack(*containers: dict[str, Any], stack: str = "prod") -> Stack:
    """A service on its own: its role may do nothing and its group reaches nobody."""
    group = Declared(type=t.SECURITY_GROUP, name="code-group", stack=stack)
    role = Declared(type=t.ROLE, name="code-role", stack=stack)
    definition = Declared(
        type=t.TASK_DEFINITION,
        name="code-definition",
        props={"containerDefinitions": json.dumps(containers), "taskRoleArn": "arn"},
        links={"taskRoleArn": [role.urn]},
        stack=stack,
    )
    service = Declared(
        type=t.SERVICE,
        name="code-service",
        props={"networkConfiguration": {"securityGroups": ["group"]}},
        links={"taskDefinition": [definition.urn], "networkConfiguration": [group.urn]},
        stack=stack,
    )
    return [service, definition, role, group]


def _with_permission(stack: Stack, type_: str = t.ROLE_POLICY) -> Stack:
    role = next(one for one in stack if one.type == t.ROLE)
    return [*stack, Declared(type=type_, name="permission", links={"role": [role.urn]}, stack=role.stack)]


def _with_egress(stack: Stack, props: dict[str, Any], **more: list[str]) -> Stack:
    group = next(one for one in stack if one.type == t.SECURITY_GROUP)
    links = {"securityGroupId": [group.urn], **more}
    return [*stack, Declared(type=t.EGRESS_RULE, name="way-out", props=props, links=links)]


def _findings(stack: Stack) -> list[str]:
    return [message for _, _, message in judge(stack, [RULE]).violations]


def test_root_on_its_own_is_isolated() -> None:
    assert _findings(_stack(ROOT)) == []


@pytest.mark.parametrize(
    "container",
    [
        ROOT,
        ROOT | {"user": "0"},
        ROOT | {"user": "0:1001"},
        ROOT | {"user": "root"},
        ROOT | SOME_CAPABILITIES,
        CONFINED | {"readonlyRootFilesystem": False},
        CONFINED | {"readonlyRootFilesystem": None},
        ROOT | NO_CAPABILITY | {"readonlyRootFilesystem": False},
    ],
)
def test_root_and_whoever_can_change_the_image_may_have_no_permission(container: dict[str, Any]) -> None:
    assert len(_findings(_with_permission(_stack(container)))) == 1


@pytest.mark.parametrize("container", [CONFINED, CONFINED | {"user": "1001:0"}, ROOT | {"user": "0"} | NO_CAPABILITY])
def test_a_confined_container_may_have_permissions(container: dict[str, Any]) -> None:
    assert _findings(_with_permission(_stack(container))) == []


@pytest.mark.parametrize(("condition", "findings"), [("SUCCESS", 0), ("COMPLETE", 0), ("START", 1), ("HEALTHY", 1)])
def test_root_that_ends_before_the_service_starts_is_no_way_in(condition: str, findings: int) -> None:
    waits = CONFINED | {"dependsOn": [{"containerName": "owner", "condition": condition}]}
    assert len(_findings(_with_permission(_stack(waits, ROOT | {"name": "owner"})))) == findings


@pytest.mark.parametrize("name", ["inlinePolicies", "managedPolicyArns"])
def test_permissions_on_the_role_itself_count(name: str) -> None:
    stack = _stack(ROOT)
    next(one for one in stack if one.type == t.ROLE).props[name] = ["something"]
    assert len(_findings(stack)) == 1


def test_attached_policies_count() -> None:
    assert len(_findings(_with_permission(_stack(ROOT), t.ROLE_POLICY_ATTACHMENT))) == 1


def test_a_role_of_elsewhere_may_do_anything() -> None:
    stack = _stack(ROOT)
    stack[1].links = {}
    assert len(_findings(stack)) == 1


@pytest.mark.parametrize("address", [{"cidrIpv4": "10.0.0.0/8"}, {"cidrIpv6": "::/0"}, {"prefixListId": "pl-1"}])
def test_a_way_to_addresses_counts(address: dict[str, str]) -> None:
    assert len(_findings(_with_egress(_stack(ROOT), address))) == 1


def test_the_addresses_of_a_gateway_endpoint_are_aws() -> None:
    endpoint = Declared(type=t.VPC_ENDPOINT, name="s3")
    stack = _with_egress([*_stack(ROOT), endpoint], {"prefixListId": "pl-1"}, prefixListId=[endpoint.urn])
    assert _findings(stack) == []


@pytest.mark.parametrize(
    ("inline", "findings"),
    [
        ({"protocol": "tcp", "cidrBlocks": ["0.0.0.0/0"]}, 1),
        ({"protocol": "tcp", "ipv6CidrBlocks": ["::/0"]}, 1),
        ({"protocol": "tcp", "securityGroups": ["other"]}, 0),
    ],
)
def test_inline_rules_count_too(inline: dict[str, Any], findings: int) -> None:
    stack = _stack(ROOT)
    next(one for one in stack if one.type == t.SECURITY_GROUP).props["egress"] = [inline]
    assert len(_findings(stack)) == findings


@pytest.mark.parametrize("type_", [t.DATABASE, t.DATABASE_PROXY])
def test_a_way_to_a_store_counts(type_: str) -> None:
    stack = _stack(ROOT)
    (own,) = [one for one in stack if one.type == t.SECURITY_GROUP]
    guard = Declared(type=t.SECURITY_GROUP, name="store-group")
    store = Declared(type=type_, name="store", links={"vpcSecurityGroupIds": [guard.urn]})
    links = {"securityGroupId": [guard.urn], "referencedSecurityGroupId": [own.urn]}
    way = Declared(type=t.INGRESS_RULE, name="way-in", links=links)
    assert _findings([*stack, guard, store]) == []
    (said,) = _findings([*stack, guard, store, way])
    assert "reaches store" in said


def test_what_a_preview_does_not_know_is_left_to_the_update() -> None:
    stack = _with_permission(_stack(ROOT))
    stack[1].props["containerDefinitions"] = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    verdict = judge(stack, [RULE])
    assert (verdict.violations, verdict.not_applicable) == ([], {RULE.name})
