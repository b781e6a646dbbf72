"""What may be given to Docker's resources although nothing there asks for it: more of the host, more of other
containers, less of a limit.

What Docker starts is mostly weakened by what is added, where on AWS it is by what is taken away. Each option of `docker
run`, `docker network create` and `docker volume create` that adds something is here once, at its widest, whether or not
a rule knows it (Docker documentation, CLI reference).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.guardrails import tokens as t
from tests.recorder import Graph, Recorded

Gift = tuple[str, tuple[str, ...], Any]
"""What is given, the property that it goes to, and what that is then."""

OF_CONTAINERS = frozenset(
    {
        *((t.DOCKER_CONTAINER, name) for name in ("command", "entrypoints", "envs")),
        *((type_, "name") for type_ in (t.DOCKER_CONTAINER, t.DOCKER_NETWORK, t.DOCKER_VOLUME)),
    }
)
"""What the program says to its own containers, and names: Pulumi makes up one that is left out, and all follow."""

ELSEWHERE = "192.0.2.1"
"""A host of somebody else (RFC 5737)."""

SECRETS = "/run/secrets"
KEY = "-----BEGIN PRIVATE KEY-----\n"

_PUT: Mapping[str, Mapping[str, tuple[str, Any]]] = {
    t.DOCKER_CONTAINER: {
        "the root cgroup": ("cgroupParent", "/"),
        "the host's cgroups": ("cgroupnsMode", "host"),
        "no end of CPU": ("cpus", "0"),
        "graphics cards": ("gpus", "all"),
        "no question": ("healthcheck", {"tests": ["NONE"]}),
        "the host's memory": ("ipcMode", "host"),
        "no log": ("logDriver", "none"),
        "swap without end": ("memorySwap", -1),
        "the host's network": ("networkMode", "host"),
        "the host's processes": ("pidMode", "host"),
        "every port": ("publishAllPorts", True),
        "one life": ("restart", "no"),
        "a terminal": ("tty", True),
        "input": ("stdinOpen", True),
        "the user root": ("user", "0"),
        "the host's users": ("usernsMode", "host"),
        "any image": ("image", "docker.io/library/nginx:latest"),
    },
    t.DOCKER_NETWORK: {
        "to a swarm": ("attachable", True),
        "the street": ("driver", "macvlan"),
        "IPv6": ("ipv6", True),
    },
    t.DOCKER_VOLUME: {
        "the host's settings": ("driverOpts", {"type": "none", "o": "bind", "device": "/etc"}),
        "memory": ("driverOpts", {"type": "tmpfs", "device": "tmpfs"}),
        "a server": ("driverOpts", {"type": "nfs", "o": f"addr={ELSEWHERE},rw", "device": ":/given"}),
    },
    t.REMOTE_IMAGE: {
        "a build": ("build", {"context": "."}),
    },
    t.DOCKER_PROVIDER: {
        "a port in the clear": ("host", f"tcp://{ELSEWHERE}:2375"),
        "another context": ("context", "other"),
        "a password": ("registryAuth", '[{"address": "docker.example.com", "username": "a", "password": "b"}]'),
        "any host key": ("sshOpts", '["-o", "StrictHostKeyChecking=no"]'),
    },
}
"""Type -> what is given -> property and value."""

_ENTRIES: Mapping[str, Mapping[str, tuple[str, Any]]] = {
    t.DOCKER_CONTAINER: {
        "rules for devices": ("deviceCgroupRules", "a *:* rwm"),
        "a disk": ("devices", {"hostPath": "/dev/sda"}),
        "a resolver": ("dns", ELSEWHERE),
        "a secret": ("envs", "DB_PASSWORD=correct horse battery staple"),
        "the group root": ("groupAdds", "0"),
        "a name elsewhere": ("hosts", {"host": "api.dify-host.internal", "ip": ELSEWHERE}),
        "the socket": ("mounts", {"type": "bind", "source": "/var/run/docker.sock", "target": "/given"}),
        "the host": ("volumes", {"hostPath": "/", "containerPath": "/given"}),
        "a nameless volume": ("volumes", {"containerPath": "/given"}),
        "somebody's volume": ("mounts", {"type": "volume", "source": "of-somebody-else", "target": "/given"}),
        "a port": ("ports", {"internal": 5432, "external": 5432, "ip": "0.0.0.0", "protocol": "tcp"}),  # noqa: S104
        "a port of the host alone": ("ports", {"internal": 5432, "external": 5432, "ip": "127.0.0.1"}),
        "no AppArmor": ("securityOpts", "apparmor=unconfined"),
        "no seccomp": ("securityOpts", "seccomp=unconfined"),
        "the kernel's files": ("securityOpts", "systempaths=unconfined"),
        "new privileges": ("securityOpts", "no-new-privileges:false"),
        "a key": ("uploads", {"file": "/given", "content": KEY}),
    },
}
"""Type -> what is given -> list and one more entry of it."""

_FIELDS: Mapping[str, Mapping[str, tuple[str, str, Any]]] = {
    t.DOCKER_CONTAINER: {
        "the kernel": ("capabilities", "adds", ["ALL"]),
        "a capability": ("capabilities", "adds", ["CAP_NET_RAW"]),
        "a log without end": ("logOpts", "max-size", "-1"),
        "forwarding": ("sysctls", "net.ipv4.ip_forward", "1"),
        "programs in memory": ("tmpfs", "/given", "rw,exec,suid,dev"),
    },
    t.DOCKER_NETWORK: {
        "no filter": ("options", "com.docker.network.bridge.gateway_mode_ipv4", "nat-unprotected"),
    },
}
"""Type -> what is given -> object, field of it and value."""


def given(resource: Recorded, stack: Graph) -> Iterator[Gift]:
    """What may be given to a resource of Docker, also of the rest of its stack; nothing to any other."""
    type_, props = resource.type, resource.inputs
    for what, (name, value) in _PUT.get(type_, {}).items():
        if props.get(name) != value:
            yield what, (name,), value
    for what, (name, entry) in _ENTRIES.get(type_, {}).items():
        yield what, (name,), [*props.get(name, ()), entry]
    for what, (name, field, value) in _FIELDS.get(type_, {}).items():
        yield what, (name,), {**props.get(name, {}), field: value}
    if type_ == t.REMOTE_IMAGE:
        image, _, tag = str(props["name"]).rpartition(":")
        yield "any release", ("name",), f"{image}:latest"
        yield "another registry", ("name",), f"docker.example.com/{image.rpartition('/')[-1]}:{tag}"
    if type_ == t.DOCKER_CONTAINER:
        yield from _of_others(props, stack)


def _of_others(props: Mapping[str, Any], stack: Graph) -> Iterator[Gift]:
    """Each volume and each network that a container has not, and all volumes of each other container."""
    every = [one.inputs for one in stack.of(":Container") if one.type == t.DOCKER_CONTAINER]
    secret = {
        mount["source"] for one in every for mount in one.get("mounts", ()) if mount["target"].startswith(SECRETS)
    }
    mounts, joined = props.get("mounts", []), props.get("networksAdvanced", [])
    for volume in stack.of(":Volume"):
        name = volume.inputs.get("name")
        if volume.custom and name not in {mount["source"] for mount in mounts}:
            what = "others' secrets" if name in secret else "others' data"
            yield what, ("mounts",), [*mounts, {"type": "volume", "source": name, "target": "/given"}]
    for network in stack.of(":Network"):
        name = network.inputs.get("name")
        if network.custom and name not in {one["name"] for one in joined}:
            yield "another network", ("networksAdvanced",), [*joined, {"name": name}]
    for one in every:
        if one["name"] != props["name"]:
            yield "all that another has", ("volumes",), [*props.get("volumes", []), {"fromContainer": one["name"]}]
