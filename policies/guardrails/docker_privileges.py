"""What a container of Docker may do to its host: no privilege, no namespace, no capability that it can do without."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .docker_containers import NO_NETWORK, is_inside, mounts
from .graph import Graph
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import DOCKER_CONTAINER
from .values import UNKNOWN, UndecidedError, is_not_true, is_true, items

RUN = "https://docs.docker.com/engine/containers/run/"
CAPABILITIES = f"{RUN}#runtime-privilege-and-linux-capabilities"

GRANTED = frozenset(
    {"CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID", "SYS_CHROOT"}
)
"""What may be added: of what Docker would grant (Docker documentation, "Linux capabilities"), all but what forges
packets, makes devices, writes to the kernel's audit log, or hands out capabilities."""

ROOT = frozenset({"", "0", "root"})
"""Users who are root; the user of an image that names none may be, too."""


@rule(
    "docker-container-must-not-be-privileged",
    DOCKER_CONTAINER,
    severity=Severity.CRITICAL,
    description="No container is privileged or is handed a device: a privileged one is root on the host.",
    remediation="Remove privileged, devices and deviceCgroupRules; add the one capability that is missing.",
    references=References(docker="5.5, 5.18", nist="4.4.3"),
    url=CAPABILITIES,
)
def not_privileged(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "privileged", is_not_true, "is privileged")
    for name in ("devices", "deviceCgroupRules"):
        yield from expect(resource, name, lambda devices: not items(devices), "is handed devices of the host")


@rule(
    "docker-container-must-have-namespaces-of-its-own",
    DOCKER_CONTAINER,
    severity=Severity.CRITICAL,
    description="A container shares neither network, processes, memory nor users with the host or with another one.",
    remediation="Remove networkMode, pidMode, ipcMode and usernsMode, and join networks by networksAdvanced.",
    references=References(docker="5.10, 5.16, 5.17, 5.31", nist="4.4.3"),
    url="https://docs.docker.com/engine/security/#kernel-namespaces",
)
def own_namespaces(resource: Resource) -> Iterator[Finding]:
    for mode in ("networkMode", "pidMode", "ipcMode", "usernsMode", "cgroupnsMode"):
        yield from expect(resource, mode, _is_own, f"{mode} is that of the host or of another container")


def _is_own(mode: object) -> bool:
    return mode != "host" and not str(mode).startswith("container:")


@rule(
    "docker-container-must-stay-in-its-cgroup",
    DOCKER_CONTAINER,
    severity=Severity.MEDIUM,
    description="A container is in the cgroup that Docker gives it: in another one it may use what others are to have.",
    remediation="Remove cgroupParent.",
    references=References(docker="5.25", nist="4.4.3"),
    url=f"{RUN}#runtime-constraints-on-resources",
)
def own_cgroup(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "cgroupParent", lambda parent: not parent, "is put into a cgroup of the host's")


@rule(
    "docker-container-must-stay-confined",
    DOCKER_CONTAINER,
    severity=Severity.HIGH,
    description="The profiles of seccomp, AppArmor and SELinux, which Docker sets by itself, are not taken away.",
    remediation="Remove unconfined and disable from securityOpts, or name a profile of your own.",
    references=References(docker="5.2, 5.3, 5.22", nist="4.4.3"),
    url="https://docs.docker.com/engine/security/seccomp/",
)
def confined(resource: Resource) -> Iterator[Finding]:
    for option in resource.entries("securityOpts"):
        if option is UNKNOWN:
            yield UndecidedError(("securityOpts",))
        elif str(option).replace("=", ":").endswith((":unconfined", ":disable")):
            yield f"sets {option}"


@rule(
    "docker-container-must-not-gain-privileges",
    DOCKER_CONTAINER,
    severity=Severity.HIGH,
    description="No program in a container gets more rights than what started it, such as by sudo or a setuid file.",
    remediation="Add no-new-privileges:true to securityOpts.",
    references=References(docker="5.26", nist="4.4.3"),
    url=f"{RUN}#security-configuration",
)
def gains_nothing(resource: Resource) -> Iterator[Finding]:
    options = resource.entries("securityOpts")
    # Of several, Docker takes the last.
    said = [option for option in options if option is UNKNOWN or str(option).startswith("no-new-privileges")]
    if said and str(said[-1]).replace("=", ":") in {"no-new-privileges", "no-new-privileges:true"}:
        return
    yield UndecidedError(("securityOpts",)) if UNKNOWN in options else "may gain privileges"


@rule(
    "docker-container-must-drop-capabilities",
    DOCKER_CONTAINER,
    severity=Severity.HIGH,
    description="A container gives up all capabilities of root, and takes back only harmless ones that it needs.",
    remediation=f"Set capabilities.drops to ALL, and adds at most to some of {', '.join(sorted(GRANTED))}.",
    references=References(docker="5.4", nist="4.4.3"),
    url=CAPABILITIES,
)
def drops_capabilities(resource: Resource) -> Iterator[Finding]:
    if "ALL" not in _names(resource, "drops"):
        yield "keeps capabilities of root"
    if added := _names(resource, "adds") - GRANTED:
        yield f"adds {', '.join(sorted(added))}"


def _names(resource: Resource, list_: str) -> set[str]:
    names = items(resource.get("capabilities", list_))
    if UNKNOWN in names:
        raise UndecidedError(("capabilities", list_))
    return {str(name).upper().removeprefix("CAP_") for name in names}


@rule(
    "docker-container-must-not-run-as-root",
    DOCKER_CONTAINER,
    severity=Severity.HIGH,
    description="A container runs as a user without rights, unless it has no way out and keeps nothing.",
    remediation="Set user to a number other than 0, and take root off groupAdds; where the image needs root, join "
    "internal networks only and mount nothing to write to, or set networkMode to none.",
    references=References(docker="4.1", checkov="CKV_DOCKER_3, CKV_DOCKER_8", nist="4.4.3"),
    url="https://docs.docker.com/engine/security/#linux-kernel-capabilities",
)
def not_root(resource: Resource, graph: Graph) -> Iterator[Finding]:
    user = str(resource.get("user") or "").partition(":")[0]
    if user in ROOT and not _is_set_apart(resource, graph):
        yield "runs as root, and has a way out or keeps data"
    for group in resource.entries("groupAdds"):
        if group is UNKNOWN:
            yield UndecidedError(("groupAdds",))
        elif str(group) in ROOT:
            yield "is in the group root"


@rule(
    "docker-container-must-have-read-only-root",
    DOCKER_CONTAINER,
    severity=Severity.MEDIUM,
    description="A container cannot change its own image, unless it has no way out and keeps nothing.",
    remediation="Set readOnly to true, with tmpfs or a volume at each path that is written.",
    references=References(docker="5.13", nist="4.4.3, 4.4.4"),
    url=RUN,
)
def read_only_root(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if not is_true(resource.get("readOnly")) and not _is_set_apart(resource, graph):
        yield "can write to its root, and has a way out or keeps data"


def _is_set_apart(container: Resource, graph: Graph) -> bool:
    """Whether whoever takes it over ends there: it reaches nobody, or nobody outside, and then keeps nothing."""
    if container.get("networkMode") == NO_NETWORK:
        return True
    return is_inside(container, graph) and not any(mount.writable for mount in mounts(container))
