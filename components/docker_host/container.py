"""A container: the only place where one is made, so that each is hardened alike."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_docker as docker

from components.component import Component
from components.container import SCRATCH_MIB
from components.docker_host.site import HostSite

BACKLOG = "4096"
"""Connections that may wait to be accepted (net.core.somaxconn), which each network namespace has for itself."""

_START_SECONDS = 600
"""How long a deployment waits for a container to become healthy; plugins are installed at the first start."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """What runs: `user` is numeric. `entry` replaces the image's entry point, `command` are its arguments."""

    image: pulumi.Input[str]
    user: str
    entry: Sequence[str] = ()
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What it may use of the host. `shared_memory_mib` is the size of /dev/shm."""

    cpus: float
    memory_mib: int
    shared_memory_mib: int = 64


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A network that it is in, at a fixed address where it has one."""

    network: pulumi.Input[str]
    address: str | None = None


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume, or with `is_file` a file of the host, at `target`."""

    source: pulumi.Input[str]
    target: str
    read_only: bool = True
    is_file: bool = False


@dataclass(frozen=True, kw_only=True)
class Disk:
    """What it sees beside its image: `writable` paths are in memory. An image that needs a writable root says why in
    dify/services.py."""

    mounts: Sequence[Mount] = ()
    writable: Sequence[str] = ("/tmp",)  # noqa: S108
    read_only_root: bool = True


@dataclass(frozen=True, kw_only=True)
class Health:
    """A command that ends with 0 while the container does its work, asked every `seconds`. A deployment waits for it,
    unless it is not `awaited`."""

    command: Sequence[str]
    seconds: int = 10
    timeout: int = 5
    start_seconds: int = 120
    awaited: bool = True


@dataclass(frozen=True, kw_only=True)
class ContainerArgs:
    """`part` is one instance, `kind` what its name without number is: others reach it by both. `programs` are the texts
    of the volume that it runs, in a digest: it is replaced where they change. `release` is that of Dify for what each
    release replaces, empty for what a new one leaves alone. `after` must be there first.

    Docker asks the host's resolver for the name of a container that does not run. Where that one is silent, a client of
    the databases would wait for 15 s before it goes on to the other node (resolv.conf(5): 5 s, 2 attempts). So all ask
    for 2 s only, and one that `asks_inside`, which knows names of the stack alone, for 1 s.

    Without `health`, running is all that a deployment waits for. One that runs `once` runs to its end."""

    site: HostSite
    part: str
    kind: str
    program: Program
    limits: Limits
    networks: Sequence[Attachment] = ()
    disk: Disk = field(default_factory=Disk)
    health: Health | None = None
    capabilities: Sequence[str] = ()
    ports: Sequence[docker.ContainerPortArgs] = ()
    programs: str = ""
    release: str = ""
    stop_seconds: int = 30
    once: bool = False
    asks_inside: bool = False
    after: Sequence[pulumi.Input[pulumi.Resource]] = ()


def digest(texts: Mapping[str, str]) -> str:
    """A short digest of texts by name."""
    content = "\0".join(f"{name}\0{text}" for name, text in sorted(texts.items()))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


class Container(Component):
    """No privileges, no capabilities but those named, a root that cannot be written, bounded memory, CPU and logs.

    A new one takes the name and the address of the old one, which therefore goes first."""

    type_token = "dify:host:Container"  # noqa: S105

    container_name: pulumi.Output[str]

    def __init__(self, name: str, args: ContainerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        site, program, limits, disk = args.site, args.program, args.limits, args.disk
        awaited = args.health is not None and args.health.awaited
        made = docker.Container(
            f"{name}-container",
            name=site.name(args.part),
            hostname=args.part,
            image=program.image,
            user=program.user,
            entrypoints=list(program.entry) or None,
            command=list(program.command) or None,
            envs=[f"{variable}={value}" for variable, value in sorted(program.environment.items())],
            restart="no" if args.once else "unless-stopped",
            must_run=not args.once,
            attach=args.once or None,
            logs=args.once or None,
            init=True,
            privileged=False,
            read_only=disk.read_only_root,
            security_opts=["no-new-privileges:true"],
            capabilities={"drops": ["ALL"], "adds": [f"CAP_{one}" for one in args.capabilities] or None},
            memory=limits.memory_mib,
            memory_swap=limits.memory_mib,
            cpus=f"{limits.cpus:g}",
            shm_size=limits.shared_memory_mib,
            ulimits=[{"name": "nofile", "soft": site.open_files, "hard": site.open_files}],
            sysctls={"net.core.somaxconn": BACKLOG} if args.networks else None,
            tmpfs=dict.fromkeys(disk.writable, _scratch(program.user, limits, len(disk.writable))) or None,
            mounts=[_mount(mount) for mount in disk.mounts],
            network_mode=None if args.networks else "none",
            networks_advanced=[
                {
                    "name": one.network,
                    "aliases": sorted({site.host(args.part), site.host(args.kind)}),
                    "ipv4_address": one.address,
                }
                for one in args.networks
            ]
            or None,
            dns_opts=["timeout:1", f"attempts:{1 if args.asks_inside else 2}"] if args.networks else None,
            ports=list(args.ports) or None,
            healthcheck=None if args.health is None else _check(args.health),
            wait=awaited or None,
            wait_timeout=_START_SECONDS if awaited else None,
            stop_timeout=args.stop_seconds,
            destroy_grace_seconds=args.stop_seconds,
            log_driver="json-file",
            log_opts={"max-size": f"{site.log_size_mib}m", "max-file": str(site.log_files)},
            labels=site.labels(
                args.part,
                kind=args.kind,
                **({"release": args.release} if args.release else {}),
                **({"programs": args.programs} if args.programs else {}),
            ),
            opts=pulumi.ResourceOptions.merge(
                self.child(),
                pulumi.ResourceOptions(
                    depends_on=list(args.after),
                    delete_before_replace=True,
                    # The provider takes a change of these for done, and changes nothing.
                    replace_on_changes=["init", "tmpfs"],
                ),
            ),
        )
        self.part = args.part
        self.container_name = made.name
        self._made = made
        self._exit_code = made.exit_code
        self.done()

    def ended(self) -> pulumi.Output[pulumi.Resource]:
        """For what must wait until this container, which runs once, has ended well; the deployment ends where it has
        not."""
        return pulumi.Output.all(self._exit_code, self.container_name).apply(lambda known: self.require_success(*known))

    def require_success(self, code: int, name: str) -> pulumi.Resource:
        """The container, if `code` says that it ended well. Raises pulumi.RunError, which ends the deployment."""
        if code != 0:
            again = f"mend it, then docker rm {name} and pulumi up --refresh"
            raise pulumi.RunError(f"container {name} ended with code {code}; docker logs {name} says why; {again}")
        return self._made


def _scratch(user: str, limits: Limits, folders: int) -> str:
    """Its user's own: where the image has no such folder, the mode holds for the first start only (runc 1.1.5, which
    then takes that of the folder it made). What is in it counts as the container's memory (Linux, cgroup-v2.rst), so
    all folders together take half of that at most: a full one is an error of who fills it, and not the end of all."""
    size = min(SCRATCH_MIB, limits.memory_mib // 2 // max(folders, 1))
    return f"rw,nosuid,nodev,size={size}m,mode=1777,uid={user},gid={user}"


def _mount(mount: Mount) -> docker.ContainerMountArgs:
    # Docker would copy into an empty volume what the image has there, and its owner with it.
    options = None if mount.is_file else docker.ContainerMountVolumeOptionsArgs(no_copy=True)
    return docker.ContainerMountArgs(
        type="bind" if mount.is_file else "volume",
        source=mount.source,
        target=mount.target,
        read_only=mount.read_only,
        volume_options=options,
    )


def _check(health: Health) -> docker.ContainerHealthcheckArgs:
    return docker.ContainerHealthcheckArgs(
        tests=["CMD", *health.command],
        interval=f"{health.seconds}s",
        timeout=f"{health.timeout}s",
        retries=3,
        start_period=f"{health.start_seconds}s",
    )
