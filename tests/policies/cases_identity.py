"""Cases of the rules about roles: their bounds, their trust, and whom services act for."""

from typing import Any

from policies.guardrails import tokens as t
from tests.policies.case import Case, Change, drop, every_statement, named, rewrite
from tests.policies.graph_adapter import Declared, Stack


def without(key: str) -> Change:
    """Take the condition away from every statement that allows this."""

    def edit(document: Any) -> Any:
        for statement in document["Statement"]:
            if key in str(statement["Action"]):
                statement.pop("Condition", None)
        return document

    return rewrite("policy", edit)


def shared_role(stack: Stack, subject: Declared) -> None:
    """Let every task definition run with the role."""
    for one in stack:
        if one.type == t.TASK_DEFINITION:
            one.links["taskRoleArn"] = [subject.urn]


CASES = [
    Case(
        rule="iam-role-must-have-a-boundary",
        at=t.ROLE,
        breaks=drop("permissionsBoundary"),
        loses="permissionsBoundary",
        hides="permissionsBoundary",
        set_when_unknown=True,
    ),
    Case(
        rule="iam-role-must-pin-the-workflow-that-assumes-it",
        at=t.ROLE,
        where=named("pipeline-deploy"),
        breaks=every_statement(Condition={"StringLike": {"token.actions.githubusercontent.com:sub": "repo:example/*"}})(
            "assumeRolePolicy"
        ),
        loses="assumeRolePolicy",
        hides="assumeRolePolicy",
        source="cdn",
    ),
    Case(
        rule="iam-policy-must-say-whom-it-passes-roles-to",
        at=t.MANAGED_POLICY,
        where=named("pipeline-roles"),
        breaks=without("iam:PassRole"),
        loses=without("iam:PassRole"),
        hides="policy",
        source="cdn",
    ),
    Case(
        rule="iam-policy-must-not-lead-to-more",
        at=t.MANAGED_POLICY,
        where=named("pipeline-roles"),
        breaks=without("iam:CreateRole"),
        loses=without("iam:CreateRole"),
        hides="policy",
        source="cdn",
    ),
    Case(
        rule="iam-role-must-serve-one-purpose",
        at=t.ROLE,
        where=named("web-task"),
        breaks=shared_role,
        loses=shared_role,
        hides="permissionsBoundary",
        set_when_unknown=True,
    ),
    Case(
        rule="iam-resource-policy-must-know-whom-a-service-acts-for",
        at=t.LOG_RESOURCE_POLICY,
        breaks=every_statement(Condition=None)("policyDocument"),
        loses="policyDocument",
        hides="policyDocument",
    ),
    Case(
        rule="kms-grant-must-be-for-aws-resources",
        at=t.KEY,
        where=lambda key: "kms:CreateGrant" in key.props["policy"],
        breaks=without("CreateGrant"),
        loses="policy",
        hides="policy",
        safe_when_missing=True,
    ),
    Case(
        rule="iam-policy-must-not-decrypt-with-any-key",
        at=t.MANAGED_POLICY,
        where=named("boundary-policy"),
        breaks=without("kms:Decrypt"),
        loses="policy",
        hides="policy",
        safe_when_missing=True,
    ),
    Case(
        rule="kms-key-must-be-used-through-services",
        at=t.ROLE_POLICY,
        where=named("database-setup-role-policy"),
        breaks=without("kms:Decrypt"),
        loses="policy",
        hides="policy",
        safe_when_missing=True,
    ),
    Case(
        rule="iam-policy-must-say-whose-objects",
        at=t.MANAGED_POLICY,
        where=named("boundary-policy"),
        breaks=without("s3:PutObject"),
        loses="policy",
        hides="policy",
        safe_when_missing=True,
    ),
    Case(
        rule="iam-resource-policy-must-name-its-actions",
        at=t.LOG_RESOURCE_POLICY,
        breaks=every_statement(Action="logs:*")("policyDocument"),
        loses="policyDocument",
        hides="policyDocument",
        safe_when_missing=True,
    ),
]
