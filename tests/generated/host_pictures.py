"""A Docker host: which containers share a network, and where their data is."""

from collections.abc import Sequence

from components.docker_host.networks import CLOSED, Net
from dify.flows import CACHE, DATABASE, FLOWS, LOAD_BALANCER, OUTBOUND
from tests.components.host_graphs import containers as containers_of
from tests.components.host_graphs import labels, mounts
from tests.generated.mermaid import Arrow, Box, Node, Picture
from tests.recorder import Graph, Recorded

_USERS, _INTERNET = "users", "internet"

_NETWORKS = """Each frame is a set of networks: containers that share none cannot reach each other, and code and data
have no way out. Each arrow is a connection that is made. migration and secret-keeper run once and end."""

_STANDS_FOR = {LOAD_BALANCER: "nginx", DATABASE: "postgres", CACHE: "redis"}
"""What is called so on AWS -> the container that stands for it."""

_VOLUMES = """Each arrow leads from a container to a volume that it writes; what writes the same shares a box. Not
drawn: who only reads, the secret-keeper, which hands each volume to its user, and the volumes of secrets, which it
fills."""


def containers(graph: Graph) -> Picture:
    """Kinds of container in frames of networks, and what connects to what."""
    kinds = _kinds(graph)
    published = {
        port["external"]: kind for kind, several in kinds.items() for port in several[0].inputs.get("ports", [])
    }
    frames: dict[tuple[Net, ...], list[Node]] = {}
    for kind, several in sorted(kinds.items()):
        frames.setdefault(networks_of(several[0]), []).append(Node(name=kind, lines=_size(several)))
    leaving = [kind for kind in kinds if kind in OUTBOUND and not CLOSED.issuperset(networks_of(kinds[kind][0]))]
    return Picture(
        title="Containers and networks",
        words=_NETWORKS,
        nodes=[Node(name=_USERS, outside=True), Node(name=_INTERNET, outside=True)],
        boxes=[Box(title=_title(nets), nodes=nodes) for nets, nodes in sorted(frames.items())],
        arrows=[
            *(
                Arrow(_USERS, kind, ", ".join(f"{port:g}" for port in sorted(published)))
                for kind in {*published.values()}
            ),
            *(Arrow(source, target) for source, target in connections(graph)),
            *(Arrow(kind, _INTERNET) for kind in leaving),
        ],
    )


def connections(graph: Graph) -> list[tuple[str, str]]:
    """Kinds of container that connect, as on AWS; a backup asks the database."""
    kinds = _kinds(graph)
    names = {**{kind: kind for kind in kinds}, **_STANDS_FOR}
    pairs = {(names.get(flow.source), names.get(flow.target)) for flow in FLOWS}
    found = [(source, target) for source, target in pairs if source in kinds and target in kinds]
    return sorted([*((str(source), str(target)) for source, target in found), ("backup", "postgres")])


def networks_of(container: Recorded) -> tuple[Net, ...]:
    """The networks of a container, in their order."""
    names = {str(one["name"]).rsplit("-", 1)[1] for one in container.inputs.get("networksAdvanced", [])}
    return tuple(net for net in Net if net in names)


def _kinds(graph: Graph) -> dict[str, list[Recorded]]:
    found: dict[str, list[Recorded]] = {}
    for part, one in sorted(containers_of(graph).items()):
        kind = labels(one).get("dify.kind", part)
        found.setdefault(kind, []).append(one)
    return found


def volumes(graph: Graph) -> Picture:
    """Containers and the volumes that they write."""
    found = containers_of(graph)
    prefix = _prefix(graph)
    kept = sorted(one.inputs["name"].removeprefix(prefix) for one in graph.of("docker:index/volume:Volume"))
    shown = [name for name in kept if not name.startswith("secrets-")]
    written = [
        (name, str(mount["source"]).removeprefix(prefix))
        for name, one in sorted(found.items())
        for mount in mounts(one).values()
        if not mount["readOnly"] and name != "secret-keeper"
    ]
    writers = sorted({name for name, volume in written if volume in shown})
    return Picture(
        title="Volumes",
        words=_VOLUMES,
        boxes=[
            Box(title="containers", nodes=[Node(name=name) for name in writers], together=True),
            Box(title="volumes", nodes=[Node(name=f"volume {name}", store=True) for name in shown]),
        ],
        arrows=[Arrow(name, f"volume {volume}") for name, volume in written],
    )


def _title(nets: Sequence[Net]) -> str:
    match nets:
        case []:
            return "no network"
        case [net]:
            return f"network {net}"
        case _:
            return f"networks {', '.join(nets)}"


def _size(several: Sequence[Recorded]) -> Sequence[str]:
    inputs = several[0].inputs
    each = f"{inputs['cpus']} CPU, {inputs['memory']:g} MiB"
    return [each if len(several) == 1 else f"{len(several)} x {each}"]


def _prefix(graph: Graph) -> str:
    """What the names of a host begin with."""
    return str(graph.named("volumes-redis").inputs["name"]).removesuffix("redis")
