"""Secrets that are generated inside AWS: the program knows their names and fields, never a value."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_aws import lambda_, secretsmanager

from components.cache import Cache
from components.component import Component
from components.iam import Statement, allow, role
from components.key import Key
from components.log_group import log_group, write_statement
from components.site import LogPolicy, Site
from dify.flows import CACHE_PORT

_FUNCTION = Path(__file__).parent.parent / "functions" / "secret_keeper"

_RECOVERY_DAYS = 30
"""Longest recovery window of Secrets Manager (7 to 30)."""

_APPLICATION_FIELDS = {
    # Dify documents at least 42 characters (docs, environment variables) and at most 30 for the set-up password.
    "SECRET_KEY": {"length": 64, "alphabet": "alphanumeric"},
    "INIT_PASSWORD": {"length": 30, "alphabet": "alphanumeric"},
}

_CACHE_FIELDS = {"password": {"length": 64, "alphabet": "alphanumeric"}}

BROKER_DATABASE = 1
"""Logical database of the Celery queues; Dify keeps its own data in 0 (docker/.env.example)."""


@dataclass(frozen=True, kw_only=True)
class SecretsArgs:
    """The password of `cache`'s user is made here, and the address of its queues."""

    site: Site
    key: Key
    logs: LogPolicy
    cache: Cache


class Secrets(Component):
    """One secret per purpose, filled by the secret keeper at every deployment that changes what it keeps."""

    type_token = "dify:security:Secrets"  # noqa: S105

    application_arn: pulumi.Output[str]
    cache_arn: pulumi.Output[str]

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._key = args.key
        application, cache = (self._secret(f"{name}-{purpose}", args) for purpose in ("application", "cache"))
        keeper = self._keeper(f"{name}-keeper", [application.arn, cache.arn], args)
        request = {
            "secrets": [
                {"arn": application.arn, "generate": _APPLICATION_FIELDS},
                {
                    "arn": cache.arn,
                    "generate": _CACHE_FIELDS,
                    "literals": {"username": args.cache.user_id},
                    "values": {"host": args.cache.host, "port": str(CACHE_PORT)},
                    "compose": {
                        "CELERY_BROKER_URL": f"rediss://{{username}}:{{password}}@{{host}}:{{port}}/{BROKER_DATABASE}"
                    },
                },
            ],
            "cacheUsers": [
                {"userId": args.cache.user_id, "secretArn": cache.arn, "passwordField": "password"},
            ],
        }
        filled = lambda_.Invocation(
            f"{name}-filled",
            function_name=keeper.name,
            input=pulumi.Output.json_dumps(request),
            triggers={"code": keeper.code_sha256},
            opts=self.child(),
        )
        # Whoever takes a secret from here takes it after it has been filled.
        self.application_arn = pulumi.Output.all(application.arn, filled.id).apply(lambda made: made[0])
        self.cache_arn = pulumi.Output.all(cache.arn, filled.id).apply(lambda made: made[0])
        self.done()

    def read_statements(self) -> list[Statement]:
        """Read the secrets of the api image."""
        return [
            allow("ReadSecrets", ["secretsmanager:GetSecretValue"], [self.application_arn, self.cache_arn]),
            self._key.decrypt_statement("DecryptSecrets", "secretsmanager"),
        ]

    def _secret(self, name: str, args: SecretsArgs) -> secretsmanager.Secret:
        return secretsmanager.Secret(
            name,
            kms_key_id=args.key.arn,
            recovery_window_in_days=_RECOVERY_DAYS if args.site.retains else 0,
            opts=self.child(protect=args.site.retains),
        )

    def _keeper(self, name: str, secrets: list[pulumi.Output[str]], args: SecretsArgs) -> lambda_.Function:
        function = f"{args.site.name}-secret-keeper"
        logs = log_group(
            f"{name}-logs",
            f"/aws/lambda/{function}",
            args.logs,
            self.child(),
        )
        acts_as = role(
            f"{name}-role",
            service="lambda.amazonaws.com",
            account=args.site.account,
            statements=[
                allow("KeepSecrets", ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"], secrets),
                args.key.use_statement("EncryptSecrets", "secretsmanager"),
                allow("CacheUser", ["elasticache:DescribeUsers", "elasticache:ModifyUser"], args.cache.user_arn),
                write_statement(logs),
            ],
            opts=self.child(),
        )
        return lambda_.Function(
            f"{name}-function",
            name=function,
            runtime=lambda_.Runtime.PYTHON3D13,
            architectures=["arm64"],
            handler="index.handler",
            code=pulumi.AssetArchive(
                {source.name: pulumi.FileAsset(str(source)) for source in sorted(_FUNCTION.glob("*.py"))}
            ),
            role=acts_as,
            timeout=300,
            memory_size=256,
            reserved_concurrent_executions=1,
            logging_config={"log_format": "JSON", "log_group": logs.name},
            opts=self.child(),
        )
