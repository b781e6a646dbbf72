"""Every policy document of every stack, against AWS's reference: it says something, and no more than it must.

What this does not prove: that the permissions are enough. Only AWS shows that.
"""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest

from tests.identity.documents_of_stacks import STACKS, Document, Kind, Statement, documents, graph, several
from tests.identity.quotas import INLINE, QUOTAS
from tests.identity.service_reference import NEWER, actions, service_keys
from tests.identity.width import ABOUT_ITSELF, WIDE, Wide

each_stack = pytest.mark.parametrize("stack", STACKS)


def each(stack: str) -> Iterator[tuple[Document, Statement, str]]:
    """Every action of every statement of a stack, with the statement and its document."""
    for one in documents(stack):
        for statement in one.statements:
            for action in several(statement.get("Action")):
                yield one, statement, action


@each_stack
def test_every_document_is_one_that_iam_can_read(stack: str) -> None:
    for one in documents(stack):
        assert json.loads(one.text)["Version"] == "2012-10-17", one.owner
        sids = [statement["Sid"] for statement in one.statements if "Sid" in statement]
        assert len(set(sids)) == len(sids), one.owner
        assert all(sid.isalnum() for sid in sids), one.owner
        for statement in one.statements:
            assert statement["Effect"] in {"Allow", "Deny"}, one.owner
            assert ("Principal" in statement) == (one.kind is not Kind.IDENTITY), one.owner
            assert one.kind is Kind.TRUST or "Resource" in statement or "NotResource" in statement, one.owner


@each_stack
def test_every_document_is_within_the_quota_of_what_carries_it(stack: str) -> None:
    too_long = [
        (one.owner, one.size)
        for one in documents(stack)
        if one.size > QUOTAS["trust" if one.kind is Kind.TRUST else one.type]
    ]
    assert too_long == []


@each_stack
def test_all_inline_policies_of_a_role_are_within_their_quota(stack: str) -> None:
    sizes: dict[str, int] = {}
    for resource in graph(stack).of("aws:iam/rolePolicy:RolePolicy"):
        role = str(resource.inputs["role"])
        sizes[role] = sizes.get(role, 0) + len(str(resource.inputs["policy"]))
    assert [role for role, size in sizes.items() if size > INLINE] == []


@each_stack
def test_every_action_exists(stack: str) -> None:
    unknown = {action for _, _, action in each(stack) if action != "*" and not actions(action) and action not in NEWER}
    assert unknown == set()


@each_stack
def test_every_action_is_about_resources_that_it_knows(stack: str) -> None:
    idle = [
        (one.owner, action, resource)
        for one, statement, action in each(stack)
        if action != "*" and one.type not in ABOUT_ITSELF
        for resource in several(statement.get("Resource"))
        if not any(found.fits(resource) for found in actions(action))
    ]
    assert idle == []


@each_stack
def test_every_condition_key_is_one_that_requests_carry(stack: str) -> None:
    foreign = [
        (one.owner, action, key)
        for one, statement, action in each(stack)
        if action != "*" and one.kind is not Kind.TRUST
        for tests in statement.get("Condition", {}).values()
        for key in tests
        if key not in service_keys(action.split(":")[0]) and not any(found.knows(key) for found in actions(action))
    ]
    assert foreign == []


@each_stack
def test_nothing_is_allowed_by_what_it_is_not(stack: str) -> None:
    for one in documents(stack):
        for statement in one.statements:
            assert "NotAction" not in statement, one.owner
            assert "NotPrincipal" not in statement, one.owner
            assert statement["Effect"] == "Deny" or "NotResource" not in statement, one.owner


def widths(stack: str) -> Iterator[Wide]:
    """What is wider than a name: every resource, or every action of a pattern."""
    for one in documents(stack):
        for statement in one.statements:
            if statement["Effect"] != "Allow" or one.kind is Kind.TRUST:
                continue
            everything = "*" in several(statement["Resource"]) and one.type not in ABOUT_ITSELF
            if everything or any("*" in action for action in several(statement["Action"])):
                yield Wide(one.owner, str(statement["Sid"]))


@each_stack
def test_every_wide_statement_has_a_reason(stack: str) -> None:
    unexplained = [
        wide
        for wide in widths(stack)
        if not any(fnmatchcase(wide.owner, one.owner) and fnmatchcase(wide.sid, one.sid) for one in WIDE)
    ]
    assert unexplained == []


def test_no_reason_outlives_its_statement() -> None:
    wide = [found for stack in STACKS for found in widths(stack)]
    stale = [
        one
        for one in WIDE
        if not any(fnmatchcase(found.owner, one.owner) and fnmatchcase(found.sid, one.sid) for found in wide)
    ]
    assert stale == []
