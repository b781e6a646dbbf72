"""Containers of Docker as the rules read them: how long one runs, what it mounts and publishes, where it is reached.

What a stack makes is told by its name, or by what depends on it: an id is known to Docker alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from posixpath import normpath
from typing import Any

from .graph import Graph, once_per_graph
from .resource import Resource
from .tokens import DOCKER_CONTAINER, DOCKER_NETWORK, REMOTE_IMAGE
from .values import UNKNOWN, UndecidedError, is_true, mapping, number

STORES: Mapping[str, str] = {
    "mariadb": "/var/lib/mysql",
    "mongo": "/data/db",
    "mysql": "/var/lib/mysql",
    "pgvector": "/var/lib/postgresql",
    "postgis": "/var/lib/postgresql",
    "postgres": "/var/lib/postgresql",
    "qdrant": "/qdrant/storage",
    "redis": "/data",
    "valkey": "/data",
    "weaviate": "/var/lib/weaviate",
}
"""Images that keep data, by the name of their repository, and where they keep it (their pages on Docker Hub)."""

NO_NETWORK = "none"


@dataclass(frozen=True, kw_only=True)
class Mount:
    """What a container sees at `target`: a volume by its name, or with `of_host` a path of the host."""

    source: str
    target: str
    writable: bool
    of_host: bool


def blocks(resource: Resource, name: str) -> list[dict[str, Any]]:
    """The blocks of a property. Raises UndecidedError where it or one of them is unknown."""
    found = resource.entries(name)
    if UNKNOWN in found:
        raise UndecidedError((name,))
    return [mapping(block) for block in found]


def field(block: dict[str, Any], *path: str) -> Any:
    """A field of a block of the property `path` starts with. Raises UndecidedError where it is unknown."""
    value = block.get(path[-1])
    if value is UNKNOWN:
        raise UndecidedError(path)
    return value


def runs_on(container: Resource) -> bool:
    """Whether it is there to run on, and not once to its end."""
    return container.get("mustRun") not in (False, "false")


def mounts(container: Resource) -> Iterator[Mount]:
    """What it mounts, in either of the provider's forms. Scratch space in memory is none of it, nor is what it takes
    over from another container, which does not say what that is."""
    for block in blocks(container, "mounts"):
        kind = field(block, "mounts", "type")
        if kind != "tmpfs":
            yield _mount(block, "mounts", "source", "target", of_host=kind == "bind")
    for block in blocks(container, "volumes"):
        if field(block, "volumes", "fromContainer"):
            continue
        path = field(block, "volumes", "hostPath")
        source = "hostPath" if path else "volumeName"
        yield _mount(block, "volumes", source, "containerPath", of_host=bool(path))


def _mount(block: dict[str, Any], name: str, source: str, target: str, *, of_host: bool) -> Mount:
    # Of a volume that has no name yet, nothing can be told.
    path = str(field(block, name, source) or "")
    return Mount(
        source=_normal(path) if of_host else path,
        target=_normal(str(field(block, name, target) or "")),
        writable=not is_true(field(block, name, "readOnly")),
        of_host=of_host,
    )


def is_in(path: str, folder: str) -> bool:
    """Whether a path is a folder or something in it; without a name none is."""
    return bool(folder) and (path == folder or path.startswith(f"{folder.rstrip('/')}/"))


def _normal(path: str) -> str:
    return normpath(f"/{path.strip('/')}")


def published(container: Resource) -> list[tuple[str, float, str]]:
    """Address, port and protocol on the host of what it publishes; address 0.0.0.0 unless one is named, port 0 where
    Docker chooses."""
    return [
        (
            str(field(block, "ports", "ip") or "0.0.0.0"),  # noqa: S104  what Docker takes
            number(field(block, "ports", "external")),
            str(field(block, "ports", "protocol") or "tcp"),
        )
        for block in blocks(container, "ports")
    ]


def labels(resource: Resource) -> dict[str, str]:
    """Its labels; one that is unknown is none."""
    found = [mapping(block) for block in resource.entries("labels")]
    return {str(one.get("label")): str(one.get("value")) for one in found}


def repository(container: Resource, graph: Graph) -> str:
    """The last part of its image's name, without tag and digest."""
    pulled = graph.linked(container, "image", REMOTE_IMAGE)
    name = str((pulled[0].get("name") if pulled else container.get("image")) or "")
    return name.partition("@")[0].rsplit("/", maxsplit=1)[-1].partition(":")[0]


def is_store(container: Resource, graph: Graph) -> bool:
    """Whether its image is one that keeps data."""
    return repository(container, graph) in STORES


def networks(container: Resource, graph: Graph) -> list[Resource]:
    """The networks of the stack that it is in."""
    linked = [
        network
        for name in ("networksAdvanced", "networkMode")
        for network in graph.linked(container, name, DOCKER_NETWORK)
    ]
    joined = {network.urn for network in linked}
    for block in blocks(container, "networksAdvanced"):
        # What a preview cannot name yet depends on the network that it will be.
        if not linked or block.get("name") is not UNKNOWN:
            joined.update(_by_name(graph).get(str(field(block, "networksAdvanced", "name")), ()))
    return graph.those(joined)


@once_per_graph
def _by_name(graph: Graph) -> dict[str, list[str]]:
    """The URNs of all networks of the stack, by name."""
    found: dict[str, list[str]] = {}
    for network in graph.of(DOCKER_NETWORK):
        if network.props.get("name") is not UNKNOWN:
            found.setdefault(str(network.props.get("name")), []).append(network.urn)
    return found


def is_inside(container: Resource, graph: Graph) -> bool:
    """Whether it has no way out: it is in internal networks of the stack only, or in none."""
    if container.get("networkMode") == NO_NETWORK:
        return True
    joined = networks(container, graph)
    every = len(joined) >= max(len(container.entries("networksAdvanced")), 1)
    return every and all(is_true(network.get("internal")) for network in joined)


def containers(graph: Graph) -> list[Resource]:
    """All containers of the stack."""
    return graph.of(DOCKER_CONTAINER)
