"""No rule stumbles over a resource, of whatever type and however made: it judges it, or says that what must be a
document is none.

An error in a check does not pass (policies/guardrails/rule.py), but it tells people nothing of what is wrong. What this
does not prove: that the judgement is right; that is what test_rules_on_production.py and the other tests are for.
"""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.guardrails import ALL
from tests.policies.any_resource import LEAVES, deep, every_type, linked, one_of, registered, shallow, spoken_of
from tests.policies.graph_adapter import Stack, judge

DEPTHS = (0, 1, 3, 5)
"""How far down blocks are as the SDK has them: no rule reads deeper than the last (a managed group of a web ACL)."""

ERROR = "could not be judged"


def stumbles(stack: Stack) -> list[tuple[str, str, str]]:
    """The findings that the rules' wrapper makes of errors."""
    found = judge(stack, ALL).violations
    return [one for one in found if ERROR in one[2]]


def spoken(leaf: Callable[[], Any], depth: int) -> Stack:
    """One of each type that rules speak of, with a way from each to each."""
    return linked([one_of(token, deep(token, leaf, depth)) for token in spoken_of()])


def test_every_resource_type_of_the_sdk_is_tried() -> None:
    assert every_type().keys() == registered()
    assert len(every_type()) > 1500
    assert set(spoken_of()) <= every_type().keys()


def empty(_: str) -> dict[str, Any]:
    return {}


@pytest.mark.parametrize("made", [empty, shallow])
def test_a_resource_of_any_type_is_judged_without_error(made: Callable[[str], dict[str, Any]]) -> None:
    assert stumbles([one_of(token, made(token)) for token in every_type()]) == []


@pytest.mark.parametrize("kind", LEAVES)
def test_values_of_any_kind_at_any_depth_are_judged_without_error(kind: str) -> None:
    for depth in DEPTHS:
        assert stumbles(spoken(lambda: LEAVES[kind], depth)) == []


@settings(max_examples=25)
@given(seed=st.integers(min_value=0), depth=st.sampled_from(DEPTHS))
def test_values_of_mixed_kinds_are_judged_without_error(seed: int, depth: int) -> None:
    chance, kinds = Random(seed), list(LEAVES.values())  # noqa: S311  no secret
    assert stumbles(spoken(lambda: chance.choice(kinds), depth)) == []
