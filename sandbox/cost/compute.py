"""What runs: tasks on Fargate, functions and the images of both."""

from collections.abc import Iterator
from typing import cast

from sandbox.cost.line import HOURS, Line, steady
from sandbox.cost.stack import Inputs, Stack
from sandbox.cost.usage import Usage

_PART = "compute"
_INCLUDED_DISK_GB = 20
_CPU = 1024
"""Units of one vCPU, and MiB of one GB, in a task definition."""

_MINUTES = HOURS * 60
_RATES = {"minute": 1, "minutes": 1, "hour": 60, "hours": 60, "day": 1440, "days": 1440}


def compute(stack: Stack, usage: Usage) -> Iterator[Line]:
    """The migration, which runs for minutes once per release, is not counted."""
    home = stack.home
    (cluster,) = {str(one["name"]) for one in stack.of("ecs/cluster:Cluster")}
    tasks = {str(one["family"]): one for one in stack.of("ecs/taskDefinition:TaskDefinition")}
    scaled = {str(one["resourceId"]).rsplit("/", 1)[1]: one for one in stack.of("appautoscaling/target:Target")}
    for service in sorted(stack.of("ecs/service:Service"), key=lambda one: str(one["name"])):
        name = str(service["name"])
        limits, running = scaled.get(name, {}), float(service["desiredCount"])
        least, most = float(limits.get("minCapacity", running)), float(limits.get("maxCapacity", running))
        yield from _tasks(name, tasks[f"{cluster}-{name}"], home, least, most)
    yield from _functions(stack, usage)
    if stack.of("ecr/repository:Repository"):
        yield steady(_PART, "images in ECR", "image-storage", home, usage.images_gb, assumed=True)


def _tasks(name: str, task: Inputs, region: str, least: float, most: float) -> Iterator[Line]:
    cpu, memory = int(task["cpu"]) / _CPU * HOURS, int(task["memory"]) / _CPU * HOURS
    storage = cast("Inputs", task.get("ephemeralStorage") or {})
    disk = float(storage.get("sizeInGib", _INCLUDED_DISK_GB)) - _INCLUDED_DISK_GB
    amounts = {"fargate-vcpu": cpu, "fargate-memory": memory, "fargate-disk": disk * HOURS}
    words = {"fargate-vcpu": "vCPU", "fargate-memory": "memory", "fargate-disk": "disk"}
    for price, amount in amounts.items():
        if amount:
            yield Line(
                part=_PART, what=f"{name}: {words[price]}", price=price, region=region,
                least=amount * least, most=amount * most,
            )  # fmt: skip


def _functions(stack: Stack, usage: Usage) -> Iterator[Line]:
    """Those that run by a schedule; the others run when something changes."""
    runs = sum(
        _times(str(rule["scheduleExpression"])) for rule in stack.of(":EventRule") if "scheduleExpression" in rule
    )
    sizes = [float(one.get("memorySize", 128)) / _CPU for one in stack.of("lambda/function:Function")]
    if not sizes:
        return
    seconds = runs * usage.function_seconds * max(sizes)
    yield steady(_PART, "functions: runs", "lambda-requests", stack.home, runs / 1_000_000)
    yield steady(_PART, "functions: time", "lambda-memory", stack.home, seconds, assumed=True)


def _times(schedule: str) -> float:
    """How often in a month: every minute at most, once at least."""
    kind, _, rest = schedule.rstrip(")").partition("(")
    if kind == "rate":
        number, unit = rest.split()
        return _MINUTES / (int(number) * _RATES[unit])
    minute, hour = rest.split()[:2]
    if hour != "*":
        return 1
    step = 60 if minute.isdecimal() else int(minute.partition("/")[2] or 1)
    return _MINUTES / step
