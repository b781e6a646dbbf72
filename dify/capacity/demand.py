"""The load that is wanted against what the fewest tasks carry, also without the tasks of one zone."""

from collections.abc import Sequence

from dify.capacity.budget import Budget, Term
from dify.plan import Deployment, named
from dify.queues import ALL_QUEUES
from dify.services import API, WORKER

RUN_QUEUE = "workflow_based_app_execution"
"""Streamed workflows wait in this queue, and each holds its slot to its end (api/tasks, langgenius/dify 1.17)."""


def tasks_left(tasks: int, zones: int, *, loses_zone: bool) -> int:
    """Tasks that still run when the zone that holds most of them is lost. ECS spreads them evenly over `zones`."""
    return tasks - -(-tasks // zones) if loses_zone else tasks


def request_budget(deployments: Sequence[Deployment], *, wanted: int, zones: int, loses_zone: bool) -> Budget:
    """Requests at once, open streams included, against the connections of the api."""
    (api,) = named(deployments, API.kind)
    tuning = api.tuning
    left = tasks_left(api.min_tasks, zones, loses_zone=loses_zone)
    return _budget(
        "requests at once",
        wanted,
        admitted=left * tuning.processes * tuning.connections,
        carried=f"{_tasks(api, left)} x {tuning.processes}x{tuning.connections} connections",
    )


def run_budget(deployments: Sequence[Deployment], *, wanted: int, zones: int, loses_zone: bool) -> Budget:
    """Streamed workflows at once against the slots of the workers that take them."""
    runners = [each for each in named(deployments, WORKER.kind) if RUN_QUEUE in (each.queues or ALL_QUEUES)]
    left = {each: tasks_left(each.min_tasks, zones, loses_zone=loses_zone) for each in runners}
    return _budget(
        "runs at once",
        wanted,
        admitted=sum(tasks * each.tuning.slots for each, tasks in left.items()),
        carried=" + ".join(f"{_tasks(each, tasks)} x {each.tuning.slots} slots" for each, tasks in left.items()),
    )


def _budget(unit: str, wanted: int, *, admitted: int, carried: str) -> Budget:
    return Budget(
        name=unit,
        unit=unit,
        terms=(Term(part="demand", text=str(wanted), amount=wanted),),
        admitted=admitted,
        limit=f"{carried} admit {admitted}",
    )


def _tasks(deployment: Deployment, left: int) -> str:
    lost = deployment.min_tasks - left
    count = f"({deployment.min_tasks} - {lost} with a zone)" if lost else str(left)
    return f"{deployment.name} {count}"
