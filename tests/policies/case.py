"""One rule's cases, as changes of the real production graph."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from tests.policies.graph_adapter import Declared, Stack

Change = Callable[[Stack, Declared], None]


@dataclass(frozen=True, kw_only=True)
class Case:
    """`breaks` changes the first resource of type `at` (for which `where` holds) so that `rule`, and `also`, fire.

    `loses` is the property whose absence fires too, unless it is `safe_when_missing`, where AWS starts out right.
    `hides` is the property that, when unknown, puts the decision off, or counts as present if `set_when_unknown`.
    `source` names the stack that is changed.
    """

    rule: str
    at: str
    breaks: Change
    loses: str | Change
    hides: str
    also: frozenset[str] = frozenset()
    where: Callable[[Declared], bool] = lambda _: True
    source: str = "prod"
    safe_when_missing: bool = False
    set_when_unknown: bool = False

    def applied(self, stack: Stack, change: Change) -> Stack:
        """`stack`, which is changed."""
        subject = next((one for one in stack if one.type == self.at and self.where(one)), None)
        assert subject is not None, f"{self.rule}: {self.source} has no {self.at} to break"
        change(stack, subject)
        return stack


def named(name: str) -> Callable[[Declared], bool]:
    """The resource of that name."""
    return lambda resource: resource.name == name


def put(path: str, value: Any) -> Change:
    """Set the property at the dotted `path`; a number steps into a list."""

    def change(_: Stack, subject: Declared) -> None:
        *steps, last = path.split(".")
        current: Any = subject.props
        for step in steps:
            current = _step(current, step)
        current[last] = value

    return change


def drop(path: str) -> Change:
    """Remove the property at the dotted `path`, and the links of a whole one."""

    def change(_: Stack, subject: Declared) -> None:
        *steps, last = path.split(".")
        current: Any = subject.props
        for step in steps:
            current = _step(current, step)
        current.pop(last, None)
        if not steps:
            subject.links.pop(last, None)

    return change


def _step(current: Any, step: str) -> Any:
    return current[int(step)] if step.isdigit() else current.setdefault(step, {})


def hide(path: str) -> Change:
    """Make the property unknown, as a preview sees it; its links stay."""
    return put(path, UNKNOWN_STRING_VALUE)


def unlink(name: str) -> Change:
    """Keep the value of the property but let it come from nowhere in the stack."""

    def change(_: Stack, subject: Declared) -> None:
        subject.links.pop(name, None)

    return change


def remove(stack: Stack, subject: Declared) -> None:
    """Take the resource out of the stack."""
    stack.remove(subject)


def remove_all(type_: str) -> Change:
    """Take every resource of a type out of the stack."""

    def change(stack: Stack, _: Declared) -> None:
        stack[:] = [one for one in stack if one.type != type_]

    return change


def unprotect(_: Stack, subject: Declared) -> None:
    """Drop the resource option."""
    subject.protect = False


def together(*changes: Change) -> Change:
    """All of `changes`."""

    def change(stack: Stack, subject: Declared) -> None:
        for one in changes:
            one(stack, subject)

    return change


def add(type_: str, props: dict[str, Any], links: dict[str, str] | None = None) -> Change:
    """Add a resource. `links` maps a property to the type whose first resource it depends on."""

    def change(stack: Stack, _: Declared) -> None:
        found = {name: [next(one.urn for one in stack if one.type == target)] for name, target in (links or {}).items()}
        stack.append(Declared(type=type_, name="added", props=dict(props), links=found))

    return change


def rewrite(name: str, edit: Callable[[Any], Any]) -> Change:
    """Change a property that holds JSON text, by its parsed value."""

    def change(_: Stack, subject: Declared) -> None:
        value = subject.props[name]
        parsed = json.loads(value) if isinstance(value, str) else deepcopy(value)
        subject.props[name] = json.dumps(edit(parsed))

    return change


def every_container(**changes: Any) -> Change:
    """Update every container definition; None removes a field."""

    def edit(containers: Any) -> Any:
        for container in containers:
            for name, value in changes.items():
                if value is None:
                    container.pop(name, None)
                else:
                    container[name] = value
        return containers

    return rewrite("containerDefinitions", edit)


def every_statement(**changes: Any) -> Callable[[str], Change]:
    """Update every statement of the document in a property; None removes a field."""

    def edit(document: Any) -> Any:
        for statement in document["Statement"]:
            for name, value in changes.items():
                if value is None:
                    statement.pop(name, None)
                else:
                    statement[name] = value
        return document

    return lambda name: rewrite(name, edit)
