"""What is left of a recorded stack when one resource is taken out of it, and what the pack then says.

The program could not name what is no longer there, so what named it goes without: a property that depended on nothing
else is gone, and with a property that the provider demands the whole resource. Judging is done as the rules' wrapper
does it, but without the engine's classes around every call, and each resource is read once: thousands of stacks are
judged.
"""

import importlib
from collections import defaultdict
from collections.abc import Collection, Iterator
from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from inspect import Parameter, signature
from typing import cast

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import unknown_checking_proxy

from policies.guardrails import exemptions
from policies.guardrails.graph import Graph as Judged
from policies.guardrails.resource import Resource
from policies.guardrails.rule import RULES, Finding, Rule
from policies.guardrails.values import UndecidedError
from tests.policies.graph_adapter import declared, policy_resources
from tests.recorder import Graph, Recorded

_ON_GRAPH = [rule for rule in RULES if rule.on_graph and rule.name != "pulumi-exemption-must-be-current"]
_ON_RESOURCE = [rule for rule in RULES if not rule.on_graph]


@dataclass(frozen=True)
class Removal:
    """What goes, by URN, and which properties what stays goes without."""

    gone: frozenset[str]
    lost: dict[str, frozenset[str]]


class Whole:
    """A recorded stack, as the rules and as the tests' own functions see it."""

    def __init__(self, graph: Graph, stack: str) -> None:
        self.graph = graph
        root, *resources = policy_resources(declared(graph, stack))
        self._root = Resource(root)
        self._judged = {
            recorded.urn: Resource(resource) for recorded, resource in zip(graph.resources, resources, strict=True)
        }
        self._users: dict[str, set[str]] = defaultdict(set)
        for resource in graph.resources:
            for links in resource.property_dependencies.values():
                for link in links:
                    self._users[link].add(resource.urn)
        self._by_urn = {resource.urn: resource for resource in graph.resources}

    def without(self, taken: Collection[Recorded]) -> Removal:
        """What goes with `taken`."""
        gone: set[str] = set()
        lost: dict[str, frozenset[str]] = {}
        going = [resource.urn for resource in taken]
        while going:
            urn = going.pop()
            if urn in gone:
                continue
            gone.add(urn)
            for user in sorted(self._users[urn] - gone):
                resource = self._by_urn[user]
                lost[user] = frozenset(
                    name for name, links in resource.property_dependencies.items() if links and gone >= {*links}
                )
                if lost[user] & demanded(resource.type):
                    going.append(user)
        return Removal(frozenset(gone), lost)

    def findings(self, removal: Removal) -> Iterator[tuple[str, str]]:
        """Rule and resource of everything that the pack finds wrong with what is left. Of the rules about single
        resources only those are asked whose resource has lost something: the others see what they saw before."""
        left: list[Resource] = [self._root]
        changed: list[Resource] = []
        for urn, resource in self._judged.items():
            if urn in removal.gone:
                continue
            if urn not in removal.lost:
                left.append(resource)
                continue
            changed.append(self._changed(resource, urn, removal))
            left.append(changed[-1])
        graph = Judged(left)
        for rule in _ON_GRAPH:
            for subject in graph.of(*rule.types):
                yield from _found(rule, subject, graph)
        for rule in _ON_RESOURCE:
            for subject in changed:
                if subject.type in rule.types:
                    yield from _found(rule, subject, graph)

    def left(self, removal: Removal) -> Graph:
        """The recording, as it would then have been."""
        return Graph(
            resources=[
                replace(resource, inputs=_without(resource.inputs, removal.lost.get(resource.urn, ())))
                for resource in self.graph.resources
                if resource.urn not in removal.gone
            ],
            component_outputs=self.graph.component_outputs,
        )

    def _changed(self, resource: Resource, urn: str, removal: Removal) -> Resource:
        original = cast("PolicyResource", resource.source)
        source = copy(original)
        gone = {self._judged[one].urn for one in removal.gone}
        source.property_dependencies = {
            name: [target for target in targets if target.urn not in gone]
            for name, targets in original.property_dependencies.items()
        }
        source.props = unknown_checking_proxy(_without(resource.props, removal.lost[urn]))
        return Resource(source)


def _found(rule: Rule, subject: Resource, graph: Judged) -> Iterator[tuple[str, str]]:
    if rule.production_only and not subject.production:
        return
    try:
        found: list[Finding] = list(rule.check(*((subject, graph) if rule.on_graph else (subject,))))  # type: ignore[call-arg]
    except UndecidedError:
        return
    except Exception:  # noqa: BLE001  what cannot be judged does not pass (policies/guardrails/rule.py)
        yield rule.name, subject.name
        return
    for finding in found:
        if isinstance(finding, str) and not exemptions.ACTIVE.cover(rule.name, subject):
            yield rule.name, subject.name


@cache
def demanded(token: str) -> frozenset[str]:
    """Inputs without which the provider makes no resource of this type, by their names in the engine."""
    package, module, kind = token.split(":")
    concept = module.split("/")[0]
    if package not in {"aws", "docker"}:
        return frozenset()
    below = {"index": "", "lambda": ".lambda_"}.get(concept, f".{concept}")
    arguments: type = getattr(importlib.import_module(f"pulumi_{package}{below}"), f"{kind}Args")
    names = {
        python: str(getattr(getter.fget, "_pulumi_name", python))
        for python, getter in vars(arguments).items()
        if isinstance(getter, property)
    }
    return frozenset(
        names.get(name, name)
        for name, parameter in list(signature(arguments.__init__).parameters.items())[1:]
        if parameter.default is Parameter.empty
    )


def _without(values: dict[str, object], names: Collection[str]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name not in names}
