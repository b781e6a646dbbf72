"""What a bucket's own policy says: whom it refuses whatever their permissions are, and which services it admits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.iam import Statement

_ALGORITHM = "s3:x-amz-server-side-encryption"
_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_CUSTOMER_ALGORITHM = "s3:x-amz-server-side-encryption-customer-algorithm"


@dataclass(frozen=True, kw_only=True)
class LogWriter:
    """An AWS service that may put its records below `prefix` of a bucket, on behalf of `account`.

    `source_arn`, where the service says it, is the pattern of what it writes for, in `account` alone; `looks` are
    actions on the bucket itself, with which some services make sure of it before they write.
    """

    service: str
    prefix: str
    account: str
    source_arn: str | None = None
    looks: tuple[str, ...] = ()

    def statements(self, bucket_arn: pulumi.Output[str]) -> list[Statement]:
        """What the bucket's policy says of this writer."""
        label = "".join(part.title() for part in self.prefix.split("-"))
        written = bucket_arn.apply(lambda arn: f"{arn}/{self.prefix}/*")
        said = [self._statement(f"Write{label}", ["s3:PutObject"], written)]
        if self.looks:
            said.append(self._statement(f"Look{label}", self.looks, bucket_arn))
        return said

    def _statement(self, sid: str, actions: Sequence[str], resource: pulumi.Output[str]) -> Statement:
        return {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": self.service},
            "Action": list(actions),
            "Resource": resource,
            "Condition": {"StringEquals": {"aws:SourceAccount": self.account}}
            if self.source_arn is None
            else {"ArnLike": {"aws:SourceArn": self.source_arn}},
        }


def refusals(bucket_arn: pulumi.Output[str], key_arn: pulumi.Input[str] | None, account: str) -> list[Statement]:
    """Statements that no permission elsewhere can undo.

    An upload that names no encryption gets the bucket's own, so only headers that ask for another one are refused. One
    that asks for `aws:kms` without a key would get the key that AWS keeps for the account, hence the test of the key
    even where none is named (Amazon S3 API Reference, PutObject). AWS services that deliver logs are principals of no
    account of ours (IAM User Guide, `aws:PrincipalIsAWSService`).
    """
    objects = bucket_arn.apply(lambda arn: f"{arn}/*")
    whole = [bucket_arn, objects]
    asked = {"Null": {_ALGORITHM: "false"}}
    other_algorithm = {"StringNotEquals": {_ALGORITHM: "AES256" if key_arn is None else "aws:kms"}}
    said = [
        _deny("TlsOnly", "s3:*", whole, {"Bool": {"aws:SecureTransport": "false"}}),
        _deny("ModernTls", "s3:*", whole, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
        _deny(
            "OwnAccount",
            "s3:*",
            whole,
            {
                "StringNotEquals": {"aws:PrincipalAccount": account},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        ),
        _deny("OwnEncryption", "s3:PutObject", objects, {**asked, **other_algorithm}),
        _deny("NoKeysOfCallers", "s3:PutObject", objects, {"Null": {_CUSTOMER_ALGORITHM: "false"}}),
    ]
    if key_arn is not None:
        said.append(_deny("OwnKey", "s3:PutObject", objects, {**asked, "StringNotEquals": {_KEY: key_arn}}))
    return said


def _deny(
    sid: str, action: str, resource: pulumi.Output[str] | list[pulumi.Output[str]], condition: Mapping[str, Any]
) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": action,
        "Resource": resource,
        "Condition": condition,
    }
