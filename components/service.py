"""An ECS service on Fargate: tasks kept running over all zones, replaced safely, scaled on their load."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import appautoscaling, ecs, servicediscovery

from components.component import Component
from components.task import Task, TaskArgs

CPU_TARGET_PERCENT = 60
"""Scaling starts well before the CPU alarm (80 %): a task needs minutes to start."""

_SCALE_OUT_SECONDS = 60
_SCALE_IN_SECONDS = 300
_GRACE_SECONDS = 180
"""Dify's api needs about a minute to import; failing checks before this do not count."""


@dataclass(frozen=True, kw_only=True)
class ServiceArgs:
    """`target_group_arn` puts the service behind the load balancer, `namespace_id` gives it a private DNS name.
    `after` are listener rules: ECS refuses a target group that no listener uses yet."""

    task: TaskArgs
    cluster_arn: pulumi.Input[str]
    cluster_name: str
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    min_tasks: int
    max_tasks: int
    target_group_arn: pulumi.Input[str] | None = None
    namespace_id: pulumi.Input[str] | None = None
    after: Sequence[pulumi.Resource] = ()


class FargateService(Component):
    """A singleton stops its old task before the new one starts; everything else keeps full strength meanwhile."""

    type_token = "dify:compute:FargateService"  # noqa: S105

    service_name: pulumi.Output[str]
    task_definition_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._prefix, self._args = name, args
        described = args.task.service
        task = Task(name, args.task, self.child())
        scales = not described.singleton
        service = ecs.Service(
            f"{name}-service",
            name=described.name,
            cluster=args.cluster_arn,
            task_definition=task.arn,
            desired_count=args.min_tasks,
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
            health_check_grace_period_seconds=_GRACE_SECONDS if args.target_group_arn is not None else None,
            load_balancers=self._load_balancers(),
            service_registries=self._registry(),
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            opts=self.child(after=list(args.after), ignore=["desiredCount"] if scales else None),
        )
        if scales:
            self._scale(service)
        self.service_name = service.name
        self.task_definition_arn = task.arn
        self.done()

    def _load_balancers(self) -> list[ecs.ServiceLoadBalancerArgs] | None:
        service, group = self._args.task.service, self._args.target_group_arn
        if group is None or service.port is None:
            return None
        return [
            ecs.ServiceLoadBalancerArgs(
                target_group_arn=group, container_name=service.name, container_port=service.port
            )
        ]

    def _registry(self) -> ecs.ServiceServiceRegistriesArgs | None:
        if self._args.namespace_id is None:
            return None
        registered = servicediscovery.Service(
            f"{self._prefix}-discovery",
            name=self._args.task.service.name,
            dns_config={
                "namespace_id": self._args.namespace_id,
                "dns_records": [{"type": "A", "ttl": 10}],
                "routing_policy": "MULTIVALUE",
            },
            opts=self.child(),
        )
        return ecs.ServiceServiceRegistriesArgs(registry_arn=registered.arn)

    def _scale(self, service: ecs.Service) -> None:
        target = appautoscaling.Target(
            f"{self._prefix}-scaling",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=pulumi.Output.concat(f"service/{self._args.cluster_name}/", service.name),
            min_capacity=self._args.min_tasks,
            max_capacity=self._args.max_tasks,
            opts=self.child(),
        )
        appautoscaling.Policy(
            f"{self._prefix}-cpu",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration={
                "predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
                "target_value": CPU_TARGET_PERCENT,
                "scale_out_cooldown": _SCALE_OUT_SECONDS,
                "scale_in_cooldown": _SCALE_IN_SECONDS,
            },
            opts=self.child(),
        )
