"""Scaling: on what, how fast and when."""

from functools import cache
from typing import Any

import pytest

from components.scaling import Backlog, Requests, Scaling, ScalingArgs
from dify.plan import Deployment, Peak
from dify.queues import ALL_QUEUES
from dify.services import WORKER
from tests.components.component_graphs import program, settings
from tests.components.program_variants import variant
from tests.recorder import Graph, Recorded, record

_MORNING = Peak(start="30 7 ? * MON-FRI *", end="0 18 ? * MON-FRI *", timezone="Europe/Berlin", min_tasks=5)
_NIGHT = Peak(start="0 1 * * ? *", end="0 3 * * ? *", timezone="UTC", min_tasks=4)
_SCALED = ("web", "api", "api-websocket", "worker", "sandbox", "ssrf-proxy")


@cache
def _scaling() -> Graph:
    args = ScalingArgs(
        cluster_name="dify-prod",
        service_name="worker",
        deployment=Deployment(service=WORKER, cpu=512, memory=1024, min_tasks=2, max_tasks=7, peaks=(_MORNING, _NIGHT)),
        requests=Requests(resource_label="app/x/targetgroup/y", per_task=123),
        backlog=Backlog(namespace="Queues", name="Waiting", dimensions={"Stack": "dify-prod"}, per_task=9),
    )
    return record(lambda: Scaling("worker", args))


def _tracked(name: str, graph: Graph | None = None) -> dict[str, Any]:
    return (graph or _scaling()).named(name).inputs["targetTrackingScalingPolicyConfiguration"]


def _policies(graph: Graph, service: str) -> set[str]:
    end = f"Scaling::{service}"
    return {policy.name for policy in graph.of("appautoscaling/policy:Policy") if policy.parent.endswith(end)}


def test_scaling_moves_between_the_given_bounds() -> None:
    target = _scaling().one("appautoscaling/target:Target").inputs
    assert (target["minCapacity"], target["maxCapacity"]) == (2, 7)
    assert target["resourceId"] == "service/dify-prod/worker"
    assert (target["serviceNamespace"], target["scalableDimension"]) == ("ecs", "ecs:service:DesiredCount")


def test_everything_scales_the_one_service() -> None:
    followers: list[Recorded] = [*_scaling().of(":Policy"), *_scaling().of(":ScheduledAction")]
    assert len(followers) == 7
    assert {follower.inputs["resourceId"] for follower in followers} == {"service/dify-prod/worker"}


def test_scaling_starts_below_the_cpu_alarm() -> None:
    cpu = _tracked("worker-cpu")
    assert cpu["targetValue"] < settings().alarms.cpu_percent
    assert cpu["predefinedMetricSpecification"] == {"predefinedMetricType": "ECSServiceAverageCPUUtilization"}


def test_requests_are_counted_per_task_behind_the_services_own_target_group() -> None:
    requests = _tracked("worker-requests")
    assert requests["targetValue"] == 123
    assert requests["predefinedMetricSpecification"] == {
        "predefinedMetricType": "ALBRequestCountPerTarget",
        "resourceLabel": "app/x/targetgroup/y",
    }


def test_a_backlog_is_what_waits_over_the_tasks_that_run() -> None:
    backlog = _tracked("worker-backlog")
    queries = {query["id"]: query for query in backlog["customizedMetricSpecification"]["metrics"]}
    assert backlog["targetValue"] == 9
    assert queries["per_task"]["expression"] == "waiting / running"
    assert {name: query["returnData"] for name, query in queries.items()} == {
        "waiting": False, "running": False, "per_task": True,
    }  # fmt: skip
    waiting, running = (queries[name]["metricStat"]["metric"] for name in ("waiting", "running"))
    assert (waiting["namespace"], waiting["metricName"]) == ("Queues", "Waiting")
    assert waiting["dimensions"] == [{"name": "Stack", "value": "dify-prod"}]
    assert (running["namespace"], running["metricName"]) == ("ECS/ContainerInsights", "RunningTaskCount")
    assert {d["name"]: d["value"] for d in running["dimensions"]} == {
        "ClusterName": "dify-prod", "ServiceName": "worker",
    }  # fmt: skip


@pytest.mark.parametrize("measure", ["cpu", "requests", "backlog"])
def test_more_tasks_come_at_once_and_fewer_much_later(measure: str) -> None:
    policy = _tracked(f"worker-{measure}")
    assert policy["scaleOutCooldown"] <= 60
    assert policy["scaleInCooldown"] >= 900
    assert not policy.get("disableScaleIn", False)


def test_a_known_time_of_load_raises_the_least_number_and_its_end_lowers_it_again() -> None:
    actions = {action.name: action.inputs for action in _scaling().of(":ScheduledAction")}
    found = {
        name: (action["schedule"], action["timezone"], action["scalableTargetAction"])
        for name, action in actions.items()
    }
    assert found == {
        "worker-peak-0-start": ("cron(30 7 ? * MON-FRI *)", "Europe/Berlin", {"minCapacity": 5}),
        "worker-peak-0-end": ("cron(0 18 ? * MON-FRI *)", "Europe/Berlin", {"minCapacity": 2}),
        "worker-peak-1-start": ("cron(0 1 * * ? *)", "UTC", {"minCapacity": 4}),
        "worker-peak-1-end": ("cron(0 3 * * ? *)", "UTC", {"minCapacity": 2}),
    }


def test_what_is_not_given_is_not_scaled_on() -> None:
    args = ScalingArgs(
        cluster_name="dify-prod", service_name="beat", deployment=Deployment(service=WORKER, cpu=256, memory=512)
    )
    graph = record(lambda: Scaling("plain", args))
    assert [policy.name for policy in graph.of(":Policy")] == ["plain-cpu"]
    assert graph.of(":ScheduledAction") == []


@pytest.mark.parametrize("service", _SCALED)
def test_services_scale_on_cpu_and_on_what_else_their_load_shows_in(service: str) -> None:
    more = {"api": {"api-requests"}, "worker": {"worker-backlog"}}.get(service, set())
    assert _policies(program(), service) == {f"{service}-cpu", *more}


def test_the_apis_requests_are_those_behind_its_own_target_group() -> None:
    requests = _tracked("api-requests", program())
    assert requests["targetValue"] == settings().services.api.requests_per_task
    assert requests["predefinedMetricSpecification"]["resourceLabel"] == "edge-alb-arnSuffix/edge-api-arnSuffix"


def test_each_group_of_workers_scales_on_its_own_queues() -> None:
    groups = [
        {"name": name, "queues": list(ALL_QUEUES[at::2]), "backlogPerTask": 3 + at}
        for at, name in enumerate(("even", "odd"))
    ]
    graph = variant({"services.workerGroups": groups, "database.poolSize": 4, "database.maxOverflow": 4})
    for at, name in enumerate(("worker-even", "worker-odd")):
        backlog = _tracked(f"{name}-backlog", graph)
        waiting = backlog["customizedMetricSpecification"]["metrics"][0]["metricStat"]["metric"]
        assert backlog["targetValue"] == 3 + at
        assert {"name": "WorkerGroup", "value": name} in waiting["dimensions"]


def test_a_peak_of_a_stack_file_is_scheduled_for_its_service_alone() -> None:
    peak = {"start": "0 7 ? * MON-FRI *", "end": "0 19 ? * MON-FRI *", "timeZone": "Europe/Berlin", "minTasks": 4}
    graph = variant({"services.api.peaks": [peak]})
    start, end = (graph.named(f"api-peak-0-{edge}").inputs for edge in ("start", "end"))
    assert (start["schedule"], start["scalableTargetAction"]) == ("cron(0 7 ? * MON-FRI *)", {"minCapacity": 4})
    assert (end["schedule"], end["scalableTargetAction"]) == ("cron(0 19 ? * MON-FRI *)", {"minCapacity": 3})
    assert {start["timezone"], end["timezone"]} == {"Europe/Berlin"}
    assert len(graph.of(":ScheduledAction")) == 2


def test_every_scaled_service_has_room_to_scale_in_production() -> None:
    targets = {target.name: target.inputs for target in program().of("appautoscaling/target:Target")}
    assert set(targets) == {f"{service}-scaling" for service in _SCALED}
    assert not [name for name, inputs in targets.items() if inputs["maxCapacity"] <= inputs["minCapacity"]]
