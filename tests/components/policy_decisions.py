"""What a resource's policy says about a request, by IAM's rules (IAM User Guide, "Policy evaluation logic" and
"Condition operators"). It knows the operators that this program uses and refuses others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, cast

Statements = Sequence[Mapping[str, Any]]


class Decision(StrEnum):
    """SILENT leaves the decision to the caller's own permissions; who has none here is refused."""

    DENIED = "denied"
    ALLOWED = "allowed"
    SILENT = "silent"


@dataclass(frozen=True, kw_only=True)
class Request:
    """`service` is the principal of an AWS service that calls for itself. `context` are the condition keys that are
    there: one that is not is missing for IAM too."""

    action: str
    resource: str
    service: str | None = None
    context: Mapping[str, str] = field(default_factory=dict[str, str])


def decide(statements: Statements, request: Request) -> Decision:
    """An explicit deny before an allow before nothing."""
    effects = {str(one["Effect"]) for one in statements if _applies(one, request)}
    if "Deny" in effects:
        return Decision.DENIED
    return Decision.ALLOWED if "Allow" in effects else Decision.SILENT


def _applies(statement: Mapping[str, Any], request: Request) -> bool:
    return (
        _is_named(statement["Principal"], request)
        and any(fnmatchcase(request.action.lower(), one.lower()) for one in _several(statement["Action"]))
        and any(fnmatchcase(request.resource, one) for one in _several(statement["Resource"]))
        and all(
            _holds(operator, key, _several(wanted), request.context)
            for operator, tests in cast("dict[str, dict[str, Any]]", statement.get("Condition", {})).items()
            for key, wanted in tests.items()
        )
    )


def _is_named(principal: Any, request: Request) -> bool:
    if principal in ("*", {"AWS": "*"}):
        return True
    return request.service is not None and request.service in _several(principal.get("Service"))


def _holds(operator: str, key: str, wanted: Sequence[str], context: Mapping[str, str]) -> bool:
    found = {name.lower(): value for name, value in context.items()}.get(key.lower())
    if operator == "Null":
        return wanted == ["true" if found is None else "false"]
    plain = operator.removesuffix("IfExists")
    if found is None:
        # A test that something is not so holds where there is nothing.
        return operator != plain or "Not" in plain
    return _OPERATORS[plain](found, wanted)


_OPERATORS: Mapping[str, Callable[[str, Sequence[str]], bool]] = {
    "Bool": lambda found, wanted: found in wanted,
    "StringEquals": lambda found, wanted: found in wanted,
    "StringNotEquals": lambda found, wanted: found not in wanted,
    "NumericLessThan": lambda found, wanted: any(float(found) < float(one) for one in wanted),
    "ArnLike": lambda found, wanted: any(fnmatchcase(found, one) for one in wanted),
}


def _several(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in cast("list[Any]", value)] if isinstance(value, list) else [str(value)]
