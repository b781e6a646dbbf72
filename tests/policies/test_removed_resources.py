"""Nothing that protects a stack can be taken out of it unnoticed: not one resource, and not all of its kind.

Each is taken out of the recorded program together with what cannot be without it; then the pack must find something,
or one of the tests' own functions over a whole stack. What this does not prove: that what is there does its work. That
is the rules' matter, each tried in test_rules_on_production.py, and for a few types nobody's, as AWS answers for them.
"""

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.components.program_variants import AGENTS, CLOSED, DELIVERED, PIPED, POOLED, SIGNED_IN, variant
from tests.policies.removal import Removal, Whole
from tests.policies.removal_types import GUARDS, PROTECT_NOTHING
from tests.policies.stack_invariants import broken
from tests.recorder import Graph, Recorded

ASKED = {"network.dnsFirewall": {"allowedDomains": ["example.com"]}}
"""A network in which few names may be looked up."""

STACKS: dict[str, Callable[[], Graph]] = {
    "prod": lambda: variant({}),
    "cdn": lambda: variant({**DELIVERED, **SIGNED_IN, **ASKED, **PIPED}),
    "closed": lambda: variant({**CLOSED, **POOLED, **AGENTS}),
}
"""Every type of resource is in one of them; what is in several is taken out of the first."""


@cache
def whole(stack: str) -> Whole:
    return Whole(STACKS[stack](), "prod")


def kind(resource: Recorded) -> str:
    """The type, with what it is for where that makes the difference."""
    found = resource.type.removeprefix("aws:")
    purposes = {
        "iam/policy:Policy": "boundary" if str(resource.inputs.get("name")).endswith("-boundary") else "",
        "route53/record:Record": "CAA" if resource.inputs.get("type") == "CAA" else "",
        "route53/resolverFirewallRule:ResolverFirewallRule": "ALLOW"
        if resource.inputs.get("action") == "ALLOW"
        else "",
    }
    return f"{found} {purposes.get(found, '')}".rstrip()


def of(stack: Whole, wanted: str) -> list[Recorded]:
    return [resource for resource in stack.graph.resources if kind(resource) == wanted]


def protecting() -> Iterator[tuple[str, str]]:
    """Stack and type of everything to take out."""
    seen: set[str] = set()
    for stack in STACKS:
        here = {kind(resource) for resource in whole(stack).graph.resources} & GUARDS.keys()
        yield from ((stack, found) for found in sorted(here - seen))
        seen |= here


def noticed(stack: Whole, removal: Removal) -> bool:
    if next(stack.findings(removal), None) is not None:
        return True
    return next(broken(stack.left(removal), stack.graph), None) is not None


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_found_while_nothing_is_missing(stack: str) -> None:
    assert list(whole(stack).findings(whole(stack).without([]))) == []
    assert list(broken(whole(stack).graph, whole(stack).graph)) == []


@pytest.mark.parametrize("stack", STACKS)
def test_every_type_is_said_to_protect_or_not_to(stack: str) -> None:
    found = {kind(resource) for resource in whole(stack).graph.resources if resource.type.startswith("aws:")}
    assert found - GUARDS.keys() - PROTECT_NOTHING.keys() == set()
    assert GUARDS.keys() & PROTECT_NOTHING.keys() == set()


def test_no_resource_that_protects_is_missing_unnoticed() -> None:
    unnoticed = [
        f"{stack}: {resource.name} ({found})"
        for stack, found in protecting()
        for resource in of(whole(stack), found)
        if not noticed(whole(stack), whole(stack).without([resource]))
    ]
    assert unnoticed == []


def test_no_kind_of_protection_is_missing_as_a_whole_unnoticed() -> None:
    unnoticed = [
        f"{stack}: all {found}"
        for stack, found in protecting()
        if not noticed(whole(stack), whole(stack).without(of(whole(stack), found)))
    ]
    assert unnoticed == []
