"""A log group as every one of this stack is: named, encrypted, kept for a set time."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import cloudwatch

from components.iam import Statement, allow, document
from components.site import LogPolicy, Site


def log_group(name: str, path: str, policy: LogPolicy, opts: pulumi.ResourceOptions) -> cloudwatch.LogGroup:
    """`path` is its full name: those who write to it must know it before it exists."""
    return cloudwatch.LogGroup(
        name, name=path, retention_in_days=policy.retention_days, kms_key_id=policy.key_arn, opts=opts
    )


def write_statement(group: cloudwatch.LogGroup) -> Statement:
    """Write to `group`; it is there already, so its writers need not create it."""
    return allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], group.arn.apply(lambda arn: f"{arn}:*"))


def let_deliver(
    name: str, policy_name: str, groups: Sequence[cloudwatch.LogGroup], site: Site, opts: pulumi.ResourceOptions
) -> cloudwatch.LogResourcePolicy:
    """Lets AWS's services deliver to `groups`, on behalf of this account and region only.

    Without it AWS would add them to a policy of its own, which all deliveries of the account share and no stack removes
    (Amazon CloudWatch Logs User Guide, "Enabling logging from AWS services").
    """
    statement = {
        "Sid": "Deliver",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [group.arn.apply(lambda arn: f"{arn}:log-stream:*") for group in groups],
        "Condition": {
            "StringEquals": {"aws:SourceAccount": site.account},
            "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{site.region}:{site.account}:*"},
        },
    }
    return cloudwatch.LogResourcePolicy(name, policy_name=policy_name, policy_document=document([statement]), opts=opts)
