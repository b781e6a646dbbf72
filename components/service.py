"""An ECS service on Fargate: tasks kept running over all zones, replaced safely, scaled on their load."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ecs, servicediscovery

from components.component import Component
from components.scaling import Backlog, Requests, Scaling, ScalingArgs
from components.task import Task, TaskArgs

_GRACE_SECONDS = 180
"""Dify's api needs about a minute to import; failing checks before this do not count."""

_DISK_GRACE_SECONDS = 1200
"""Every start on an empty disk installs all plugins again (langgenius/dify-plugin-daemon#406)."""


@dataclass(frozen=True, kw_only=True)
class ServiceArgs:
    """`target_group_arn` puts the service behind the load balancer, `namespace_id` is the private DNS zone of those
    that have a name. `after` must be there first: listener rules (ECS refuses a target group that no listener uses
    yet), and what makes the service's logins work."""

    task: TaskArgs
    cluster_arn: pulumi.Input[str]
    cluster_name: str
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    namespace_id: pulumi.Input[str]
    target_group_arn: pulumi.Input[str] | None = None
    requests: Requests | None = None
    backlog: Backlog | None = None
    after: Sequence[pulumi.Resource] = ()


class FargateService(Component):
    """A singleton stops its old task before the new one starts; everything else keeps full strength meanwhile."""

    type_token = "dify:compute:FargateService"  # noqa: S105

    service_name: pulumi.Output[str]
    task_definition_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._prefix, self._args = name, args
        deployment = args.task.deployment
        described = deployment.service
        task = Task(name, args.task, self.child())
        scales = not described.singleton
        service = ecs.Service(
            f"{name}-service",
            name=described.name,
            cluster=args.cluster_arn,
            task_definition=task.arn,
            desired_count=deployment.min_tasks,
            launch_type="FARGATE",
            network_configuration={
                "subnets": args.subnet_ids,
                "security_groups": [args.security_group_id],
                "assign_public_ip": False,
            },
            availability_zone_rebalancing="DISABLED" if described.singleton else "ENABLED",
            deployment_circuit_breaker={"enable": True, "rollback": True},
            deployment_minimum_healthy_percent=0 if described.singleton else 100,
            deployment_maximum_percent=100 if described.singleton else 200,
            health_check_grace_period_seconds=self._grace(),
            load_balancers=self._load_balancers(),
            service_registries=self._registry(),
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            opts=self.child(after=list(args.after), ignore=["desiredCount"] if scales else None),
        )
        if scales:
            Scaling(
                name,
                ScalingArgs(
                    cluster_name=args.cluster_name,
                    service_name=service.name,
                    deployment=deployment,
                    requests=args.requests,
                    backlog=args.backlog,
                ),
                self.child(),
            )
        self.service_name = service.name
        self.task_definition_arn = task.arn
        self.done()

    def _grace(self) -> int | None:
        if self._args.target_group_arn is None:
            return None
        return _DISK_GRACE_SECONDS if self._args.task.deployment.service.disk else _GRACE_SECONDS

    def _load_balancers(self) -> list[ecs.ServiceLoadBalancerArgs] | None:
        service, group = self._args.task.deployment.service, self._args.target_group_arn
        if group is None or service.port is None:
            return None
        return [
            ecs.ServiceLoadBalancerArgs(
                target_group_arn=group, container_name=service.name, container_port=service.port
            )
        ]

    def _registry(self) -> ecs.ServiceServiceRegistriesArgs | None:
        service = self._args.task.deployment.service
        if not service.discovered:
            return None
        registered = servicediscovery.Service(
            f"{self._prefix}-discovery",
            name=service.name,
            dns_config={
                "namespace_id": self._args.namespace_id,
                "dns_records": [{"type": "A", "ttl": 10}],
                "routing_policy": "MULTIVALUE",
            },
            opts=self.child(),
        )
        return ecs.ServiceServiceRegistriesArgs(registry_arn=registered.arn)
