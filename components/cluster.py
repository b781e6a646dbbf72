"""The ECS cluster and the private DNS names by which services find each other."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import ecs, servicediscovery

from components.component import Component
from components.log_group import log_group
from components.site import LogPolicy


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """`cluster_name` is unique in the account; `namespace` is a private DNS zone such as `dify-prod.internal`."""

    vpc_id: pulumi.Input[str]
    cluster_name: str
    namespace: str
    logs: LogPolicy


class Cluster(Component):
    """Fargate only, with enhanced Container Insights: the alarms on memory and disk of tasks read its metrics.

    No service lets anyone into its containers (ECS Exec). Where an operator switches that on for one, its sessions are
    recorded, and need the key of the logs: no task may use that one, so it takes a change of the key's policy as well,
    which CloudTrail records ("Logging for ECS Exec", Amazon ECS developer guide).
    """

    type_token = "dify:compute:Cluster"  # noqa: S105

    arn: pulumi.Output[str]
    cluster_name: str
    namespace: str
    namespace_id: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        sessions = log_group(
            f"{name}-sessions",
            f"{args.logs.path}/sessions",
            args.logs,
            self.child(),
        )
        cluster = ecs.Cluster(
            f"{name}-cluster",
            name=args.cluster_name,
            settings=[{"name": "containerInsights", "value": "enhanced"}],
            configuration={
                "execute_command_configuration": {
                    "kms_key_id": args.logs.key_arn,
                    "logging": "OVERRIDE",
                    "log_configuration": {
                        "cloud_watch_log_group_name": sessions.name,
                        "cloud_watch_encryption_enabled": True,
                    },
                }
            },
            opts=self.child(),
        )
        ecs.ClusterCapacityProviders(
            f"{name}-capacity",
            cluster_name=cluster.name,
            capacity_providers=["FARGATE"],
            default_capacity_provider_strategies=[{"capacity_provider": "FARGATE", "weight": 1}],
            opts=self.child(),
        )
        namespace = servicediscovery.PrivateDnsNamespace(
            f"{name}-namespace", name=args.namespace, vpc=args.vpc_id, opts=self.child()
        )
        self.arn = cluster.arn
        self.cluster_name = args.cluster_name
        self.namespace, self.namespace_id = args.namespace, namespace.id
        self.done()
