"""RDS Proxy: a pool of database connections that tasks share, and that keeps theirs open through a failover."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import rds

from components.component import Component
from components.database import Database
from components.iam import role
from components.log_group import log_group
from components.secrets import Secrets
from components.site import LogPolicy, Site
from dify.capacity.connections import PROXY_PERCENT
from dify.secrets import Secret

_IDLE_CLIENT_SECONDS = 1800
"""AWS's default; Dify lets its own connections go after 300 s (SQLALCHEMY_POOL_RECYCLE)."""

_BORROW_SECONDS = 30
"""How long a query waits for a connection, as long as SQLAlchemy waits for one of its pool."""


@dataclass(frozen=True, kw_only=True)
class DatabaseProxyArgs:
    """`logins` are the secrets that the proxy knows, one for each database user: it admits no other. `after` makes the
    users."""

    site: Site
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    logs: LogPolicy
    database: Database
    secrets: Secrets
    logins: Sequence[Secret]
    after: Sequence[pulumi.Resource]


class DatabaseProxy(Component):
    """TLS on both sides. A rotation shows it the new login before any service uses it."""

    type_token = "dify:data:DatabaseProxy"  # noqa: S105

    host: pulumi.Output[str]
    proxy_name: str

    def __init__(self, name: str, args: DatabaseProxyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.proxy_name = f"{args.site.name}-{name}"
        # RDS makes the log group of this name itself, without key or retention, unless it is there first.
        logs = log_group(f"{name}-logs", f"/aws/rds/proxy/{self.proxy_name}", args.logs, self.child())
        proxy = rds.Proxy(
            f"{name}-proxy",
            name=self.proxy_name,
            engine_family="POSTGRESQL",
            require_tls=True,
            idle_client_timeout=_IDLE_CLIENT_SECONDS,
            debug_logging=False,  # its log would hold the text of queries
            vpc_subnet_ids=args.subnet_ids,
            vpc_security_group_ids=[args.security_group_id],
            role_arn=role(
                f"{name}-role",
                service="rds.amazonaws.com",
                site=args.site,
                statements=args.secrets.read_statements([login.name for login in args.logins]),
                opts=self.child(),
            ),
            auths=[
                {
                    "auth_scheme": "SECRETS",
                    "iam_auth": "DISABLED",
                    "client_password_auth_type": "POSTGRES_SCRAM_SHA_256",
                    "secret_arn": args.secrets.arns[login.name],
                    "description": login.role,
                }
                for login in args.logins
            ],
            opts=self.child(after=[logs, *args.after]),
        )
        group = rds.ProxyDefaultTargetGroup(
            f"{name}-pool",
            db_proxy_name=proxy.name,
            connection_pool_config={
                "max_connections_percent": PROXY_PERCENT,
                "max_idle_connections_percent": PROXY_PERCENT // 2,
                "connection_borrow_timeout": _BORROW_SECONDS,
            },
            opts=self.child(),
        )
        target = rds.ProxyTarget(
            f"{name}-target",
            db_proxy_name=proxy.name,
            target_group_name=group.name,
            db_instance_identifier=args.database.instance_identifier,
            opts=self.child(),
        )
        # Whoever takes the address from here takes it once the database stands behind it.
        self.host = pulumi.Output.all(proxy.endpoint, target.id).apply(lambda made: str(made[0]))
        self.done()
