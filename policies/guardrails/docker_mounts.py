"""What a container of Docker mounts: volumes that the stack makes, neither Docker itself nor folders of the system."""

from collections.abc import Iterator
from posixpath import basename, normpath

from pulumi_policy import Severity

from .docker_containers import blocks, field, is_in, mounts
from .graph import Graph
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import DOCKER_CONTAINER, DOCKER_VOLUME
from .values import UNKNOWN, UndecidedError

BIND_MOUNTS = "https://docs.docker.com/engine/storage/bind-mounts/"

SOCKETS = frozenset({"docker.sock", "containerd.sock", "crio.sock", "podman.sock"})
"""Whoever talks to one of them may start a privileged container."""

CLOSED = (
    *("/boot", "/dev", "/proc", "/root", "/run", "/sys", "/var/run", "/var/lib/containerd", "/var/lib/docker"),
    *("/etc/cron.d", "/etc/docker", "/etc/shadow", "/etc/ssh", "/etc/sudoers", "/etc/sudoers.d"),
)
"""Kernel, devices, Docker's own data, and what makes somebody root: neither these, nor what is in them, nor what they
are in."""

OF_THE_SYSTEM = ("/bin", "/etc", "/lib", "/lib64", "/sbin", "/usr")
"""Programs and settings of the host (CIS Docker 5.6): single files of theirs may be read."""


@rule(
    "docker-container-must-not-reach-docker",
    DOCKER_CONTAINER,
    severity=Severity.CRITICAL,
    description="No container mounts the socket of Docker: that is root on the host, read-only or not.",
    remediation="Remove the mount; have what manages containers run on the host.",
    references=References(docker="5.32", nist="4.4.3, 4.5.4"),
    url="https://docs.docker.com/engine/security/#docker-daemon-attack-surface",
)
def no_socket(resource: Resource) -> Iterator[Finding]:
    for mount in mounts(resource):
        if mount.of_host and basename(mount.source) in SOCKETS:
            yield f"mounts {mount.source}"


@rule(
    "docker-mount-must-leave-the-system-alone",
    DOCKER_CONTAINER,
    DOCKER_VOLUME,
    severity=Severity.HIGH,
    description="Folders of the host's system are mounted nowhere, by a container or as the place of a volume.",
    remediation="Mount a named volume, or the one file that is needed, read-only.",
    references=References(docker="5.6", nist="4.4.3, 4.5.5"),
    url=BIND_MOUNTS,
)
def no_system_folder(resource: Resource) -> Iterator[Finding]:
    if resource.type == DOCKER_VOLUME:
        device = normpath(str(resource.get("driverOpts", "device") or ""))
        if _is_of_the_system(device, writable=True):
            yield f"is {device} of the host"
        return
    for mount in mounts(resource):
        # A socket is what the other rule is about, and a volume's name is no path.
        if basename(mount.source) not in SOCKETS and _is_of_the_system(mount.source, writable=mount.writable):
            yield f"mounts {mount.source} of the host"


@rule(
    "docker-mount-must-name-a-volume-of-the-stack",
    DOCKER_CONTAINER,
    severity=Severity.HIGH,
    description="A container mounts volumes that the stack makes, by their names: Docker makes an empty one for any "
    "other name, which nothing protects, and one without a name for each new container. Whoever takes over the volumes "
    "of another container gets its secrets as well.",
    remediation="Set the mount's source to the name of a Volume of the stack, in place of volumes.fromContainer too.",
    references=References(practice="REL09-BP01", nist="4.4.3"),
    url="https://docs.docker.com/engine/storage/volumes/",
)
def names_volumes(resource: Resource, graph: Graph) -> Iterator[Finding]:
    for block in blocks(resource, "volumes"):
        if other := field(block, "volumes", "fromContainer"):
            yield f"takes over the volumes of {other}"
    made = [volume.props.get("name") for volume in graph.of(DOCKER_VOLUME)]
    for mount in mounts(resource):
        if mount.of_host or mount.source in made:
            continue
        if not mount.source:
            yield f"mounts a volume without a name at {mount.target}"
        elif UNKNOWN in made:
            yield UndecidedError(("mounts",))
        else:
            yield f"mounts {mount.source}, which the stack does not make"


def _is_of_the_system(path: str, *, writable: bool) -> bool:
    if any(is_in(path, closed) or is_in(closed, path) for closed in CLOSED):
        return True
    return any(path == folder or (writable and is_in(path, folder)) for folder in OF_THE_SYSTEM)
