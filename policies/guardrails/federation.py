"""Workflows that sign in with a token of their run: one subject of one repository, word for word."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from .documents import Statement, statements
from .graph import Graph
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import ROLE, ROLE_POLICY_ATTACHMENT
from .values import UNKNOWN, UndecidedError, items, mapping

CLAIMS = ("aud", "sub")
"""Whom a token is for and which run it is of. Without the second, every workflow of everyone at the issuer gets in."""


@rule(
    "iam-role-must-pin-the-workflow-that-assumes-it",
    ROLE,
    severity=Severity.CRITICAL,
    description="A role that is assumed with an outside token names its audience and its subject, without a wildcard.",
    remediation="Compare the claims aud and sub with StringEquals, each with one value.",
    references=References(checkov="CKV_AWS_393", practice="SEC03-BP07"),
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html",
    late=("assumeRolePolicy",),
)
def pins_workflow(resource: Resource) -> Iterator[Finding]:
    if not resource.has("assumeRolePolicy"):
        yield "has no trust policy"
        return
    for statement in statements(resource.props["assumeRolePolicy"], "assumeRolePolicy"):
        if statement.allows and "Federated" in statement.principals:
            yield from (
                f"does not pin the claim {claim} of the token" for claim in CLAIMS if not _pins(statement, claim)
            )


def _pins(statement: Statement, claim: str) -> bool:
    """Whether only tokens with certain values of the claim pass."""
    values = [
        value
        for name, found in mapping(statement.condition.get("StringEquals")).items()
        if name.lower().endswith(f":{claim}")
        for value in (items(found) or [found])
    ]
    if UNKNOWN in values:
        raise UndecidedError(("assumeRolePolicy", "Condition"))
    return bool(values) and not any("*" in str(value) for value in values)


def is_pipeline(policy: Resource, graph: Graph) -> bool:
    """Whether every role that a policy belongs to is assumed with an outside token. Not one that belongs to none."""
    attachments = graph.pointing_at(policy, "policyArn", ROLE_POLICY_ATTACHMENT)
    roles = [role for owner in (policy, *attachments) for role in graph.linked(owner, "role", ROLE)]
    return bool(roles) and all(is_federated(role.props.get("assumeRolePolicy")) for role in roles)


def is_federated(trust: Any) -> bool:
    """Whether a trust policy admits nobody but holders of an outside token. Raises UndecidedError where unknown."""
    allowing = [statement for statement in statements(trust, "assumeRolePolicy") if statement.allows]
    return all(set(statement.principals) == {"Federated"} for statement in allowing)
