"""How many tasks a service has: more while it is busy or a known time of load comes, fewer much later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import appautoscaling
from pulumi_aws.appautoscaling import PolicyTargetTrackingScalingPolicyConfigurationArgs as Tracking
from pulumi_aws.appautoscaling import (
    PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgsDict as MetricOf,
)

from components.component import Component
from dify.plan import Deployment

CPU_TARGET_PERCENT = 60
"""Scaling starts well before the CPU alarm (80 %): a task needs minutes to start."""

SCALE_OUT_SECONDS = 60
SCALE_IN_SECONDS = 900
"""A task that is scaled in cuts the streams that outlast its 120 s, so the next one follows a quarter of an hour
later."""


@dataclass(frozen=True, kw_only=True)
class Requests:
    """Requests a minute that one task behind `resource_label` (load balancer/target group) is to serve."""

    resource_label: pulumi.Input[str]
    per_task: int


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Waiting jobs that one task is to have before it: the metric `name` of `namespace` under `dimensions`."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    per_task: int


@dataclass(frozen=True, kw_only=True)
class ScalingArgs:
    """`requests` and `backlog` scale beside the CPU; the largest number wanted is taken, and fewer tasks only when all
    agree (Application Auto Scaling user guide, "Target tracking scaling policies")."""

    cluster_name: str
    service_name: pulumi.Input[str]
    deployment: Deployment
    requests: Requests | None = None
    backlog: Backlog | None = None


class Scaling(Component):
    """Target tracking: on CPU for every service, on what else its load shows in for some; and known times of load."""

    type_token = "dify:compute:Scaling"  # noqa: S105

    def __init__(self, name: str, args: ScalingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._prefix, deployment = name, args.deployment
        self._target = appautoscaling.Target(
            f"{name}-scaling",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=pulumi.Output.concat(f"service/{args.cluster_name}/", args.service_name),
            min_capacity=deployment.min_tasks,
            max_capacity=deployment.max_tasks,
            opts=self.child(),
        )
        self._track(
            "cpu",
            target_value=CPU_TARGET_PERCENT,
            predefined_metric_specification={"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
        )
        if args.requests is not None:
            self._track(
                "requests",
                target_value=args.requests.per_task,
                predefined_metric_specification={
                    "predefined_metric_type": "ALBRequestCountPerTarget",
                    "resource_label": args.requests.resource_label,
                },
            )
        if args.backlog is not None:
            self._track(
                "backlog",
                target_value=args.backlog.per_task,
                customized_metric_specification={"metrics": _backlog_per_task(args.backlog, args)},
            )
        for number, peak in enumerate(deployment.peaks):
            self._schedule(f"peak-{number}-start", peak.start, peak.timezone, peak.min_tasks)
            self._schedule(f"peak-{number}-end", peak.end, peak.timezone, deployment.min_tasks)
        self.done()

    def _track(self, role: str, **wanted: Any) -> None:
        appautoscaling.Policy(
            f"{self._prefix}-{role}",
            policy_type="TargetTrackingScaling",
            service_namespace=self._target.service_namespace,
            scalable_dimension=self._target.scalable_dimension,
            resource_id=self._target.resource_id,
            target_tracking_scaling_policy_configuration=Tracking(
                scale_out_cooldown=SCALE_OUT_SECONDS, scale_in_cooldown=SCALE_IN_SECONDS, **wanted
            ),
            opts=self.child(),
        )

    def _schedule(self, role: str, when: str, timezone: str, least: int) -> None:
        appautoscaling.ScheduledAction(
            f"{self._prefix}-{role}",
            service_namespace=self._target.service_namespace,
            scalable_dimension=self._target.scalable_dimension,
            resource_id=self._target.resource_id,
            schedule=f"cron({when})",
            timezone=timezone,
            scalable_target_action={"min_capacity": least},
            opts=self.child(),
        )


def _backlog_per_task(backlog: Backlog, args: ScalingArgs) -> list[MetricOf]:
    """Waiting jobs over running tasks. Where the queues cannot be measured there is no number, and nothing scales."""
    running = {"ClusterName": args.cluster_name, "ServiceName": args.service_name}
    return [
        _metric("waiting", backlog.namespace, backlog.name, backlog.dimensions, "Maximum"),
        _metric("running", "ECS/ContainerInsights", "RunningTaskCount", running, "Average"),
        {"id": "per_task", "expression": "waiting / running", "label": "Waiting jobs per task", "return_data": True},
    ]


def _metric(
    identifier: str, namespace: str, name: str, dimensions: Mapping[str, pulumi.Input[str]], statistic: str
) -> MetricOf:
    return {
        "id": identifier,
        "return_data": False,
        "metric_stat": {
            "stat": statistic,
            "metric": {
                "namespace": namespace,
                "metric_name": name,
                "dimensions": [{"name": key, "value": value} for key, value in dimensions.items()],
            },
        },
    }
