"""Nothing that protects a stack can be taken out of it unnoticed: not one resource, and not all of its kind.

Each is taken out of the recorded program together with what cannot be without it; then the pack must find something,
or one of the tests' own functions over a whole stack. What this does not prove: that what is there does its work. That
is the rules' matter, each tried in test_rules_on_production.py, and for a few types nobody's, as AWS answers for them.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from components.audit_filters import NAMESPACE as FOUND_IN_TRAIL
from tests.components.program_variants import AGENTS, CLOSED, DELIVERED, PIPED, POOLED, SIGNED_IN, variant
from tests.policies.removal import Removal, Whole
from tests.policies.removal_types import ASKED_FOR, GUARDS, PROTECT_NOTHING
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
        "cloudwatch/compositeAlarm:CompositeAlarm": "" if resource.inputs.get("alarmActions") else "cause",
        "cloudwatch/metricAlarm:MetricAlarm": "" if any(map(asked_for, looks_at(resource))) else "early",
        "route53/record:Record": "CAA" if resource.inputs.get("type") == "CAA" else "",
        "route53/resolverFirewallRule:ResolverFirewallRule": "ALLOW"
        if resource.inputs.get("action") == "ALLOW"
        else "",
    }
    return f"{found} {purposes.get(found, '')}".rstrip()


def looks_at(alarm: Recorded) -> list[dict[str, Any]]:
    """The metrics of an alarm."""
    return [query["metric"] for query in alarm.inputs.get("metricQueries", ()) if "metric" in query]


def asked_for(metric: dict[str, Any]) -> bool:
    """Whether a rule asks for an alarm on it."""
    namespace = metric["namespace"]
    return (namespace, metric["metricName"]) in ASKED_FOR or namespace == FOUND_IN_TRAIL


def beside(stack: Whole, resource: Recorded) -> list[Recorded]:
    """What is there twice: the alarms that look at the same, with another threshold or over another time."""
    seen = looks_at(resource) if resource.type.endswith(":MetricAlarm") else []
    alike = [
        one
        for one in stack.graph.of(":MetricAlarm")
        if any(_same(metric, other) for metric in seen for other in looks_at(one))
    ]
    return alike or [resource]


def _same(metric: dict[str, Any], other: dict[str, Any]) -> bool:
    heard = [one["stat"] == "SampleCount" for one in (metric, other)]
    return all(metric.get(name) == other.get(name) for name in ("metricName", "dimensions")) and heard[0] == heard[1]


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
        if not noticed(whole(stack), whole(stack).without(beside(whole(stack), resource)))
    ]
    assert unnoticed == []


def test_no_kind_of_protection_is_missing_as_a_whole_unnoticed() -> None:
    unnoticed = [
        f"{stack}: all {found}"
        for stack, found in protecting()
        if not noticed(whole(stack), whole(stack).without(of(whole(stack), found)))
    ]
    assert unnoticed == []
