"""The recorded graph of a Docker host, and what its tests ask of it."""

import json
from collections.abc import Mapping
from typing import Any

from assembly.host import build_host
from tests.recorder import Graph, Recorded, record
from tests.recordings import recorded
from tests.settings.host_files import host_settings

ONCE = ("migration", "secret-keeper")
"""Containers that run to their end."""


def host_graph(changes: dict[str, Any] | None = None, *, environment: str = "prod", preview: bool = False) -> Graph:
    """Everything that a host of a complete stack file with `changes` registers; the tracked one without any."""
    if changes is None:
        return recorded("host", preview=preview)
    settings = host_settings(changes, environment)
    return record(lambda: build_host(settings), stack="host", preview=preview)


def containers(graph: Graph) -> dict[str, Recorded]:
    """Containers by part."""
    return {labels(one)["dify.part"]: one for one in graph.of("docker:index/container:Container")}


def labels(resource: Recorded) -> dict[str, str]:
    return {one["label"]: one["value"] for one in resource.inputs["labels"]}


def variables(container: Recorded) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in container.inputs.get("envs", []))


def mounts(container: Recorded) -> Mapping[str, dict[str, Any]]:
    """Mounts by the path in the container."""
    return {one["target"]: one for one in container.inputs.get("mounts", [])}


def waits_for(graph: Graph, part: str) -> set[str]:
    """The parts that must be there before `part`, by whatever leads to them."""
    by_urn = {one.urn: name for name, one in containers(graph).items()}
    found: set[str] = set()
    ahead = [part]
    while ahead:
        for urn in containers(graph)[ahead.pop()].dependencies:
            if urn in by_urn and by_urn[urn] not in found:
                found.add(by_urn[urn])
                ahead.append(by_urn[urn])
    return found


def request(graph: Graph) -> dict[str, Any]:
    """What the secret keeper is asked for."""
    return json.loads(programs(graph)["request.json"])


def programs(graph: Graph) -> dict[str, str]:
    """Texts of the volume of programs, by name."""
    words = containers(graph)["secret-keeper"].inputs["command"]
    return dict(zip(words[::2], words[1::2], strict=True))
