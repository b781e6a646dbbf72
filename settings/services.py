"""`dify:services`: size and number of the tasks of each Dify service."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from settings.facts import require_floor
from settings.mistake import Mistake
from settings.section import Section

_GIB = 1024

FARGATE_MEMORY: dict[int, tuple[int, ...]] = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: tuple(range(1 * _GIB, 4 * _GIB + 1, _GIB)),
    1024: tuple(range(2 * _GIB, 8 * _GIB + 1, _GIB)),
    2048: tuple(range(4 * _GIB, 16 * _GIB + 1, _GIB)),
    4096: tuple(range(8 * _GIB, 30 * _GIB + 1, _GIB)),
    8192: tuple(range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB)),
    16384: tuple(range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB)),
}
"""Memory in MiB that Fargate offers for each CPU in units of 1/1024 vCPU (Amazon ECS developer guide, "Task size")."""

_MOST_TASKS = 100

_Cpu = Annotated[
    int, Field(description="CPU of a task in units of 1/1024 vCPU, one of Fargate's sizes.", examples=[2048])
]
_Memory = Annotated[
    int, Field(description="Memory of a task in MiB, one that Fargate offers for this cpu.", examples=[4096])
]
_MinTasks = Annotated[
    int, Field(ge=1, le=_MOST_TASKS, description="Fewest running tasks, at least 2 in prod.", examples=[2])
]
_MaxTasks = Annotated[
    int, Field(ge=1, le=_MOST_TASKS, description="Most running tasks; scaling stops here.", examples=[3])
]


class TaskSize(Section):
    """CPU and memory of one Fargate task."""

    cpu: _Cpu
    memory: _Memory

    @field_validator("cpu")
    @classmethod
    def _require_offered_cpu(cls, value: int) -> int:
        if value not in FARGATE_MEMORY:
            raise Mistake("must be a CPU size of Fargate", f"set one of {', '.join(map(str, FARGATE_MEMORY))}")
        return value

    @field_validator("memory")
    @classmethod
    def _require_offered_memory(cls, value: int, info: ValidationInfo) -> int:
        cpu: int | None = info.data.get("cpu")
        if cpu is None or value in FARGATE_MEMORY[cpu]:
            return value
        offered = FARGATE_MEMORY[cpu]
        step = "" if len(offered) == 3 else f" in steps of {offered[1] - offered[0]}"
        nearest = min(offered, key=lambda size: (abs(size - value), size))
        raise Mistake(f"cpu {cpu} goes with {offered[0]} to {offered[-1]} MiB{step}", f"set {nearest} or change cpu")


class Scaled(TaskSize):
    """A service that runs between `min_tasks` and `max_tasks` tasks."""

    min_tasks: _MinTasks
    max_tasks: _MaxTasks

    @field_validator("min_tasks")
    @classmethod
    def _require_spare_task(cls, value: int, info: ValidationInfo) -> int:
        return require_floor(value, 2, info, "tasks to survive the loss of one")

    @field_validator("max_tasks")
    @classmethod
    def _require_room(cls, value: int, info: ValidationInfo) -> int:
        least: int | None = info.data.get("min_tasks")
        if least is not None and value < least:
            raise Mistake(f"must not be under minTasks {least}", f"set {least} or more, or lower minTasks")
        return value


class Web(Scaled):
    """The web front end. Defaults are the production guide's: 2 to 3 tasks of 2 vCPU and 4 GiB."""

    cpu: _Cpu = 2048
    memory: _Memory = 4096
    min_tasks: _MinTasks = 2
    max_tasks: _MaxTasks = 3


class Api(Scaled):
    """The API. Defaults are the production guide's: 3 to 5 tasks of 4 vCPU and 8 GiB."""

    cpu: _Cpu = 4096
    memory: _Memory = 8192
    min_tasks: _MinTasks = 3
    max_tasks: _MaxTasks = 5
    processes: int = Field(
        default=2,
        ge=1,
        le=16,
        description="Gunicorn worker processes per task; each has a database pool of its own.",
        examples=[2],
    )
    connections_per_process: int = Field(
        default=200,
        ge=1,
        le=2000,
        description="Requests that one process serves at once, open streams included.",
        examples=[200],
    )


class Worker(Scaled):
    """The queue worker; streamed workflows run here."""

    cpu: _Cpu = 2048
    memory: _Memory = 4096
    min_tasks: _MinTasks = 2
    max_tasks: _MaxTasks = 6
    concurrency: int = Field(
        default=16, ge=1, le=200, description="Jobs that one task works on at once (Celery slots).", examples=[16]
    )


class Beat(TaskSize):
    """The scheduler. It never runs twice, so it has no number of tasks."""

    cpu: _Cpu = 512
    memory: _Memory = 1024


class Services(Section):
    """Dify's services on Fargate."""

    web: Web = Field(default_factory=Web, description="The web front end.")
    api: Api = Field(default_factory=Api, description="The API.")
    worker: Worker = Field(default_factory=Worker, description="The queue worker.")
    beat: Beat = Field(default_factory=Beat, description="The scheduler.")
