"""Whether what a policy allows lies within a permissions boundary, decided on the documents alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.identity.documents_of_stacks import Statement, several
from tests.identity.patterns import covers, overlaps

Condition = Mapping[str, Mapping[str, Any]]


def escapes(statement: Statement, bounds: Sequence[Statement], facts: Condition) -> list[tuple[str, str]]:
    """The actions and resources of an allowing statement that no statement of the boundary covers, or that one of it
    denies whatever the request. `facts` are conditions that every request of the stack meets."""
    return [
        (action, resource)
        for action in several(statement["Action"])
        for resource in several(statement["Resource"])
        if not any(_allows(bound, action, resource, _both(facts, statement.get("Condition", {}))) for bound in bounds)
        or any(_denies(bound, action, resource) for bound in bounds)
    ]


def _both(facts: Condition, own: Condition) -> Condition:
    return {operator: {**facts.get(operator, {}), **own.get(operator, {})} for operator in {*facts, *own}}


def _allows(bound: Statement, action: str, resource: str, condition: Condition) -> bool:
    return (
        bound["Effect"] == "Allow"
        and any(covers(one.lower(), action.lower()) for one in several(bound["Action"]))
        and any(covers(one, resource) for one in several(bound["Resource"]))
        and all(
            _implied(operator, key, several(values), condition)
            for operator, tests in bound.get("Condition", {}).items()
            for key, values in tests.items()
        )
    )


def _denies(bound: Statement, action: str, resource: str) -> bool:
    """A denial under a condition is about some requests only; each of those has a test of its own."""
    return (
        bound["Effect"] == "Deny"
        and not bound.get("Condition")
        and any(overlaps(one.lower(), action.lower()) for one in several(bound["Action"]))
        and (
            any(overlaps(one, resource) for one in several(bound.get("Resource")))
            or ("NotResource" in bound and not any(covers(one, resource) for one in several(bound["NotResource"])))
        )
    )


def _implied(operator: str, key: str, values: list[str], condition: Condition) -> bool:
    """Whether whoever meets `condition` meets `operator` on `key` too."""
    met = {name: several(tests[key]) for name, tests in condition.items() if key in tests}
    if operator == "Null" and values == ["false"]:
        return any(name in met for name in ("StringEquals", "StringLike"))
    if operator == "StringLike":
        given = [*met.get("StringEquals", []), *met.get("StringLike", [])]
        return bool(given) and all(any(covers(value, one) for value in values) for one in given)
    return operator in met and {*met[operator]} <= {*values}
