"""Roles: one for each use, and no service acts with one, or on a resource, for anybody else."""

import json
from typing import Any

import pytest

from components.iam import SAYS_FOR_WHOM
from tests.identity.documents_of_stacks import STACKS, TRACKED, Kind, documents, graph, several

ON_BEHALF = ("aws:SourceAccount", "aws:SourceArn", "kms:EncryptionContext:aws:logs:arn")
"""Keys that say for whom a service acts; CloudWatch Logs says it to KMS in the encryption context."""

REGISTERED = {"search-snapshots-role": "search-setup-readers"}
"""Roles that no property names: the request that does, by which the set-up function hands them to OpenSearch."""

_SENDING = {"sns:Publish", "kms:Decrypt", "kms:GenerateDataKey"}

PROGRAM = [stack for stack in STACKS if stack != "pipeline"]


def uses(stack: str) -> dict[str, list[str]]:
    """Role -> what acts with it, told by properties that are named after a role."""
    found = {role.urn: list[str]() for role in graph(stack).of("aws:iam/role:Role")}
    for resource in graph(stack).resources:
        for name, links in resource.property_dependencies.items():
            if resource.type.startswith("aws:iam/") or not name.lower().endswith(("role", "rolearn")):
                continue
            for urn in found.keys() & {*links}:
                found[urn].append(f"{resource.name} {name}")
    for urn in found:
        if (request := REGISTERED.get(urn.rsplit("::", 1)[-1])) is not None:
            links = graph(stack).named(request).property_dependencies["input"]
            found[urn] += [f"{request} roleArn"] * links.count(urn)
    return found


@pytest.mark.parametrize("stack", PROGRAM)
def test_every_role_of_a_service_has_exactly_one_use(stack: str) -> None:
    odd = {urn.rsplit("::", 1)[-1]: found for urn, found in uses(stack).items() if len(found) != 1}
    assert {name: found for name, found in odd.items() if not name.startswith("pipeline-")} == {}


@pytest.mark.parametrize("stack", PROGRAM)
def test_no_use_has_the_role_of_another_one(stack: str) -> None:
    everything = [use for found in uses(stack).values() for use in found]
    assert len(everything) > 20
    assert len(set(everything)) == len(everything)


@pytest.mark.parametrize("stack", STACKS)
def test_every_service_that_is_let_in_says_for_whom_it_acts(stack: str) -> None:
    strangers = [
        (one.owner, several(principal["Service"]))
        for one in documents(stack)
        if one.kind is not Kind.IDENTITY
        for statement in one.statements
        if statement["Effect"] == "Allow" and isinstance(principal := statement["Principal"], dict)
        if "Service" in principal and not _names_somebody(statement) and not _sends_notices(one.owner, statement)
        if one.kind is not Kind.TRUST or {*several(principal["Service"])} & SAYS_FOR_WHOM
    ]
    assert strangers == []


def _sends_notices(owner: str, statement: dict[str, Any]) -> bool:
    """EventBridge says for whom it sends to no topic and to no topic's key (docs/decisions/0024)."""
    sends = several(statement["Principal"]["Service"]) == ["events.amazonaws.com"]
    return sends and owner.startswith("notifications") and {*several(statement["Action"])} <= _SENDING


def _names_somebody(statement: dict[str, Any]) -> bool:
    restricting = ("StringEquals", "StringLike", "ArnEquals", "ArnLike")
    return any(key in statement.get("Condition", {}).get(name, {}) for name in restricting for key in ON_BEHALF)


@pytest.mark.parametrize("stack", PROGRAM)
def test_every_function_that_a_service_may_call_says_for_whom(stack: str) -> None:
    for permission in graph(stack).of("aws:lambda/permission:Permission"):
        given = permission.inputs
        assert given["principal"].endswith(".amazonaws.com")
        links = permission.property_dependencies.get("sourceArn")
        assert links or given.get("sourceArn") or given.get("sourceAccount"), permission.name


@pytest.mark.parametrize("stack", PROGRAM)
def test_every_role_of_the_stack_is_in_the_stacks_own_path(stack: str) -> None:
    paths = {
        role.inputs["path"]
        for role in graph(stack).of("aws:iam/role:Role")
        if "Service" in json.loads(role.inputs["assumeRolePolicy"])["Statement"][0]["Principal"]
    }
    name = stack if stack in TRACKED else "prod"
    assert paths == {f"/dify-{name}/"}
