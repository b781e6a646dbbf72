"""IAM documents and roles."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_aws import iam

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


def document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """A policy document of `statements`; unknown in a preview for as long as one of its resources is."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str, account: str) -> str:
    """Lets `service` assume a role, on behalf of this account only (the confused deputy problem, IAM User Guide)."""
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": service},
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role(
    name: str,
    *,
    service: str,
    account: str,
    statements: Sequence[Statement] = (),
    managed: Sequence[str] = (),
    physical: str | None = None,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """ARN of a role of `service` that may do what `statements` and AWS's own `managed` policies say, nothing else.

    The ARN is known only once the permissions stand: who takes it may use them at once. `physical` is its name, for a
    role that others must name before it is made.
    """
    made = iam.Role(name, name=physical, assume_role_policy=trust(service, account), opts=opts)
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
