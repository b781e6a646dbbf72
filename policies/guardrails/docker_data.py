"""What Docker keeps for a stack: volumes that outlive their containers, each with one owner, and names used once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from pulumi_policy import Severity

from .docker_containers import STORES, containers, is_in, mounts, repository, runs_on
from .graph import Graph, once_per_graph
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import DOCKER_CONTAINER, DOCKER_NETWORK, DOCKER_VOLUME
from .values import UNKNOWN, UndecidedError, is_one_of

VOLUMES = "https://docs.docker.com/engine/storage/volumes/"

ENCRYPTED_BY = {"nfs": "sec=krb5p", "nfs4": "sec=krb5p", "cifs": "seal", "smb3": "seal"}
"""File systems of other machines, and the option that encrypts what is sent (nfs(5), mount.cifs(8))."""


@rule(
    "docker-volume-must-be-protected",
    DOCKER_VOLUME,
    severity=Severity.HIGH,
    description="Volumes with data or secrets are not deleted with the stack in production: what runs on writes to "
    "them, or they are mounted where secrets are. What is protected is on a disk.",
    remediation="Set the resource options protect and retain_on_delete (setting lifecycle: retain), and no driverOpts "
    "of the type tmpfs.",
    references=References(practice="REL09-BP01"),
    url="https://www.pulumi.com/docs/iac/concepts/resources/options/protect/",
    production_only=True,
)
def protected(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if _is_in_memory(resource):
        if resource.protect:
            yield "is protected, and is gone with the host's memory"
        return
    if resource.protect:
        return
    name = resource.get("name")
    if is_one_of(name, _kept(graph)):
        yield "keeps data or secrets and is not protected"
    elif None in _kept(graph):
        yield UndecidedError(("mounts",))


@once_per_graph
def _kept(graph: Graph) -> set[str | None]:
    """The names of volumes of which something would be missed, and None where one is unknown."""
    found: set[str | None] = set()
    for container in containers(graph):
        try:
            found.update(
                mount.source
                for mount in mounts(container)
                if (mount.writable and runs_on(container)) or "secrets" in mount.target
            )
        except UndecidedError:
            found.add(None)
    return found


@rule(
    "docker-store-must-keep-its-data",
    DOCKER_CONTAINER,
    severity=Severity.CRITICAL,
    description="A database or a cache writes to a volume that has a name and is on a disk: what is in the container, "
    "in memory, or on a volume that Docker makes for it, is lost when it is replaced.",
    remediation="Mount a Volume of the stack at the folder where the image keeps its data.",
    references=References(practice="REL09-BP01"),
    url=VOLUMES,
)
def keeps_data(resource: Resource, graph: Graph) -> Iterator[Finding]:
    folder, gone = STORES.get(repository(resource, graph)), _in_memory(graph)
    if folder is None:
        return
    places = [mount.target for mount in mounts(resource) if mount.writable and mount.source not in {"", *gone}]
    # Not all that has a store's image is one: who is told to use the folder is.
    if not any(is_in(place, folder) for place in places) if _is_told(resource, folder) else not places:
        yield "keeps its data on no volume"


def _is_told(container: Resource, folder: str) -> bool:
    """Whether its environment or its command names the folder, or something in it."""
    variables = (str(variable).partition("=")[2] for variable in container.entries("envs"))
    # Of a container that is given no command a preview does not know the image's own.
    command = () if container.props.get("command") is UNKNOWN else container.entries("command")
    return any(is_in(str(word), folder) for word in (*variables, *command))


@once_per_graph
def _in_memory(graph: Graph) -> set[str]:
    """The names of volumes that are gone when nobody uses them."""
    return {
        str(volume.props["name"])
        for volume in graph.of(DOCKER_VOLUME)
        if volume.props.get("name") not in (None, UNKNOWN) and _is_in_memory(volume)
    }


def _is_in_memory(volume: Resource) -> bool:
    return volume.get("driverOpts", "type") == "tmpfs"


@rule(
    "docker-volume-must-be-encrypted-on-its-way",
    DOCKER_VOLUME,
    severity=Severity.HIGH,
    description="A volume that another machine keeps is written and read encrypted: NFS and SMB are not by themselves.",
    remediation="Keep the volume on the host, or add sec=krb5p for NFS and seal for CIFS to driverOpts.o.",
    references=References(practice="SEC09-BP02", nist="4.4.3"),
    url="https://docs.docker.com/reference/cli/docker/volume/create/#opt",
)
def encrypted_on_its_way(resource: Resource) -> Iterator[Finding]:
    kind = str(resource.get("driverOpts", "type"))
    options = str(resource.get("driverOpts", "o")).split(",")
    if kind in ENCRYPTED_BY and ENCRYPTED_BY[kind] not in options:
        yield f"is reached by {kind} without {ENCRYPTED_BY[kind]}"


@rule(
    "docker-volume-must-have-one-store",
    DOCKER_VOLUME,
    severity=Severity.CRITICAL,
    description="No two databases or caches have their data on one volume: they destroy it, and a standby that shares "
    "its primary's volume is none.",
    remediation="Give each its own Volume.",
    references=References(practice="REL09-BP01"),
    url=VOLUMES,
)
def one_store(resource: Resource, graph: Graph) -> Iterator[Finding]:
    stores = _stores(graph)[str(resource.get("name"))]
    if len(stores) > 1:
        yield f"has the data of {' and '.join(sorted(stores))}"


def _data(container: Resource, graph: Graph) -> set[str]:
    """The volumes that a store keeps its data on; none for what is no store."""
    folder = STORES.get(repository(container, graph))
    if folder is None:
        return set()
    written = (mount for mount in mounts(container) if mount.writable)
    return {mount.source for mount in written if is_in(mount.target, folder)}


@once_per_graph
def _stores(graph: Graph) -> Mapping[str, set[str]]:
    """Volume -> the stores that have their data on it. What is unknown hides no other."""
    found: dict[str, set[str]] = defaultdict(set)
    for container in containers(graph):
        try:
            for source in _data(container, graph):
                found[source].add(container.name)
        except UndecidedError:
            continue
    return found


@rule(
    "docker-resource-must-not-share-its-name",
    DOCKER_CONTAINER,
    DOCKER_NETWORK,
    DOCKER_VOLUME,
    severity=Severity.HIGH,
    description="No two containers, networks or volumes have one name on a host: a second volume is silently the "
    "first, a second network makes the name ambiguous, and a second container is refused.",
    remediation="Name each after its stack and its part.",
    references=References(practice="OPS05-BP04"),
    url=VOLUMES,
)
def own_name(resource: Resource, graph: Graph) -> Iterator[Finding]:
    name = resource.get("name")
    if name is None:
        return
    for other in _named(graph)[_key(resource)]:
        # Once for the two of them, and always at the same.
        if other.urn < resource.urn:
            yield f"is called {name}, as {other.name} is"


@once_per_graph
def _named(graph: Graph) -> Mapping[tuple[str, str, str], list[Resource]]:
    """Type, host and name -> who is called so."""
    found: dict[tuple[str, str, str], list[Resource]] = defaultdict(list)
    for resource in graph.of(DOCKER_CONTAINER, DOCKER_NETWORK, DOCKER_VOLUME):
        if resource.props.get("name") is not UNKNOWN:
            found[_key(resource)].append(resource)
    return found


def _key(resource: Resource) -> tuple[str, str, str]:
    host = None if resource.provider is None else resource.provider.get("host")
    return resource.type, repr(host), str(resource.props.get("name"))
