"""A customer managed KMS key for one tier of data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import kms

from components.component import Component
from components.iam import Statement, allow
from components.site import Site

_ADMINISTRATION = [
    *(f"kms:{verb}*" for verb in ("Describe", "Enable", "List", "Put", "Update", "Revoke", "Disable", "Get", "Delete")),
    "kms:CreateAlias",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
    "kms:RotateKeyOnDemand",
]
"""Everything but using the key, and CreateGrant, with which an administrator could grant the use to anybody."""

_ENCRYPTION = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
_USE = [*_ENCRYPTION, "kms:DescribeKey"]

_EVENTS = "events.amazonaws.com"
"""EventBridge says to no topic, and so to no topic's key, for whom it sends (docs/decisions/0024)."""

DELETION_WINDOW_DAYS = 30
"""The longest that KMS offers (7 to 30): time to notice that a key was scheduled for deletion."""


@dataclass(frozen=True, kw_only=True)
class KeyArgs:
    """`via` are services that use the key for a caller of this account (`rds`, `s3`, ...); `principals` are service
    principals that use it themselves (`logs.eu-central-1.amazonaws.com`)."""

    site: Site
    purpose: str
    via: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()


class Key(Component):
    """A key that rotates every year and that only the named services use; an administrator would have to change its
    policy first, which is recorded."""

    type_token = "dify:security:Key"  # noqa: S105  a type token

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: KeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._region = args.site.region
        key = kms.Key(
            f"{name}-key",
            description=f"Dify: {args.purpose}",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_WINDOW_DAYS,
            policy=json.dumps(_policy(args)),
            opts=self.child(protect=args.site.retains),
        )
        kms.Alias(
            f"{name}-alias",
            name=f"alias/{args.site.name}-{name}",
            target_key_id=key.key_id,
            opts=self.child(),
        )
        self.arn = key.arn
        self.done()

    def decrypt_statement(self, sid: str, service: str) -> Statement:
        """Read what is encrypted with this key, through `service` (such as `secretsmanager`) only."""
        return self._through(sid, ["kms:Decrypt"], service)

    def use_statement(self, sid: str, service: str) -> Statement:
        """Read and write through `service` only."""
        return self._through(sid, ["kms:Decrypt", "kms:GenerateDataKey"], service)

    def _through(self, sid: str, actions: list[str], service: str) -> Statement:
        endpoint = f"{service}.{self._region}.amazonaws.com"
        return allow(sid, actions, self.arn, condition={"StringEquals": {"kms:ViaService": endpoint}})


def _policy(args: KeyArgs) -> dict[str, object]:
    owner = {"AWS": f"arn:aws:iam::{args.site.account}:root"}
    statements: list[Mapping[str, object]] = [
        {"Sid": "Administration", "Effect": "Allow", "Principal": owner, "Action": _ADMINISTRATION, "Resource": "*"}
    ]
    if args.via:
        services = [f"{service}.{args.site.region}.amazonaws.com" for service in args.via]
        through = {"StringEquals": {"kms:CallerAccount": args.site.account, "kms:ViaService": services}}
        statements += [
            {
                "Sid": "UseThroughServices",
                "Effect": "Allow",
                "Principal": owner,
                "Action": _USE,
                "Resource": "*",
                "Condition": through,
            },
            {
                "Sid": "GrantsForServices",
                "Effect": "Allow",
                "Principal": owner,
                "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
                "Resource": "*",
                "Condition": {**through, "Bool": {"kms:GrantIsForAWSResource": "true"}},
            },
        ]
    statements += [_admitted(f"Principal{number}", principal, args) for number, principal in enumerate(args.principals)]
    return {"Version": "2012-10-17", "Statement": statements}


def _admitted(sid: str, principal: str, args: KeyArgs) -> Mapping[str, object]:
    """A service that uses the key itself."""
    statement = {"Sid": sid, "Effect": "Allow", "Principal": {"Service": principal}, "Resource": "*"}
    if principal == _EVENTS:
        return {**statement, "Action": ["kms:Decrypt", "kms:GenerateDataKey"]}
    return {
        **statement,
        # Describing a key has no encryption context, by which alone CloudWatch Logs is let in.
        "Action": _ENCRYPTION if principal.startswith("logs.") else _USE,
        "Condition": _on_behalf(principal, args),
    }


def _on_behalf(principal: str, args: KeyArgs) -> dict[str, object]:
    if principal.startswith("logs."):
        # CloudWatch Logs sends no source account; it names the log group in the encryption context.
        return {
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{args.site.region}:{args.site.account}:log-group:*"
            }
        }
    return {"StringEquals": {"aws:SourceAccount": args.site.account}}
