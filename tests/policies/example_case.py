"""A rule's case cut down to what its verdict hangs on: a stack that is as it must be, and the same one broken.

What can be left out of both without changing what the rule says is left out: first resources, then properties and parts
of them (example_properties.py).
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, cast, get_origin

from policies.guardrails.rule import Rule
from policies.guardrails.tokens import STACK
from sandbox import schema
from tests.policies.case import Case
from tests.policies.graph_adapter import Declared, Stack, judge
from tests.policies.stacks import Stacks

Part = dict[str, Declared]
"""Resources by URN."""

FAR = 4
"""Links. No rule looks further; where one does, nothing is lost but time."""


@dataclass
class Pair:
    """Both stacks, and what `rule` may say of the broken one: some of `expected`, nothing else. `stays` is never left
    out. `origin` are the properties of each resource before any was."""

    rule: Rule
    good: Part
    bad: Part
    expected: frozenset[tuple[str, str, str]]
    stays: frozenset[str]
    origin: Mapping[str, Mapping[str, Any]]

    @property
    def parts(self) -> tuple[Part, Part]:
        return self.good, self.bad

    @property
    def either(self) -> Part:
        """All resources, without the root."""
        return {urn: one for urn, one in {**self.bad, **self.good}.items() if one.type != STACK}

    def said(self) -> list[str]:
        """What the rule says of the broken stack; nothing unless it is silent about the other and sure of both."""
        bad = judge([*self.bad.values()], [self.rule.policy])
        if not bad.violations or bad.undecided or bad.not_applicable or not self.expected >= {*bad.violations}:
            return []
        good = judge([*self.good.values()], [self.rule.policy])
        unsure = good.violations or good.undecided or good.not_applicable
        return [] if unsure else [message for _, _, message in bad.violations]

    def only(self, urns: set[str]) -> "Pair":
        """The pair with these resources, free to be changed."""
        good, bad = (
            {urn: deepcopy(one) for urn, one in part.items() if urn in urns | self.stays or one.type == STACK}
            for part in self.parts
        )
        return replace(self, good=good, bad=bad)


def pair_of(case: Case, rule: Rule, stack_of: Stacks) -> Pair:
    """The case as its two stacks, with the resources that matter. Raises ValueError if the rule does not tell them
    apart."""
    good, broken = _in_order(stack_of(case.source)), _in_order(stack_of(case.source))
    bad = {one.urn: one for one in case.applied([*broken.values()], case.breaks)}
    _complete(good, bad)
    for one in bad.values():
        _let_value_follow_links(one, good.get(one.urn), {**bad, **good})
    stays = _counterpart(rule, good, bad)
    for urn in stays:
        del bad[urn]
    expected = frozenset(judge([*bad.values()], [rule.policy]).violations)
    origin = {urn: dict(one.props) for urn, one in {**bad, **good}.items()}
    pair = _neighbourhood(Pair(rule, good, bad, expected, stays, origin))
    if not pair.said():
        raise ValueError(f"{rule.name}: its case is no example")
    return pair


def leave_out_resources(pair: Pair) -> None:
    """Half of them at once, a quarter and so on, down to single ones."""
    size = max(len(pair.either) // 2, 1)
    while size:
        urns = [*pair.either]
        for start in range(0, len(urns), size):
            rest = pair.only({*pair.either} - {*urns[start : start + size]})
            if rest.said():
                pair.good, pair.bad = rest.parts
        size //= 2


def _in_order(stack: Stack) -> Part:
    """Neither a program nor what it sends has an order, and the same case must make the same example each time."""
    root, *others = stack
    for one in others:
        one.props = _sorted(one.props)
    return {one.urn: one for one in (root, *sorted(others, key=lambda one: one.urn))}


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(entry) for key, entry in sorted(cast("dict[str, Any]", value).items())}
    return [_sorted(entry) for entry in cast("list[Any]", value)] if isinstance(value, list) else value


def _complete(good: Part, bad: Part) -> None:
    """Give what a case adds the properties that it cannot be made without, as the first of its type has them."""
    for one in (one for urn, one in bad.items() if urn not in good):
        peer = _peer(one, good)
        made = schema.load(one.type)
        for name in sorted(made.required - {*one.props} - {*one.links}):
            if peer is None:
                one.props[name] = _placeholder(made.inputs[name], name)
            else:
                one.props[name] = deepcopy(peer.props[name])
                one.links[name] = [*peer.links.get(name, [])]


def _counterpart(rule: Rule, good: Part, bad: Part) -> frozenset[str]:
    """Where a case only adds a resource, the good stack has no counterpart of it but the first of its type: then that
    one is shown as good, unless the two are wrong together."""
    added = [one for urn, one in bad.items() if urn not in good]
    if len(added) != 1 or any(_differ(one, bad.get(urn)) for urn, one in good.items()):
        return frozenset()
    peer = _peer(added[0], good)
    if peer is None or not judge([one for one in bad.values() if one.urn != peer.urn], [rule.policy]).violations:
        return frozenset()
    return frozenset({peer.urn})


def _peer(one: Declared, part: Part) -> Declared | None:
    return next((other for other in part.values() if other.type == one.type), None)


def _differ(one: Declared | None, other: Declared | None) -> bool:
    """Archives are equal to themselves alone."""
    if one is None or other is None or one == other:
        return one is not other and one != other
    first, second = (json.dumps(vars(each), default=lambda it: type(it).__name__) for each in (one, other))
    return first != second


def _placeholder(field: schema.Field, name: str) -> object:
    kinds = [kind.hint for kind in schema.alternatives(field)]
    if {int, float} & {*kinds}:
        return 1
    return [] if any(get_origin(kind) for kind in kinds) else name.lower()


def _let_value_follow_links(broken: Declared, whole: Declared | None, known: Part) -> None:
    """A case may lead a property elsewhere, or nowhere, and leave its value: let that say what its links say."""
    before = whole.links if whole is not None else {}
    given = whole.props if whole is not None else {}
    for name, links in broken.links.items():
        value = broken.props.get(name)
        if links == before.get(name, []) or value != given.get(name):
            continue
        lost = [known[urn].name for urn in before.get(name, []) if urn not in links]
        if isinstance(value, list):
            broken.props[name] = [one for one in cast("list[Any]", value) if not _comes_from(one, lost)]
        elif links and (value is None or _comes_from(value, lost)):
            suffix = "arn" if name.lower().endswith(("arn", "arns")) else "id"
            made = [f"{known[urn].name}-{suffix}" for urn in links if urn in known]
            broken.props[name] = made if schema.load(broken.type).outputs.get(name) is list else made[0]


def _comes_from(value: object, names: list[str]) -> bool:
    return isinstance(value, str) and any(value.startswith(f"{name}-") for name in names)


def _neighbourhood(whole: Pair) -> Pair:
    """What is around the broken thing, as far as needed."""
    subjects = {name for _, name, _ in whole.expected}
    near = {
        urn
        for urn, one in whole.either.items()
        if _differ(whole.good.get(urn), whole.bad.get(urn)) or one.name in subjects
    }
    for _ in range(FAR):
        part = whole.only(near)
        if part.said():
            return part
        near |= {urn for part in whole.parts for urn in _beside(part, near)}
    return whole.only({*whole.either})


def _beside(part: Part, urns: set[str]) -> set[str]:
    found: set[str] = set()
    for urn, one in part.items():
        links = {link for targets in one.links.values() for link in targets}
        if urn in urns:
            found |= links
        elif links & urns:
            found.add(urn)
    return found
