"""Dify's services in ECS: whether they stand, and stopping what writes while schema or data change under it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from dify.services import API, API_WEBSOCKET, BEAT, PLUGIN_DAEMON, WORKER
from operations.aws.calls import asking, wait_until
from operations.aws.deployed import Deployed
from operations.journal import Journal
from operations.outcome import FailedError
from settings.plan import deployments

WRITERS = (BEAT.kind, WORKER.kind, API.kind, API_WEBSOCKET.kind, PLUGIN_DAEMON.kind)
"""Kinds of services that write into database or buckets."""

_STOP_SECONDS = 1800
"""A task has 120 seconds after its requests were drained from the load balancer."""

_STABLE_SECONDS = 3600
"""The plugin daemon installs its plugins again at each start."""

_AT_ONCE = 10
"""Services of one DescribeServices, and tasks of one page (Amazon ECS API Reference)."""

_DIMENSION = "ecs:service:DesiredCount"
_SUSPENSIONS = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")

Described = Mapping[str, Any]
"""A service as DescribeServices answers (Amazon ECS API Reference, "Service")."""


def writers(deployed: Deployed) -> list[str]:
    """Services of the stack that write, by name."""
    return [one.name for one in deployments(deployed.settings) if one.service.kind in WRITERS]


def described(deployed: Deployed, names: Sequence[str] | None = None) -> list[Described]:
    """Services `names`, or every one. Raises FailedError where one is not there."""
    wanted = list(deployed.outputs["services"].values()) if names is None else list(names)
    ecs, cluster = deployed.client("ecs"), deployed.outputs["cluster"]
    found: list[Described] = []
    with asking("ecs:DescribeServices"):
        for at in range(0, len(wanted), _AT_ONCE):
            some = wanted[at : at + _AT_ONCE]
            found += ecs.describe_services(cluster=cluster, services=some)["services"]
    there = {one["serviceName"] for one in found if one["status"] == "ACTIVE"}
    if lacking := [name for name in wanted if name not in there]:
        raise FailedError(f"{deployed.name}: no service {', '.join(lacking)}; `pulumi up` makes it")
    return found


def unstable(service: Described) -> str | None:
    """Why a service does not stand: what it lacks, or what its deployment does. None where it does."""
    name, desired, running = service["serviceName"], service["desiredCount"], service["runningCount"]
    under_way = [one for one in service["deployments"] if one.get("rolloutState") not in (None, "COMPLETED")]
    if failed := [one for one in under_way if one["rolloutState"] == "FAILED"]:
        return f"{name}: its deployment failed ({failed[0].get('rolloutStateReason') or 'ECS does not say why'})"
    if running != desired or service["pendingCount"]:
        return f"{name}: {running} of {desired} tasks run"
    if under_way or len(service["deployments"]) > 1:
        return f"{name}: a deployment is under way"
    return None


def wait_until_stable(
    deployed: Deployed, names: Sequence[str] | None = None, *, seconds: float = _STABLE_SECONDS
) -> None:
    """Come back when services `names`, or all, have what they should. Raises FailedError after `seconds`, and at once
    for a deployment that ECS gave up: it does not mend itself."""

    def look() -> str | None:
        states = [state for one in described(deployed, names) if (state := unstable(one))]
        if failed := [state for state in states if "deployment failed" in state]:
            name = failed[0].partition(":")[0]
            raise FailedError(f"{failed[0]}; read the log group {deployed.outputs['log_groups']}/{name}")
        return "; ".join(states) or None

    wait_until(
        "services",
        look,
        seconds=seconds,
        otherwise=f"`aws ecs describe-services --cluster {deployed.outputs['cluster']}` has the events of each",
    )


def stop_writers(deployed: Deployed, journal: Journal) -> None:
    """Nothing writes any more: no task of WRITERS runs, and scaling starts none. What was there before is a decision of
    the journal's, which start_writers() brings back."""
    names = writers(deployed)
    journal.decide("counts", lambda: {one["serviceName"]: one["desiredCount"] for one in described(deployed, names)})
    journal.decide("scaling", lambda: _suspensions(deployed, names))
    _suspend(deployed, {name: dict.fromkeys(_SUSPENSIONS, True) for name in journal.decisions["scaling"]})
    set_counts(deployed, dict.fromkeys(names, 0))

    wait_until(
        "stopping",
        lambda: ", ".join(f"{name} has {count}" for name, count in _at_work(deployed, names).items()) or None,
        seconds=_STOP_SECONDS,
        otherwise=f"`aws ecs list-tasks --cluster {deployed.outputs['cluster']}` has what still runs",
    )


def start_writers(deployed: Deployed, journal: Journal) -> None:
    """As it was before stop_writers(), and all of it stands. No fewer than `minTasks`, which scaling would give too:
    what was stopped by hand before starts again."""
    resume_counts(deployed, journal)
    wait_until_stable(deployed, writers(deployed))


def resume_counts(deployed: Deployed, journal: Journal) -> None:
    """Counts and scaling as before stop_writers(), without waiting for tasks; nothing where it never began."""
    least = {one.name: one.min_tasks for one in deployments(deployed.settings)}
    counts = journal.decisions.get("counts", {})
    set_counts(deployed, {name: max(count, least.get(name, 1)) for name, count in counts.items()})
    _suspend(deployed, journal.decisions.get("scaling", {}))


def set_counts(deployed: Deployed, counts: Mapping[str, int]) -> None:
    """Each of these services is to have so many tasks."""
    ecs, cluster = deployed.client("ecs"), deployed.outputs["cluster"]
    for name, count in counts.items():
        with asking("ecs:UpdateService"):
            ecs.update_service(cluster=cluster, service=name, desiredCount=count)


def _at_work(deployed: Deployed, names: Sequence[str]) -> dict[str, int]:
    """Services with tasks that have not ended. A task that ECS has told to stop is in no count of its service, and
    works on for up to two minutes (Amazon ECS developer guide, "Task lifecycle")."""
    counts = {one["serviceName"]: one["runningCount"] + one["pendingCount"] for one in described(deployed, names)}
    ecs, cluster = deployed.client("ecs"), deployed.outputs["cluster"]
    for name in names:
        with asking("ecs:ListTasks"):
            told = ecs.list_tasks(cluster=cluster, serviceName=name, desiredStatus="STOPPED")["taskArns"]
        if told:
            with asking("ecs:DescribeTasks"):
                tasks = cast("list[Described]", ecs.describe_tasks(cluster=cluster, tasks=told)["tasks"])
            counts[name] += sum(task["lastStatus"] != "STOPPED" for task in tasks)
    return {name: count for name, count in counts.items() if count}


def suspended(deployed: Deployed, names: Sequence[str]) -> list[str]:
    """Those of `names` whose scaling somebody has suspended."""
    return [name for name, states in _suspensions(deployed, names).items() if any(states.values())]


def _suspensions(deployed: Deployed, names: Sequence[str]) -> dict[str, dict[str, bool]]:
    """What is suspended of each that scales (Application Auto Scaling API Reference, "SuspendedState")."""
    cluster = deployed.outputs["cluster"]
    wanted = {f"service/{cluster}/{name}": name for name in names}
    with asking("application-autoscaling:DescribeScalableTargets"):
        targets = list(_targets(deployed.client("application-autoscaling")))
    return {
        wanted[target["ResourceId"]]: {kind: bool(target.get("SuspendedState", {}).get(kind)) for kind in _SUSPENSIONS}
        for target in targets
        if target["ResourceId"] in wanted
    }


def _targets(scaling: Any) -> Iterator[Mapping[str, Any]]:
    pages = scaling.get_paginator("describe_scalable_targets").paginate(
        ServiceNamespace="ecs", ScalableDimension=_DIMENSION
    )
    for page in pages:
        yield from cast("list[Mapping[str, Any]]", page["ScalableTargets"])


def _suspend(deployed: Deployed, states: Mapping[str, Mapping[str, bool]]) -> None:
    scaling, cluster = deployed.client("application-autoscaling"), deployed.outputs["cluster"]
    for name, state in states.items():
        with asking("application-autoscaling:RegisterScalableTarget"):
            scaling.register_scalable_target(
                ServiceNamespace="ecs",
                ScalableDimension=_DIMENSION,
                ResourceId=f"service/{cluster}/{name}",
                SuspendedState=dict(state),
            )
