"""What the rules do grows with the stack, not with its square: no rule walks the stack for each resource.

Counted in lines of Python that run, which is the same on every machine. What it takes in seconds: `make bench`.
"""

import pickle
import sys
from contextlib import suppress
from typing import Any, cast

import pytest
from pulumi_policy import PolicyResource, StackValidationArgs, StackValidationPolicy
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from policies.guardrails import ALL
from policies.guardrails.tokens import STACK
from sandbox.bench_pack import NAMING
from tests.policies.graph_adapter import Stack, policy_resources
from tests.policies.stacks import Stacks

TIMES = 3
FEW = 20_000
"""Lines. What a rule does in that many is nothing, however it came to them."""


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_no_rule_walks_the_stack_for_each_resource(stack_of: Stacks, preview: bool) -> None:
    once = lines_by_rule(policy_resources(stack_of("prod", preview=preview)))
    more = lines_by_rule(policy_resources(copies(stack_of("prod", preview=preview), TIMES)))
    walking = {name: (once[name], lines) for name, lines in more.items() if lines > max(FEW, 1.2 * TIMES * once[name])}
    assert walking == {}


def copies(stack: Stack, times: int) -> Stack:
    """`stack` several times in one, each with names and links of its own, under one root."""
    root, *others = stack
    assert root.type == STACK
    names = {resource.props.get(name) for resource in others for name in NAMING if _is_text(resource.props.get(name))}
    found = [root]
    for number in range(times):

        def renamed(value: Any, number: int = number) -> Any:
            if isinstance(value, dict):
                return {key: renamed(entry) for key, entry in cast("dict[str, Any]", value).items()}
            if isinstance(value, list):
                return [renamed(entry) for entry in cast("list[Any]", value)]
            return f"{value}-{number}" if _is_text(value) and value in names else value

        for resource in pickle.loads(pickle.dumps(others)):  # noqa: S301  our own
            resource.urn, resource.name = f"{resource.urn}-{number}", f"{resource.name}-{number}"
            resource.props = renamed(resource.props)
            resource.links = {name: [f"{urn}-{number}" for urn in urns] for name, urns in resource.links.items()}
            found.append(resource)
    return found


def _is_text(value: object) -> bool:
    """Whether it is a text that a preview knows."""
    return isinstance(value, str) and value != UNKNOWN_STRING_VALUE


def lines_by_rule(resources: list[PolicyResource]) -> dict[str, int]:
    """How many lines of Python each rule about the whole stack runs."""
    args, counted = StackValidationArgs(resources), dict[str, int]()
    for policy in ALL:
        if isinstance(policy, StackValidationPolicy):
            # What is read or answered once for all rules is no single rule's.
            _judge(policy, args)
            counted[policy.name] = _lines(policy, args)
    return counted


def _lines(policy: StackValidationPolicy, args: StackValidationArgs) -> int:
    ran = 0

    def traced(_frame: object, event: str, _arg: object) -> Any:
        nonlocal ran
        ran += event == "line"
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        _judge(policy, args)
    finally:
        sys.settrace(before)
    return ran


def _judge(policy: StackValidationPolicy, args: StackValidationArgs) -> None:
    # A decision that waits for deployment is said by an error; what the rule says otherwise is no matter here.
    with suppress(UnknownValueError, _NOT_APPLICABLE):
        cast("Any", policy).validate(args, _unheard)


def _unheard(message: str, urn: str | None = None) -> None:
    """Where findings go."""


def _not_applicable() -> type[Exception]:
    try:
        StackValidationArgs([]).not_applicable()
    except Exception as error:  # noqa: BLE001  the SDK does not export it
        return type(error)
    raise AssertionError


_NOT_APPLICABLE = _not_applicable()
