"""No settings pass that would exhaust the database, leave a queue alone, or ask for a size that is not sold.

What must hold is counted here a second time, from the stack file alone.
"""

from typing import Any

from hypothesis import event, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dify.queues import ALL_QUEUES
from tests.settings.stack_files import refusals

_GIB = {"db.m7g.large": 8, "db.m7g.xlarge": 16, "db.r7g.large": 16, "db.m7g.2xlarge": 32}
_CPUS = (256, 512, 1024, 2048, 4096, 8192, 16384)
_WEBSOCKET_TASKS = 4
"""Tasks of the api for websockets at most, which these stack files leave as they are."""


def _is_sold(cpu: int, memory: int) -> bool:
    """Amazon ECS Developer Guide, "Task size": from 2 GiB per vCPU up to a cap, in steps that grow with the vCPUs."""
    if cpu == 256:
        return memory in {512, 1024, 2048}
    cap = {512: 4, 1024: 8, 2048: 16, 4096: 30, 8192: 60, 16384: 120}[cpu]
    step = {8192: 4, 16384: 8}.get(cpu, 1)
    gib, rest = divmod(memory, 1024)
    return rest == 0 and gib % step == 0 and 2 * cpu <= memory and gib <= cap


def _connections(database: dict[str, Any], api: dict[str, Any], workers: list[dict[str, Any]]) -> int:
    pool = database["poolSize"] + database["maxOverflow"]
    with_vectors = pool + 5
    rolling = api["maxTasks"] * api["processes"] * with_vectors + _WEBSOCKET_TASKS * pool
    rolling += sum(worker["maxTasks"] for worker in workers) * with_vectors
    beat_daemon_and_migration = 3 * pool
    return 2 * rolling + beat_daemon_and_migration + 15


_sizes = st.sampled_from(_CPUS).flatmap(
    lambda cpu: st.fixed_dictionaries(
        {"cpu": st.just(cpu), "memory": st.sampled_from((*(2 * cpu,) * 12, 3 * cpu, 512, 4096, 5000, 131072))}
    )
)
_tasks = st.fixed_dictionaries({"minTasks": st.integers(2, 4), "maxTasks": st.integers(3, 9)})
_service = st.tuples(_sizes, _tasks).map(lambda parts: {**parts[0], **parts[1]})
_api = st.tuples(_service, st.integers(1, 4)).map(lambda parts: {**parts[0], "processes": parts[1]})
_database = st.fixed_dictionaries(
    {
        "instanceClass": st.sampled_from(sorted(_GIB)),
        "poolSize": st.integers(1, 30),
        "maxOverflow": st.integers(0, 15),
    }
)
_owners = st.lists(st.integers(0, 2), min_size=len(ALL_QUEUES), max_size=len(ALL_QUEUES))
_slips = st.sampled_from(("", "", "", "", "lost", "twice", "unknown"))


@st.composite
def _groups(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Up to three groups that share the queues, mostly well."""
    queues: list[list[str]] = [[], [], []]
    for queue, owner in zip(ALL_QUEUES, draw(_owners), strict=True):
        queues[owner].append(queue)
    match draw(_slips):
        case "lost":
            next(group for group in queues if group).pop()
        case "twice":
            queues[2].append(next(queue for group in queues[:2] for queue in group) if any(queues[:2]) else "extra")
        case "unknown":
            queues[0].append("datasets")
        case _:
            pass
    return [{**draw(_service), "name": f"g{at}", "queues": held} for at, held in enumerate(queues)]


@hypothesis_settings(max_examples=400)
@given(_database, _api, _service, st.none() | _groups())
def test_settings_pass_exactly_when_they_hold(
    database: dict[str, Any], api: dict[str, Any], worker: dict[str, Any], groups: list[dict[str, Any]] | None
) -> None:
    workers = [worker] if groups is None else groups
    services: dict[str, Any] = {"api": api, **({"worker": worker} if groups is None else {"workerGroups": groups})}
    heard = sorted(queue for group in groups for queue in group["queues"]) if groups else list(ALL_QUEUES)
    holds = (
        _connections(database, api, workers) <= min(_GIB[database["instanceClass"]] * 2**30 // 9531392, 5000)
        and heard == sorted(ALL_QUEUES)
        and all(_is_sold(one["cpu"], one["memory"]) for one in (api, *workers))
        and all(one["minTasks"] <= one["maxTasks"] for one in (api, *workers))
    )
    event(f"passes: {holds}")
    load = {"demand": {"concurrentRequests": 1, "concurrentRuns": 1}, "quotas": {"fargateVcpus": 10_000}}
    assert (refusals({"database": database, "services": services, **load}) == []) is holds
