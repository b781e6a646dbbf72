"""A log group as every one of this stack is: named, encrypted, kept for a set time."""

import pulumi
from pulumi_aws import cloudwatch

from components.iam import Statement, allow
from components.site import LogPolicy


def log_group(name: str, path: str, policy: LogPolicy, opts: pulumi.ResourceOptions) -> cloudwatch.LogGroup:
    """`path` is its full name: those who write to it must know it before it exists."""
    return cloudwatch.LogGroup(
        name, name=path, retention_in_days=policy.retention_days, kms_key_id=policy.key_arn, opts=opts
    )


def write_statement(group: cloudwatch.LogGroup) -> Statement:
    """Write to `group`; it is there already, so its writers need not create it."""
    return allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], group.arn.apply(lambda arn: f"{arn}:*"))
