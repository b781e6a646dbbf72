"""Small things that may go wrong in a stack, each made on purpose: a switch turned, a property forgotten, a range of
addresses widened, a link to the wrong resource, a resource left out.

What is broken is what bears on security: every property that a rule reads, as traced while the pack judges the whole
stack, and every one whose name says so, whether or not a rule knows it. Documents in JSON are looked into. Of Docker's
resources, which have few properties, each is broken, and more is given to them (mutation_docker.py).
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from copy import copy, deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any, cast

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import unknown_checking_proxy

from policies.guardrails import tokens
from policies.guardrails.resource import Resource
from tests.policies.mutation_docker import OF_CONTAINERS, given
from tests.policies.places import DROPPED, Path, leaves, named, put, wider, widest
from tests.policies.removal import Removal, Whole, demanded
from tests.policies.removal_types import GUARDS
from tests.recorder import Recorded

SPEAKING = re.compile(
    r"encrypt|kms|sse|tls|ssl|public|protect|policy|password|secret|auth|login|retention|backup|versioning|lock|"
    r"securitygroup|subnet|cidr|port|protocol|principal|effect|condition|boundary|role|privileged|readonly|"
    r"capabilit|user|log|audit|monitor|enabled|disable|deletion|destroy|finalsnapshot|public|internal|trust|expir|"
    r"sourceaccount|sourcearn|certificate|cipher|httponly|https|headers|redact|isolat|allow|block|deny",
    re.IGNORECASE,
)
"""Words that make the name of a property one of security."""

OF_THE_PROGRAM = {("aws:lambda/invocation:Invocation", "input"), *OF_CONTAINERS}
"""What the program says to its own functions and containers, which no rule about AWS or Docker can know."""

OF_DOCKER = ("docker:", tokens.DOCKER_PROVIDER)
"""How the types of Docker begin."""

GRAMMAR = {"Effect", "Principal", "Action", "Resource"}
"""A statement without one of these is refused by AWS."""


@dataclass(frozen=True)
class Mutation:
    """`kind` is what is done to the property at `path` of the resource with this URN; `value` is what is put there,
    or the URN that it leads to from then on."""

    kind: str
    urn: str
    path: Path = ()
    value: Any = None


class NothingChangedError(Exception):
    """A mutation left the stack as it was, so that nothing can be learnt from it."""


class _Traced(dict[str, Any]):
    """Properties of a resource, which note those that are asked for and are there."""

    def __init__(self, given: dict[str, Any], type_: str, asked: set[tuple[str, str]]) -> None:
        super().__init__(given)
        self._type, self._asked = type_, asked

    def get(self, key: str, default: Any = None) -> Any:  # type: ignore[override]  without the overloads
        self._asked.add((self._type, key))
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self._asked.add((self._type, key))
        return super().__getitem__(key)


class Mutable(Whole):
    """A recorded stack in which one thing at a time may be broken."""

    def __init__(self, graph: Any, stack: str) -> None:
        super().__init__(graph, stack)
        self._made = self._judged
        self._whole = Removal(frozenset(), dict.fromkeys(self._judged, frozenset[str]()))
        self.before = set(self.findings(self._whole))

    def _read(self) -> set[tuple[str, str]]:
        """Type and name of every property that a rule asks for, or follows the links of, while it judges the stack."""
        asked: set[tuple[str, str]] = set()
        plain: list[tuple[Resource, dict[str, Any], dict[str, Any]]] = []
        for resource in self._judged.values():
            source = cast("PolicyResource", resource.source)
            plain.append((resource, resource.props, source.property_dependencies))
            resource.props = _Traced(resource.props, resource.type, asked)
            source.property_dependencies = _Traced(source.property_dependencies, resource.type, asked)
        self._made = self._judged
        list(self.findings(self._whole))
        for resource, props, links in plain:
            resource.props = props
            cast("PolicyResource", resource.source).property_dependencies = links
        return asked

    def caught(self, mutation: Mutation) -> list[tuple[str, str]]:
        """Rule and resource of what the pack finds in the broken stack and not in the whole one. Raises
        NothingChangedError if the stack is not broken at all."""
        recorded = self._by_urn[mutation.urn]
        if mutation.kind == "remove":
            removal = self.without([recorded])
        else:
            broken = self._unprotected(recorded) if mutation.kind == "unprotect" else self._broken(recorded, mutation)
            self._made = {mutation.urn: broken}
            removal = Removal(frozenset(), {mutation.urn: frozenset()})
        return [found for found in self.findings(removal) if found not in self.before]

    def _changed(self, resource: Resource, urn: str, removal: Removal) -> Resource:
        return super()._changed(resource, urn, removal) if removal.gone else self._made[urn]

    def _broken(self, recorded: Recorded, mutation: Mutation) -> Resource:
        original = self._judged[recorded.urn]
        source = copy(cast("PolicyResource", original.source))
        props, links = deepcopy(original.props), dict(source.property_dependencies)
        name = str(mutation.path[0])
        if mutation.kind == "link to another":
            old, new = mutation.value
            links[name] = [self._source(new) if one.urn == self._source(old).urn else one for one in links[name]]
            props[name] = self._renamed(props[name], old, new)
        else:
            props = put(props, mutation.path, mutation.value)
            links[name] = _still_named(links.get(name, []), original.props.get(name), props.get(name))
        if props == original.props and links == source.property_dependencies:
            raise NothingChangedError(f"{mutation} changes nothing")
        source.props, source.property_dependencies = unknown_checking_proxy(props), links
        return Resource(source)

    def _unprotected(self, recorded: Recorded) -> Resource:
        source = copy(self._source(recorded.urn))
        source.opts = copy(source.opts)
        source.opts.protect = False
        return Resource(source)

    def _source(self, urn: str) -> PolicyResource:
        return cast("PolicyResource", self._judged[urn].source)

    def _renamed(self, value: Any, old: str, new: str) -> Any:
        """What names the resource `old`, by what Pulumi or its provider calls it, names `new` instead."""
        before, after = self._by_urn[old], self._by_urn[new]
        text = json.dumps(value).replace(before.name, after.name)
        if "name" in before.inputs and "name" in after.inputs:
            text = text.replace(json.dumps(before.inputs["name"]), json.dumps(after.inputs["name"]))
        return json.loads(text)

    def mutations(self) -> Iterator[Mutation]:
        """All that can be broken."""
        read = self._read()
        for recorded in self.graph.resources:
            of_docker = recorded.type.startswith(OF_DOCKER)
            if not of_docker and not recorded.type.startswith("aws:"):
                continue
            if recorded.type.startswith("docker:") or recorded.type.removeprefix("aws:") in GUARDS:
                yield Mutation("remove", recorded.urn)
            if recorded.protect:
                yield Mutation("unprotect", recorded.urn)
            for name, value in self._judged[recorded.urn].props.items():
                own = (recorded.type, name) in OF_THE_PROGRAM
                if not own and (of_docker or (recorded.type, name) in read or SPEAKING.search(name)):
                    yield from self._of_property(recorded, name, value)
            yield from self._given(recorded)

    def _given(self, recorded: Recorded) -> Iterator[Mutation]:
        for what, path, value in given(recorded, self.graph):
            yield Mutation(f"give {what}", recorded.urn, path, value)

    def _of_property(self, recorded: Recorded, name: str, value: Any) -> Iterator[Mutation]:
        if name not in demanded(recorded.type) and value is not False:
            yield Mutation("drop", recorded.urn, (name,), DROPPED)
        for path, leaf in leaves(value, (name,)):
            yield from _of_leaf(recorded, path, leaf)
        for path, wide in wider(value, (name,)):
            yield Mutation("widen", recorded.urn, path, wide)
        for urn in recorded.property_dependencies.get(name, []):
            if others := self._alike(urn):
                yield Mutation("link to another", recorded.urn, (name,), (urn, Random(urn).choice(others)))  # noqa: S311  no secret

    def _alike(self, urn: str) -> list[str]:
        """The other resources of the same type."""
        target = self._by_urn.get(urn)
        return sorted(one.urn for one in self.graph.resources if target and one.type == target.type and one.urn != urn)


def _of_leaf(recorded: Recorded, path: Path, leaf: Any) -> Iterator[Mutation]:
    urn = recorded.urn
    if isinstance(leaf, bool):
        yield Mutation("flip", urn, path, not leaf)
    elif (path[-1], leaf) == ("Effect", "Deny"):
        yield Mutation("flip", urn, path, "Allow")
    # Of what is false, AWS's own default is mostly the same.
    if len(path) > 1 and leaf is not False and (_speaks(path) or recorded.type.startswith(OF_DOCKER)):
        yield Mutation("drop" if isinstance(path[-1], str) else "drop one", urn, path, DROPPED)
    if (wide := widest(leaf)) not in (None, leaf):
        yield Mutation("widen", urn, path, wide)


def _speaks(path: Path) -> bool:
    last = path[-1]
    return isinstance(last, str) and last not in GRAMMAR and SPEAKING.search(last) is not None


def _still_named(links: list[PolicyResource], before: Any, after: Any) -> list[PolicyResource]:
    """Of `links`, those whose name the property does not lose."""
    had, has = json.dumps(before), json.dumps(after)
    return [one for one in links if _is_named(one, has) or (after is not None and not _is_named(one, had))]


def _is_named(one: PolicyResource, text: str) -> bool:
    called = one.props.get("name")
    return one.name in text or (called is not None and json.dumps(called) in text)


def chosen(mutations: Iterator[Mutation], types: dict[str, str], number: int, seed: int) -> list[Mutation]:
    """`number` of the mutations, of as many kinds as there are, so that a hundred alike alarms count as one."""
    chance = Random(seed)  # noqa: S311  no secret
    alike: dict[tuple[str, str, str], list[Mutation]] = defaultdict(list)
    for one in mutations:
        alike[types[one.urn], named(one.path), one.kind].append(one)
    # The order in which a program registers its resources is not always the same.
    groups = [sorted(alike[kind], key=lambda one: (one.urn, str(one.path))) for kind in sorted(alike)]
    chance.shuffle(groups)
    for group in groups:
        chance.shuffle(group)
    rounds = max(map(len, groups))
    return [group[turn] for turn in range(rounds) for group in groups if turn < len(group)][:number]
