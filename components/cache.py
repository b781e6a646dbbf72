"""ElastiCache: queues, locks, sessions and events of Dify, on one primary with replicas in other zones."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, elasticache

from components.component import Component
from components.log_group import let_deliver, log_group
from components.site import LogPolicy, Site
from dify.flows import CACHE_PORT
from dify.secrets import Secret
from settings.cache import Cache as Choices

_ENGINE = "valkey"
"""Speaks Redis' protocol; docs/decisions/0006 says why."""

_LOGS = ("slow-log", "engine-log")
"""Commands that took long, with who sent them; and what the engine did: failovers, synchronisations, snapshots
("Log delivery", Amazon ElastiCache user guide). A group that was made without them takes them only at once, which
this program never asks for: set them by hand, once."""


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    """There is one user for each of the secrets `users`."""

    site: Site
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    logs: LogPolicy
    users: Sequence[Secret]
    choices: Choices


class Cache(Component):
    """Cluster mode is off: Celery and the plugin daemon cannot use it (langgenius/dify#4472, celery/celery#9019).

    A user is created closed (IAM authentication); the secret keeper gives it the secret's password inside AWS.
    """

    type_token = "dify:data:Cache"  # noqa: S105

    replication_group_id: pulumi.Output[str]
    host: pulumi.Output[str]
    user_ids: dict[str, str]
    user_arns: list[str]

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        chosen = args.choices
        self.user_ids = {user.name: f"{args.site.name}-{user.name}" for user in args.users}
        self.user_arns = [
            f"arn:aws:elasticache:{args.site.region}:{args.site.account}:user:{user}" for user in self.user_ids.values()
        ]
        major = chosen.engine_version.split(".")[0]
        parameters = elasticache.ParameterGroup(
            f"{name}-parameters-{major}",
            family=f"{_ENGINE}{major}",
            description="Dify: queues must never be evicted",
            parameters=[{"name": "maxmemory-policy", "value": "noeviction"}],
            opts=self.child(),
        )
        subnets = elasticache.SubnetGroup(f"{name}-subnets", subnet_ids=args.subnet_ids, opts=self.child())
        logs, may_write = self._logs(name, args)
        group = elasticache.ReplicationGroup(
            f"{name}-group",
            description="Dify queues, locks and events",
            engine=_ENGINE,
            engine_version=chosen.engine_version,
            node_type=chosen.node_type,
            num_cache_clusters=chosen.nodes,
            port=CACHE_PORT,
            parameter_group_name=parameters.name,
            subnet_group_name=subnets.name,
            security_group_ids=[args.security_group_id],
            automatic_failover_enabled=chosen.nodes > 1,
            multi_az_enabled=chosen.nodes > 1,
            at_rest_encryption_enabled=True,
            kms_key_id=args.key_arn,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            user_group_ids=[self._user_group(name, args).user_group_id],
            auto_minor_version_upgrade=True,
            snapshot_retention_limit=chosen.snapshot_retention_days,
            snapshot_window=chosen.snapshot_window,
            maintenance_window=chosen.maintenance_window,
            log_delivery_configurations=[
                {
                    "log_type": kind,
                    "log_format": "json",
                    "destination_type": "cloudwatch-logs",
                    "destination": group.name,
                }
                for kind, group in logs.items()
            ],
            apply_immediately=False,
            final_snapshot_identifier=(f"{args.site.name}-{name}-final" if args.site.retains else None),
            opts=self.child(protect=args.site.retains, after=[may_write]),
        )
        self.replication_group_id = group.id
        self.host = group.primary_endpoint_address
        self.done()

    def _logs(self, name: str, args: CacheArgs) -> tuple[dict[str, cloudwatch.LogGroup], cloudwatch.LogResourcePolicy]:
        """The log groups, and leave to deliver to them."""
        groups = {
            kind: log_group(f"{name}-{kind}", f"/aws/elasticache/{args.site.name}/{kind}", args.logs, self.child())
            for kind in _LOGS
        }
        may_write = let_deliver(
            f"{name}-logs-policy", f"{args.site.name}-{name}", list(groups.values()), args.site, self.child()
        )
        return groups, may_write

    def _user_group(self, name: str, args: CacheArgs) -> elasticache.UserGroup:
        users = [
            elasticache.User(
                f"{name}-user-{user.name}",
                engine=_ENGINE,
                # With IAM authentication, id and name of a user must be the same.
                user_id=self.user_ids[user.name],
                user_name=self.user_ids[user.name],
                access_string=user.access,
                authentication_mode={"type": "iam"},
                opts=self.child(ignore=["authenticationMode"]),
            )
            for user in args.users
        ]
        return elasticache.UserGroup(
            f"{name}-users",
            engine=_ENGINE,
            user_group_id=f"{args.site.name}-users",
            user_ids=[user.user_id for user in users],
            opts=self.child(),
        )
