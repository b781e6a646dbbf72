"""What a service of Fargate may be: its size, how many tasks it has, and when it has more."""

import re
from typing import Annotated
from zoneinfo import available_timezones

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

MOST_TASKS = 100

Cpu = Annotated[
    int, Field(description="CPU of a task in units of 1/1024 vCPU, one of Fargate's sizes.", examples=[2048])
]
Memory = Annotated[
    int, Field(description="Memory of a task in MiB, one that Fargate offers for this cpu.", examples=[4096])
]
MinTasks = Annotated[
    int, Field(ge=1, le=MOST_TASKS, description="Fewest running tasks, at least 2 in prod.", examples=[2])
]
MaxTasks = Annotated[
    int, Field(ge=1, le=MOST_TASKS, description="Most running tasks; scaling stops here.", examples=[3])
]


class TaskSize(Section):
    """CPU and memory of one Fargate task."""

    cpu: Cpu
    memory: Memory

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


_CRON = re.compile(r"[0-9*/,-]+ [0-9*/,-]+ [0-9?*/,LW-]+ [0-9A-Z*/,-]+ [0-9A-Z?*/,L#-]+ [0-9*/,-]+")


class PeakTime(Section):
    """A known time of load, with more tasks from its start to its end."""

    start: str = Field(
        description="When it begins: AWS's six cron fields, minute hour day month weekday year.",
        examples=["0 8 ? * MON-FRI *"],
    )
    end: str = Field(description="When it is over, as start.", examples=["0 18 ? * MON-FRI *"])
    time_zone: str = Field(default="UTC", description="Time zone of both.", examples=["Europe/Berlin"])
    min_tasks: int = Field(ge=1, le=MOST_TASKS, description="Fewest running tasks meanwhile.", examples=[5])

    @field_validator("start", "end")
    @classmethod
    def _require_cron(cls, value: str) -> str:
        fields = value.split(" ")
        if _CRON.fullmatch(value) is None or (fields[2] == "?") == (fields[4] == "?"):
            raise Mistake(
                "must be minute hour day month weekday year, with ? for exactly one of day and weekday",
                "write it like 0 8 ? * MON-FRI *",
            )
        return value

    @field_validator("time_zone")
    @classmethod
    def _require_time_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise Mistake("must be a time zone", "write it like Europe/Berlin, or leave it out for UTC")
        return value


class Scaled(TaskSize):
    """A service that runs between `min_tasks` and `max_tasks` tasks."""

    min_tasks: MinTasks
    max_tasks: MaxTasks
    peaks: tuple[PeakTime, ...] = Field(
        default=(),
        description="Known times of load, each with a higher minimum.",
        examples=[[{"start": "0 8 ? * MON-FRI *", "end": "0 18 ? * MON-FRI *", "minTasks": 3}]],
    )

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

    @field_validator("peaks")
    @classmethod
    def _require_rise(cls, value: tuple[PeakTime, ...], info: ValidationInfo) -> tuple[PeakTime, ...]:
        least, most = info.data.get("min_tasks"), info.data.get("max_tasks")
        if least is None or most is None:
            return value
        for peak in value:
            if not least < peak.min_tasks <= most:
                raise Mistake(
                    f"minTasks of a peak must be above minTasks {least} and not above maxTasks {most}",
                    "change one of the three",
                )
        return value
