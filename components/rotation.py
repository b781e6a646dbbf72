"""New logins and keys: by schedule where running tasks do not notice, on request where both sides must change
together."""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import lambda_, secretsmanager

from components.cache import Cache
from components.component import Component
from components.database import Database
from components.database_setup import Owned, mirror_arns, verified_database
from components.function import POSTGRESQL, REDIS, Function, FunctionArgs, Inside
from components.iam import Statement, allow
from components.secrets import Secrets
from components.site import LogPolicy, Site
from dify.flows import CACHE_PORT, DATABASE_PORT
from dify.secrets import Kind, Secret

ROTATION_DAYS = 30
"""At most 90 (AWS Foundational Security Best Practices, SecretsManager.4)."""

_SCHEDULED = (Kind.DATABASE, Kind.CACHE)


@dataclass(frozen=True, kw_only=True)
class RotationArgs:
    """`readers` are the secrets with the services that read each, which are deployed anew after it has changed.
    `databases` say whose logins are whose. `after` makes the logins work: AWS tries a rotation before it accepts it."""

    site: Site
    logs: LogPolicy
    inside: Inside
    cluster_name: str
    database: Database
    cache: Cache
    secrets: Secrets
    readers: Sequence[tuple[Secret, tuple[str, ...]]]
    databases: Sequence[Owned]
    after: Sequence[pulumi.Resource]


class Rotation(Component):
    """One function for all kinds. FIXED secrets are not known to it: it refuses them."""

    type_token = "dify:security:Rotation"  # noqa: S105

    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: RotationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        rotated = [(secret, services) for secret, services in args.readers if secret.kind is not Kind.FIXED]
        scheduled = [secret.name for secret, _ in rotated if secret.kind in _SCHEDULED]
        function = Function(
            name,
            FunctionArgs(
                site=args.site,
                logs=args.logs,
                folder="rotation",
                libraries=(*POSTGRESQL, *REDIS),
                inside=args.inside,
                environment={"ROTATION": self._settings(rotated), **verified_database(args.site)},
                statements=[
                    *args.secrets.replace_statements(
                        [*(secret.name for secret, _ in rotated), *self._mirrors(rotated)]
                    ),
                    args.secrets.stage_statement(scheduled),
                    *args.database.read_login_statements(),
                    allow("CacheUsers", ["elasticache:DescribeUsers", "elasticache:ModifyUser"], args.cache.user_arns),
                    self._redeploy_statement(rotated),
                ],
                timeout_seconds=900,
            ),
            self.child(),
        )
        permission = lambda_.Permission(
            f"{name}-may-call",
            function=function.function_name,
            action="lambda:InvokeFunction",
            principal="secretsmanager.amazonaws.com",
            source_account=args.site.account,
            opts=self.child(),
        )
        for secret in scheduled:
            secretsmanager.SecretRotation(
                f"{name}-{secret}",
                secret_id=args.secrets.arns[secret],
                rotation_lambda_arn=function.arn,
                rotate_immediately=False,
                rotation_rules={"automatically_after_days": ROTATION_DAYS},
                opts=self.child(after=[permission, *args.after]),
            )
        self.function_name = function.function_name
        self.done()

    def _settings(self, rotated: Sequence[tuple[Secret, tuple[str, ...]]]) -> pulumi.Output[str]:
        """What the function knows of each secret, by ARN (functions/rotation/rotation_plan.py)."""
        described = [
            pulumi.Output.all(
                self._args.secrets.arns[secret.name],
                pulumi.Output.from_input({**self._how(secret), "services": list(services)}),
            )
            for secret, services in rotated
        ]
        cluster = self._args.cluster_name
        return pulumi.Output.all(*described).apply(lambda pairs: _packed({"cluster": cluster, "secrets": dict(pairs)}))

    def _how(self, secret: Secret) -> dict[str, object]:
        args = self._args
        if secret.kind is Kind.DATABASE:
            (owned,) = [one for one in args.databases if one.login is secret]
            return {
                "kind": secret.kind.value,
                "ownerSecretArn": args.database.secret_arn,
                "host": args.database.host,
                "port": DATABASE_PORT,
                "database": owned.database,
                "users": list(secret.logins),
                "mirrors": mirror_arns(secret, args.secrets.arns),
            }
        if secret.kind is Kind.CACHE:
            return {
                "kind": secret.kind.value,
                "userId": args.cache.user_ids[secret.name],
                "host": args.cache.host,
                "port": CACHE_PORT,
                "compose": dict(secret.composed),
            }
        fields = {
            name: {"length": recipe.length, "alphabet": recipe.alphabet} for name, recipe in secret.generated.items()
        }
        return {"kind": secret.kind.value, "fields": fields}

    def _mirrors(self, rotated: Sequence[tuple[Secret, tuple[str, ...]]]) -> list[str]:
        names = [mirror.name for secret, _ in rotated if secret.kind is Kind.DATABASE for mirror in secret.mirrors]
        return [name for name in names if name in self._args.secrets.arns]

    def _redeploy_statement(self, rotated: Sequence[tuple[Secret, tuple[str, ...]]]) -> Statement:
        site, cluster = self._args.site, self._args.cluster_name
        services = sorted({service for _, readers in rotated for service in readers})
        return allow(
            "DeployReadersAnew",
            ["ecs:UpdateService"],
            [f"arn:aws:ecs:{site.region}:{site.account}:service/{cluster}/{service}" for service in services],
        )


def _packed(plan: Mapping[str, object]) -> str:
    """Lambda takes 4 KiB of environment in all (AWS Lambda Developer Guide, quotas): the plan of many workers is
    longer."""
    return base64.b64encode(zlib.compress(json.dumps(plan, sort_keys=True).encode(), level=9)).decode()
