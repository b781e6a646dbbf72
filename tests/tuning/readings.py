"""Ways to find a value in what the program registers."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.recorder import Graph
from tests.tuning.knob import Cost, Reading, Stack

SINGLE = ("plugin-daemon", "beat")
"""Services of which there is one: a change stops it before the next one starts."""

NGINX = "nginx.conf"


def variable(service: str, name: str, *settings: str, stack: Stack = Stack.AWS) -> Reading:
    """A variable of a service on AWS."""
    return Reading(
        read=lambda graph: number(_environment(graph, service).get(name, "")),
        cost=_task_cost(service),
        settings=settings,
        stack=stack,
    )


def container(service: str, read: Callable[[Mapping[str, Any]], object], *settings: str) -> Reading:
    """What ECS is told of the container of a service."""
    return Reading(
        read=lambda graph: number(read(_container(graph, service))),
        cost=_task_cost(service),
        settings=settings,
        stack=Stack.AWS,
    )


def attribute(
    resource: str, path: str, *settings: str, cost: Cost = Cost.NONE, stack: Stack = Stack.AWS, unit: str = ""
) -> Reading:
    """A property, by its path, of the resource of that name."""
    return Reading(
        read=lambda graph: with_unit(_at(graph.named(resource).inputs, path), unit),
        cost=cost,
        settings=settings,
        stack=stack,
    )


def derived(resource: str, path: str, formula: Callable[[Any], object], *settings: str, cost: Cost) -> Reading:
    """What AWS makes of a property of ours by a formula of its own."""
    return Reading(
        read=lambda graph: number(formula(_at(graph.named(resource).inputs, path))),
        cost=cost,
        settings=settings,
        stack=Stack.AWS,
    )


def parameter(
    name: str, *settings: str, unset: Callable[[Graph], str] | None = None, cost: Cost = Cost.NONE
) -> Reading:
    """What the parameter group of the database sets; `unset` is what RDS does where the group says nothing."""

    def read(graph: Graph) -> str:
        (group,) = [one for one in graph.resources if re.fullmatch(r"database-parameters-\d+", one.name)]
        found = next((one["value"] for one in group.inputs["parameters"] if one["name"] == name), None)
        return number(found) if found is not None or unset is None else unset(graph)

    return Reading(read=read, cost=cost, settings=settings, stack=Stack.AWS)


def of_class(formula: Callable[[str], str]) -> Callable[[Graph], str]:
    """What RDS makes of the database's class."""
    return lambda graph: formula(graph.named("database-instance").inputs["instanceClass"])


def host_variable(part: str, name: str, *settings: str) -> Reading:
    """A variable of a container."""
    return Reading(
        read=lambda graph: number(host_environment(graph, part)[name]),
        cost=_part_cost(part),
        settings=settings,
        stack=Stack.HOST,
    )


def host_container(part: str, path: str, *settings: str, unit: str = "") -> Reading:
    """A property of a container."""
    return attribute(f"{part}-container", path, *settings, cost=_part_cost(part), stack=Stack.HOST, unit=unit)


def host_postgresql(name: str, *settings: str, unset: str = "", cost: Cost = Cost.NODES) -> Reading:
    """A line of postgresql.conf: one that the program decides, or one of the script that starts each node; `unset` is
    what PostgreSQL does without one."""

    def read(graph: Graph) -> str:
        lines = host_environment(graph, "postgres-a")["POSTGRES_SETTINGS"].splitlines()
        script = _program(graph, "postgres_settings.sh").splitlines()
        said = (line.partition(" = ")[2] for line in (*lines, *script) if line.startswith(f"{name} = "))
        return number(next(said, unset))

    return Reading(read=read, cost=cost, settings=settings, stack=Stack.HOST)


def host_redis(name: str, *settings: str) -> Reading:
    """An option that Redis is started with."""

    def read(graph: Graph) -> str:
        words = graph.named("redis-container").inputs["command"]
        return number(words[words.index(f"--{name}") + 1])

    return Reading(read=read, cost=Cost.CONTAINER, settings=settings, stack=Stack.HOST)


def host_nginx(directive: str, *settings: str) -> Reading:
    """A directive of nginx.conf."""

    def read(graph: Graph) -> str:
        found: set[str] = set(re.findall(rf"^\s*{directive} (.+);$", _program(graph, NGINX), re.MULTILINE))
        (value,) = found
        return number(value)

    return Reading(read=read, cost=Cost.CONTAINER, settings=settings, stack=Stack.HOST)


def host_nginx_switch(directive: str) -> Reading:
    """A directive of nginx.conf that takes no value."""
    line = f"{directive};"
    return Reading(
        read=lambda graph: directive if line in _program(graph, NGINX).replace(" ", "").splitlines() else "-",
        cost=Cost.CONTAINER,
        stack=Stack.HOST,
    )


def host_environment(graph: Graph, part: str) -> dict[str, str]:
    """The variables of a container by name."""
    return dict(one.split("=", 1) for one in graph.named(f"{part}-container").inputs["envs"])


def number(value: object) -> str:
    """As a person writes it: 52,428,800, 0.5, and on."""
    if isinstance(value, bool):
        return "on" if value else "off"
    text = f"{value:g}" if isinstance(value, float) and value < 1e5 else str(value)
    text = text.removesuffix(".0")
    return f"{int(text):,}" if text.isdigit() else text


def with_unit(value: object, unit: str) -> str:
    """A number with what it counts."""
    return f"{number(value)} {unit}".rstrip()


def _program(graph: Graph, name: str) -> str:
    """A text of the volume of programs, which the secret keeper gets as arguments after their names."""
    words = graph.named("secret-keeper-container").inputs["command"]
    return str(words[words.index(name) + 1])


def _container(graph: Graph, service: str) -> Mapping[str, Any]:
    containers = json.loads(graph.named(f"{service}-definition").inputs["containerDefinitions"])
    return next(one for one in containers if one["name"] == service)


def _environment(graph: Graph, service: str) -> dict[str, str]:
    return {one["name"]: one["value"] for one in _container(graph, service)["environment"]}


def _at(inputs: Mapping[str, Any], path: str) -> Any:
    found: Any = inputs
    for part in path.split("/"):
        found = found[int(part) if part.isdigit() else part]
    return found


def _task_cost(service: str) -> Cost:
    return Cost.ALONE if service in SINGLE else Cost.ROLLING


def _part_cost(part: str) -> Cost:
    if part.startswith("postgres-"):
        return Cost.NODES
    numbered = part.rpartition("-")[2].isdigit()
    return Cost.ROLLING if numbered else Cost.ALONE if part in SINGLE else Cost.CONTAINER
