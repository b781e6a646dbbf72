"""Secrets that are generated inside AWS: the program knows their names and fields, never a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import secretsmanager

from components.cache import Cache
from components.component import Component
from components.function import Function, FunctionArgs
from components.iam import Statement, allow
from components.key import Key
from components.site import LogPolicy, Site
from dify.flows import CACHE_PORT
from dify.secrets import Kind, Reference, Secret

_RECOVERY_DAYS = 30
"""Longest recovery window of Secrets Manager (7 to 30)."""


@dataclass(frozen=True, kw_only=True)
class SecretsArgs:
    """`wanted` are the secrets that the stack's services read. Passwords of `cache`'s users are made here."""

    site: Site
    key: Key
    logs: LogPolicy
    cache: Cache
    wanted: Sequence[Secret]


class Secrets(Component):
    """One secret per purpose, filled by the secret keeper at every deployment that changes what it keeps."""

    type_token = "dify:security:Secrets"  # noqa: S105

    arns: dict[str, pulumi.Output[str]]
    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._key = args.key
        made = {
            secret.name: secretsmanager.Secret(
                f"{name}-{secret.name}",
                kms_key_id=args.key.arn,
                recovery_window_in_days=_RECOVERY_DAYS if args.site.retains else 0,
                opts=self.child(protect=args.site.retains),
            ).arn
            for secret in args.wanted
        }
        keeper = Function(
            f"{name}-keeper",
            FunctionArgs(
                site=args.site,
                logs=args.logs,
                folder="secret_keeper",
                statements=[
                    allow(
                        "KeepSecrets",
                        ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
                        list(made.values()),
                    ),
                    args.key.use_statement("EncryptSecrets", "secretsmanager"),
                    allow("CacheUsers", ["elasticache:DescribeUsers", "elasticache:ModifyUser"], args.cache.user_arns),
                ],
            ),
            self.child(),
        )
        filled = keeper.run("filled", pulumi.Output.json_dumps(_request(args, made)))
        # Whoever takes a secret from here takes it after it has been filled.
        self.arns = {
            secret: pulumi.Output.all(arn, filled.id).apply(lambda known: str(known[0])) for secret, arn in made.items()
        }
        self.function_name = keeper.function_name
        self.done()

    def read_statements(self, names: Sequence[str]) -> list[Statement]:
        """Read the secrets of these names; nothing for none."""
        if not names:
            return []
        return [
            allow("ReadSecrets", ["secretsmanager:GetSecretValue"], [self.arns[name] for name in names]),
            self._key.decrypt_statement("DecryptSecrets", "secretsmanager"),
        ]

    def replace_statements(self, names: Sequence[str]) -> list[Statement]:
        """Read the secrets of these names and store new versions of them."""
        return [
            allow(
                "ReplaceSecrets",
                ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
                [self.arns[name] for name in names],
            ),
            self._key.use_statement("EncryptSecrets", "secretsmanager"),
        ]

    def stage_statement(self, names: Sequence[str]) -> Statement:
        """Move the secrets of these names from one version to the next, in the steps of Secrets Manager's rotation."""
        return allow(
            "StageSecrets",
            ["secretsmanager:DescribeSecret", "secretsmanager:UpdateSecretVersionStage"],
            [self.arns[name] for name in names],
        )

    def references(self, variables: Mapping[str, Reference]) -> pulumi.Output[dict[str, str]]:
        """Variable -> `valueFrom`: one JSON field of one secret each."""
        sources = {
            variable: pulumi.Output.concat(self.arns[secret], f":{field}::")
            for variable, (secret, field) in variables.items()
        }
        return pulumi.Output.all(**sources) if sources else pulumi.Output.from_input(dict[str, str]())


def _request(args: SecretsArgs, arns: Mapping[str, pulumi.Output[str]]) -> dict[str, object]:
    return {
        "secrets": [_kept(secret, arns[secret.name], args.cache) for secret in args.wanted],
        "cacheUsers": [
            {"userId": args.cache.user_ids[secret.name], "secretArn": arns[secret.name], "passwordField": "password"}
            for secret in args.wanted
            if secret.kind is Kind.CACHE
        ],
    }


def _kept(secret: Secret, arn: pulumi.Output[str], cache: Cache) -> dict[str, object]:
    kept: dict[str, object] = {
        "arn": arn,
        "generate": {
            field: {"length": recipe.length, "alphabet": recipe.alphabet} for field, recipe in secret.generated.items()
        },
    }
    if secret.kind is Kind.DATABASE:
        kept["initial"] = {"username": secret.logins[0]}
    if secret.kind is Kind.MIRROR:
        kept["literals"] = {"username": secret.role}
    if secret.kind is Kind.CACHE:
        kept["literals"] = {"username": cache.user_ids[secret.name]}
    if secret.composed:
        kept["values"] = {"host": cache.host, "port": str(CACHE_PORT)}
        kept["compose"] = dict(secret.composed)
    return kept
