"""The rules about Docker on the stack of one Docker host: nothing that hardens it goes missing unnoticed."""

import pytest

from policies.guardrails import tokens
from tests.policies.case import Change, drop, named, put
from tests.policies.graph_adapter import Stack, judge
from tests.policies.hand_made_containers import OF_DOCKER
from tests.policies.stacks import Stacks

LASTING = ("healthcheck", "restart", "ulimits")
EVERY = ("capabilities", "securityOpts", "memory", "memorySwap", "cpus", "logDriver", "logOpts")
ONCE = ("secret-keeper-container", "migration-container")
APART = ("secret-keeper-container", "sandbox-container")
"""They run as root, or on a root that they write to, where nothing is reached from."""


def hardening(stack: Stack) -> list[tuple[str, str]]:
    """Container and property of everything that hardens the host's containers."""
    every = [one.name for one in stack if one.type == tokens.DOCKER_CONTAINER]
    assert len(every) > 15
    return [
        *((name, prop) for name in every for prop in EVERY),
        *((name, prop) for name in every if name not in ONCE for prop in LASTING),
        *((name, prop) for name in every if name not in APART for prop in ("user", "readOnly")),
    ]


def broken(stack: Stack, name: str, change: Change) -> set[tuple[str, str]]:
    """Rule and resource of what is found when that container is changed."""
    subject = next(one for one in stack if named(name)(one) and one.type == tokens.DOCKER_CONTAINER)
    change(stack, subject)
    return {(rule, resource) for rule, resource, _ in judge(stack, OF_DOCKER).violations}


def test_nothing_that_hardens_a_container_of_the_host_is_forgotten_unnoticed(stack_of: Stacks) -> None:
    missed = [
        (name, prop)
        for name, prop in hardening(stack_of("host"))
        if name not in {resource for _, resource in broken(stack_of("host"), name, drop(prop))}
    ]
    assert missed == []


@pytest.mark.parametrize("network", ["application", "edge", "egress"])
def test_the_sandbox_is_held_to_every_rule_where_it_finds_a_way_out(stack_of: Stacks, network: str) -> None:
    moved = put("networksAdvanced", [{"name": f"dify-host-{network}"}])
    stack = stack_of("host")
    next(one for one in stack if one.name == "sandbox-container").links.pop("networksAdvanced")
    assert broken(stack, "sandbox-container", moved) == {
        ("docker-container-must-not-run-as-root", "sandbox-container"),
        ("docker-container-must-have-read-only-root", "sandbox-container"),
    }


def test_the_secret_keeper_may_be_root_as_long_as_it_has_no_network(stack_of: Stacks) -> None:
    found_ = broken(stack_of("host"), "secret-keeper-container", put("networkMode", "bridge"))
    assert ("docker-container-must-not-run-as-root", "secret-keeper-container") in found_
