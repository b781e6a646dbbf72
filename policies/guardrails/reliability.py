"""Staying up and staying there: enough tasks at all times, and nothing with data deleted by a slip of the hand."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .graph import Graph
from .remediation import Setting
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import (
    AURORA,
    BUCKET,
    CACHE,
    DATABASE,
    KEY,
    SCALING_POLICY,
    SCALING_TARGET,
    SEARCH,
    SECRET,
    SERVICE,
    SUBNET,
    VAULT,
    every_name,
)
from .values import is_not_true, number

FULL_STRENGTH = 100
CPU_OF_TASKS = "ECSServiceAverageCPUUtilization"
PROTECT = "https://www.pulumi.com/docs/iac/concepts/resources/options/protect/"


@rule(
    "ecs-service-must-scale-or-be-a-singleton",
    SERVICE,
    severity=Severity.HIGH,
    description="A service of production scales from at least two tasks, or is declared to be one task at a time.",
    remediation="Add an autoscaling Target with minCapacity 2 and a Policy; for a singleton set desiredCount 1, "
    "deploymentMaximumPercent 100 and deploymentMinimumHealthyPercent 0.",
    references=References(practice="REL07-BP01"),
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html",
    production_only=True,
)
def scales(resource: Resource, graph: Graph) -> Iterator[Finding]:
    targets = graph.pointing_at(resource, "resourceId", SCALING_TARGET)
    if not targets:
        if not _is_singleton(resource):
            yield "neither scales nor is declared a singleton"
        return
    for target in targets:
        yield from expect(target, "minCapacity", lambda tasks: number(tasks) >= 2, "may shrink to fewer than two tasks")
        policies = graph.pointing_at(target, "resourceId", SCALING_POLICY)
        if not policies and not graph.pointing_at(resource, "resourceId", SCALING_POLICY):
            yield "has a scaling target without a policy"


def _is_singleton(service: Resource) -> bool:
    limits = (service.get("desiredCount"), service.get("deploymentMaximumPercent"))
    return limits == (1, 100) and service.get("deploymentMinimumHealthyPercent") == 0


@rule(
    "appautoscaling-policy-must-leave-room-for-a-zone",
    SCALING_POLICY,
    severity=Severity.MEDIUM,
    description="Tasks of production are so busy at most that those of the other zones carry the load when one zone is "
    "lost, before any new task has started.",
    remediation="Set targetValue to 100 x (zones - 1) / zones or less: 66 with three zones, 50 with two.",
    references=References(practice="REL11-BP05"),
    url="https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_withstand_component_failures_static_stability.html",
    production_only=True,
)
def leaves_room(resource: Resource, graph: Graph) -> Iterator[Finding]:
    tracked = "targetTrackingScalingPolicyConfiguration"
    if resource.get(tracked, "predefinedMetricSpecification", "predefinedMetricType") != CPU_OF_TASKS:
        return
    busy = number(resource.get(tracked, "targetValue"))
    targets = graph.linked(resource, "resourceId", SCALING_TARGET)
    services = [service for one in (resource, *targets) for service in graph.linked(one, "resourceId", SERVICE)]
    for service in services:
        subnets = graph.linked(service, "networkConfiguration", SUBNET)
        zones = len(graph.zones(subnets))
        # That there are two, and that each subnet names its own, are other rules' matters.
        if (
            zones > 1
            and all(subnet.has("availabilityZone") for subnet in subnets)
            and busy > FULL_STRENGTH * (zones - 1) / zones
        ):
            yield f"aims at {busy:g} % CPU, more than tasks in {zones - 1} of {zones} zones can take over"


@rule(
    "ecs-service-must-keep-its-strength",
    SERVICE,
    severity=Severity.HIGH,
    description="A deployment of production stops no task before another is healthy, but for what must run only once.",
    remediation="Set deploymentMinimumHealthyPercent to 100; for a singleton set desiredCount 1, "
    "deploymentMaximumPercent 100 and deploymentMinimumHealthyPercent 0.",
    references=References(practice="REL08-BP04"),
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html",
    production_only=True,
)
def keeps_strength(resource: Resource) -> Iterator[Finding]:
    healthy = resource.get("deploymentMinimumHealthyPercent")
    # AWS starts out at 100.
    if healthy is not None and number(healthy) < FULL_STRENGTH and not _is_singleton(resource):
        yield f"may run at {number(healthy):g} % of its tasks while it is deployed"


@rule(
    "ecs-service-must-have-time-to-start",
    SERVICE,
    severity=Severity.MEDIUM,
    description="A load balancer's checks do not count before a task has had time to start: else ECS stops tasks that "
    "only needed longer, again and again.",
    remediation="Set healthCheckGracePeriodSeconds to what a start takes.",
    references=References(practice="REL08-BP04"),
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html",
)
def has_time_to_start(resource: Resource) -> Iterator[Finding]:
    if resource.has("loadBalancers"):
        name = "healthCheckGracePeriodSeconds"
        yield from expect(resource, name, lambda seconds: number(seconds) > 0, f"{name} is missing or 0")


@rule(
    "pulumi-stateful-resource-must-be-protected",
    DATABASE,
    AURORA,
    CACHE,
    SEARCH,
    *every_name(BUCKET),
    KEY,
    SECRET,
    VAULT,
    severity=Severity.CRITICAL,
    description="Pulumi itself refuses to delete or replace what holds data or secrets of production, or their keys.",
    remediation="Create it with the resource option protect=True (lifecycle: retain).",
    references=References(practice="REL09-BP01"),
    url=PROTECT,
    production_only=True,
)
def protected(resource: Resource) -> Iterator[Finding]:
    if not resource.protect:
        yield "is not protected"


@rule(
    "aws-store-must-refuse-forced-destroy",
    *every_name(BUCKET),
    VAULT,
    severity=Severity.CRITICAL,
    description="A bucket or vault of production that still holds something cannot be destroyed.",
    remediation="Set forceDestroy to false (lifecycle: retain).",
    references=References(practice="REL09-BP01"),
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html",
    production_only=True,
    remedy=(Setting(path="forceDestroy", value=False),),
)
def refuses_forced_destroy(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "forceDestroy", is_not_true, "forceDestroy is true")
