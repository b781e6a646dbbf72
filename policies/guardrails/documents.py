"""Policy documents of IAM and of resources: JSON text or object, statements in one form.

Grammar: IAM user guide, reference_policies_grammar. Action, Resource, Principal, Statement: each may be one or a list.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .resource import Resource
from .values import UNKNOWN, MalformedError, UndecidedError, items, mapping, parsed

BINDING_KEYS = frozenset(
    {
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceowner",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "kms:calleraccount",
    }
)
"""Condition keys that tie a statement to someone; compared in lower case, as IAM does."""

OWNERS = frozenset({"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"})
"""Condition keys that say whose the resources are, in lower case."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement. Lists may hold UNKNOWN, which stands for one certain value of this stack."""

    effect: str
    actions: tuple[Any, ...]
    not_actions: tuple[Any, ...]
    resources: tuple[Any, ...]
    not_resources: tuple[Any, ...]
    principals: dict[str, tuple[Any, ...]]
    not_principals: bool
    condition: dict[str, Any]

    @property
    def allows(self) -> bool:
        """Anything but an explicit Deny: a malformed effect is judged as the worse one."""
        return self.effect != "Deny"

    def condition_keys(self) -> set[str]:
        """The condition keys in lower case, of all operators that restrict; `...IfExists` and `Null` do not."""
        return {
            key.lower()
            for operator, tests in self.condition.items()
            if not operator.endswith("IfExists") and operator != "Null"
            for key in mapping(tests)
        }

    @property
    def is_public(self) -> bool:
        """Whether it allows anyone without tying them to an account, organisation or network."""
        anyone = self.not_principals or any("*" in names for names in self.principals.values())
        return self.allows and anyone and not self.condition_keys() & BINDING_KEYS

    def tests(self, operator: str, key: str, value: str) -> bool:
        """Whether the condition has `operator` test `key` against `value`; keys and booleans in any case."""
        found = {name.lower(): wanted for name, wanted in mapping(self.condition.get(operator)).items()}
        return any(str(entry).lower() == value.lower() for entry in _several(found.get(key.lower())))


def statements(value: Any, *path: str) -> list[Statement]:
    """The statements of a document. Raises UndecidedError if it is unknown, MalformedError if it is no document."""
    if value is UNKNOWN:
        raise UndecidedError(path)
    found = _several(_field(mapping(parsed(value)), "Statement"))
    if not found:
        raise MalformedError("a policy document without statements")
    if UNKNOWN in found:
        raise UndecidedError((*path, "Statement"))
    return [_statement(mapping(entry)) for entry in found]


def documents_of(resource: Resource) -> Iterator[tuple[str, Any]]:
    """Every permission document a resource of IAM carries, with the name of its property."""
    if resource.has("policy"):
        yield "policy", resource.props["policy"]
    for inline in resource.entries("inlinePolicies"):
        yield "inlinePolicies", UNKNOWN if inline is UNKNOWN else mapping(inline).get("policy")


def text(values: tuple[Any, ...], *path: str) -> list[str]:
    """`values` as text. Raises UndecidedError if one is unknown."""
    if UNKNOWN in values:
        raise UndecidedError(path)
    return [str(value) for value in values]


def _statement(entry: dict[str, Any]) -> Statement:
    return Statement(
        effect=str(_field(entry, "Effect")),
        actions=_several(_field(entry, "Action")) + _several(_field(entry, "Actions")),
        not_actions=_several(_field(entry, "NotAction")),
        resources=_several(_field(entry, "Resource")) + _several(_field(entry, "Resources")),
        not_resources=_several(_field(entry, "NotResource")),
        principals=_principals(_field(entry, "Principal")),
        not_principals=bool(_several(_field(entry, "NotPrincipal"))),
        condition=mapping(_field(entry, "Condition")),
    )


def _principals(value: Any) -> dict[str, tuple[Any, ...]]:
    if isinstance(value, dict):
        return {kind: _several(names) for kind, names in mapping(value).items()}
    return {"AWS": _several(value)} if value is not None else {}


def _several(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return tuple(items(value)) if isinstance(value, list) else (value,)


def _field(entry: dict[str, Any], name: str) -> Any:
    """A field by name in any case: the SDK's typed documents start theirs in lower case."""
    return next((value for key, value in entry.items() if key.lower() == name.lower()), None)
