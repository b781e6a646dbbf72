"""How a stack on AWS runs each service."""

from collections.abc import Sequence
from typing import Any

from dify.plan import Deployment, named
from dify.services import MIGRATION, Service
from settings.plan import deployments
from tests.generated.stack_graph import StackGraph, counted

_SCALED_ON = {"ECSServiceAverageCPUUtilization": "CPU", "ALBRequestCountPerTarget": "requests"}


class StackServices:
    """One row for each service; workers of several groups have one each."""

    head: Sequence[str] = ("Service", "Tasks", "Subnets", "Scaled on", "Healthy when", "Alarms")
    width = len(head)

    def __init__(self, seen: StackGraph) -> None:
        self._seen, self._alarms = seen, seen.alarms()

    def rows(self, service: Service) -> list[list[str]]:
        """None where the stack does not run it."""
        if service == MIGRATION:
            ends = "it ends without an error; a rule of EventBridge tells otherwise"
            return [[service.name, "once per release", "private", "-", ends, "-"]]
        return [self._row(one) for one in named(deployments(self._seen.settings), service.kind)]

    def _row(self, deployment: Deployment) -> list[str]:
        name, seen = deployment.name, self._seen
        return [
            name,
            counted(*seen.tasks(name)),
            seen.tier(f"{name}-service"),
            self._scaled(name),
            self._healthy(deployment.service),
            ", ".join(f"{count} {severity}" for severity, count in sorted(self._alarms[f"services-{name}"].items())),
        ]

    def _scaled(self, name: str) -> str:
        policies = [
            one.inputs["targetTrackingScalingPolicyConfiguration"]
            for one in self._seen.graph.of("appautoscaling/policy:Policy")
            if one.inputs["resourceId"].endswith(f"/{name}")
        ]
        least, most = self._seen.tasks(name)
        if least == most:
            return "never: least and most are the same" if policies else "never: only one may run"
        return ", ".join(sorted(_reason(one) for one in policies))

    def _healthy(self, service: Service) -> str:
        groups = {one.name: one.inputs for one in self._seen.graph.of("lb/targetGroup:TargetGroup")}
        if (group := groups.get(f"edge-{service.name}")) is not None:
            check = group["healthCheck"]
            return f"the load balancer gets {check['matcher']} from `{check['path']}`"
        if service.probe:
            return f"in its container: `{' '.join(service.probe[:1])}` on port {service.port}"
        return "its process runs; ECS replaces a task that ends"


def _reason(policy: dict[str, Any]) -> str:
    predefined = policy.get("predefinedMetricSpecification")
    return "waiting jobs" if predefined is None else _SCALED_ON[predefined["predefinedMetricType"]]
