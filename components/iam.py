"""IAM documents and roles."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_aws import iam

from components.site import Site

Statement = Mapping[str, Any]
"""One permission, made by the owner of the resource that it is about. Keys are those of IAM's JSON."""


def allow(
    sid: str,
    actions: Sequence[str],
    resources: pulumi.Input[str] | Sequence[pulumi.Input[str]],
    *,
    condition: Mapping[str, Any] | None = None,
) -> Statement:
    """A statement of an identity's policy."""
    statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resources}
    return statement if condition is None else {**statement, "Condition": condition}


def deny(
    sid: str,
    actions: Sequence[str],
    *,
    but: Sequence[pulumi.Input[str]] = (),
    only: Sequence[pulumi.Input[str]] = ("*",),
    condition: Mapping[str, Any] | None = None,
) -> Statement:
    """A statement that no other one lifts: about everything `but` some resources, or about `only` some."""
    where = {"NotResource": list(but)} if but else {"Resource": list(only)}
    statement = {"Sid": sid, "Effect": "Deny", "Action": list(actions), **where}
    return statement if condition is None else {**statement, "Condition": condition}


def document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """A policy document of `statements`; unknown in a preview for as long as one of its resources is."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


SAYS_FOR_WHOM = frozenset({"ecs-tasks.amazonaws.com", "es.amazonaws.com", "monitoring.rds.amazonaws.com"})
"""Services whose guides show the condition on a role's trust: ECS ("Amazon ECS task IAM role"), OpenSearch Service
("Cross-service confused deputy prevention") and RDS ("Preventing cross-service confused deputy problems"). No guide
promises that the others send what it looks at, and then it would shut them out for good (docs/decisions/0022)."""


def trust(service: str, account: str, source_arn: str | None = None) -> str:
    """Lets `service` assume a role, on behalf of this account only where the service says for whom it does (the
    confused deputy problem, IAM User Guide), and of the one resource `source_arn` where that is known."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    if service in SAYS_FOR_WHOM:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": account}}
        if source_arn is not None:
            statement["Condition"]["ArnEquals"] = {"aws:SourceArn": source_arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role_path(site: Site) -> str:
    """Where the roles of a stack are: what may be done to all of them, and to no other, is said by it."""
    return f"/{site.name}/"


def role(
    name: str,
    *,
    service: str,
    site: Site,
    statements: Sequence[Statement] = (),
    managed: Sequence[str] = (),
    physical: str | None = None,
    source_arn: str | None = None,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """ARN of a role of `service` that may do what `statements` and AWS's own `managed` policies say, nothing else.

    The ARN is known only once the permissions stand: who takes it may use them at once. `physical` is its name, for a
    role that others must name before it is made; `source_arn` is the one resource that the service acts for, where it
    says so. The site's boundary bounds it whatever its policies say.
    """
    made = iam.Role(
        name,
        name=physical,
        path=role_path(site),
        assume_role_policy=trust(service, site.account, source_arn),
        permissions_boundary=site.boundary_arn,
        opts=opts,
    )
    permissions: list[pulumi.Output[str]] = []
    if statements:
        permissions.append(iam.RolePolicy(f"{name}-policy", role=made.name, policy=document(statements), opts=opts).id)
    for policy in managed:
        attachment = iam.RolePolicyAttachment(
            f"{name}-{policy.rsplit('/', 1)[-1].lower()}",
            role=made.name,
            policy_arn=f"arn:aws:iam::aws:policy/{policy}",
            opts=opts,
        )
        permissions.append(attachment.id)
    return pulumi.Output.all(made.arn, *permissions).apply(lambda known: str(known[0]))
