"""A preview of nothing made yet says what the update will: it puts off what hangs on a value that AWS has yet to give.

What this does not prove: which outputs the AWS provider leaves unknown. The engine test uses the stand-in's, which are
the schema's.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.guardrails.rule import RULES
from tests.policies.case import Case
from tests.policies.graph_adapter import Stack, judge
from tests.policies.stacks import NAMES, Stacks
from tests.policies.test_rules_on_production import BY_NAME, CASES

LATE = {
    "accessPolicies": "a document",
    "addresses": "a list with the addresses of NAT gateways",
    "assumeRolePolicy": "a document",
    "containerDefinitions": "a document",
    "policy": "a document",
    "policyArn": "the name of a policy of the stack",
    "policyDocument": "a document",
}
"""What no preview can know: AWS has yet to give the ARNs, names and addresses that it is composed of, and a document is
a text, unknown as a whole. An update decides when it is known, before the resource is made."""

IN_A_DOCUMENT = {
    "ecs-service-must-isolate-what-runs-as-root": "who runs as root is in containerDefinitions",
    "rds-instance-must-carry-every-pool": "how large the pools are is in containerDefinitions",
}
"""Rules that wait for one of these whatever else is broken."""


@cache
def made(name: str, *, preview: bool = False) -> Stack:
    """A stack that nobody changes."""
    return Stacks()(name, preview=preview)


def previewed(broken: Stack, whole: Stack, seen: Stack) -> Stack:
    """`broken` as a preview sees it: unknown where `seen` is, the preview of `whole`, but for what was broken."""
    known = {resource.urn: resource.props for resource in whole}
    unknown = {resource.urn: resource.props for resource in seen}
    for resource in broken:
        if resource.urn in known:
            resource.props = _masked(resource.props, known[resource.urn], unknown[resource.urn])
    return broken


def _masked(broken: Any, made: Any, seen: Any) -> Any:
    if broken == made:
        return seen
    if isinstance(broken, dict) and isinstance(made, Mapping) and isinstance(seen, Mapping):
        before, now = cast("Mapping[str, Any]", made), cast("Mapping[str, Any]", seen)
        return {
            key: _masked(value, before[key], now.get(key, UNKNOWN_STRING_VALUE)) if key in before else value
            for key, value in cast("dict[str, Any]", broken).items()
        }
    return cast("Any", broken)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.rule) for case in CASES])
def test_what_is_broken_by_a_literal_is_found_in_a_preview_as_in_an_update(stack_of: Stacks, case: Case) -> None:
    rule = BY_NAME[case.rule]
    broken = case.applied(stack_of(case.source), case.breaks)
    if not rule.on_graph:
        broken = [resource for resource in broken if resource.type in rule.types]
    found = judge(broken, [rule.policy]).violations
    in_preview = judge(previewed(broken, made(case.source), made(case.source, preview=True)), [rule.policy])
    if case.rule in IN_A_DOCUMENT:
        assert in_preview.not_applicable == {case.rule}
    else:
        assert in_preview.violations == found


@pytest.mark.parametrize("name", NAMES)
def test_a_preview_puts_off_what_is_composed_of_what_aws_gives_and_nothing_else(stack_of: Stacks, name: str) -> None:
    verdict = judge(stack_of(name, preview=True), [rule.policy for rule in RULES])
    assert verdict.undecided == set()
    late = {path.split(".")[-1] for reason in verdict.reasons for path in reason.split(": ", 1)[1].split(", ")}
    assert late <= LATE.keys()
