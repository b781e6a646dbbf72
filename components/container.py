"""Container definitions: what ECS is told about each container of a task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from dify.services import Service

SCRATCH_MIB = 256
"""Upper bound of each writable path; it counts against the task's memory only as far as it is used."""

RESTART_SECONDS = 60
"""How long a container must have run to be started again when it ends; the least that ECS takes (Amazon ECS developer
guide, "Container restart policies")."""

DISK_OWNER = "disk-owner"

_ALL_BUT_CHOWN = (
    "AUDIT_WRITE", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
)  # fmt: skip
"""What Docker grants (Docker documentation, "Linux capabilities") less CHOWN: Fargate drops but does not add."""

_PROBE = {"interval": 30, "timeout": 5, "retries": 3, "startPeriod": 60}


@dataclass(frozen=True, kw_only=True)
class Logging:
    """Where a task's containers write: a log group of its region."""

    group: str
    region: str

    def options(self, stream: str) -> dict[str, object]:
        """The log configuration of one container."""
        return {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": self.group,
                "awslogs-region": self.region,
                "awslogs-stream-prefix": stream,
                # A slow log service must never stop Dify; what does not fit the buffer is lost.
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        }


@dataclass(frozen=True, kw_only=True)
class OperatorSecret:
    """A secret that the operator made: `fields` maps variables of a container to the fields it must have."""

    arn: str
    fields: Mapping[str, str]

    @property
    def references(self) -> dict[str, str]:
        """Variable -> `valueFrom`."""
        return {name: f"{self.arn}:{key}::" for name, key in self.fields.items()}


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """A container's part of its task: `cpu` in units of 1/1024 vCPU, its share where all are busy, and `memory` in MiB,
    beyond which it is killed."""

    cpu: int
    memory: int


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """A container beside the service. `ready`, a command, says whether it does its work. Without a `command` it runs
    the image's own. In `folder` of both it keeps a file up to date, which the service only reads.

    The service starts once a `needed` one is ready, and the task ends with either. It does without any other, which may
    be late and is started again when it ends. Without a `reservation` a sidecar shares all of the task."""

    name: str
    image: pulumi.Input[str]
    ready: Sequence[str]
    user: str
    command: Sequence[str] = ()
    folder: str | None = None
    needed: bool = True
    reservation: Reservation | None = None
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Sequence[OperatorSecret] = ()


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What is in a service's container: `secrets` maps a variable to its `valueFrom`, `entry` replaces the image's own
    entry point. `cpu` is the task's, in units of 1/1024 vCPU. All images are known by now."""

    service: Service
    cpu: int
    image: str
    environment: Mapping[str, str]
    secrets: Mapping[str, str]
    logging: Logging
    entry: Sequence[str] = ()
    sidecars: Sequence[Sidecar] = field(default_factory=tuple[Sidecar, ...])


def volume(path: str) -> str:
    """The name of the volume behind a path, `app-storage` for /app/storage."""
    return path.strip("/").replace("/", "-")


def containers(contents: Contents) -> list[dict[str, object]]:
    """The service's container, its sidecars, and the one that gives it its disk where it does not run as root."""
    service = contents.service
    helpers = [_sidecar(sidecar, contents.logging) for sidecar in contents.sidecars]
    needs = [{"containerName": one.name, "condition": "HEALTHY"} for one in contents.sidecars if one.needed]
    if service.disk and service.user != "0":
        helpers.append(_disk_owner(contents))
        needs.append({"containerName": DISK_OWNER, "condition": "SUCCESS"})
    return [_main(contents, needs), *helpers]


def _main(contents: Contents, needs: list[dict[str, str]]) -> dict[str, object]:
    service = contents.service
    container: dict[str, object] = {
        "name": service.name,
        "image": contents.image,
        "essential": True,
        "readonlyRootFilesystem": service.read_only_root,
        "user": service.user,
        "stopTimeout": service.stop_seconds,
        "environment": _named(contents.environment, "value"),
        "secrets": _named(contents.secrets, "valueFrom"),
        # In memory and open to every user: an empty Fargate volume belongs to root, and Dify does not run as root.
        "linuxParameters": {
            "initProcessEnabled": True,
            "capabilities": {"drop": list(service.drops)},
            "tmpfs": [{"containerPath": path, "size": SCRATCH_MIB} for path in service.writable],
        },
        "mountPoints": [
            *(_mount(path) for path in service.disk),
            *(_mount(sidecar.folder, read_only=True) for sidecar in contents.sidecars if sidecar.folder),
        ],
        "logConfiguration": contents.logging.options(service.name),
    }
    reserved = sum(one.reservation.cpu for one in contents.sidecars if one.reservation)
    if reserved:
        # A container that names no share has the least there is, and would starve beside one that does.
        container["cpu"] = contents.cpu - reserved
    if contents.entry:
        container |= _start(contents.entry)
    if service.open_files is not None:
        limit = service.open_files
        container["ulimits"] = [{"name": "nofile", "softLimit": limit, "hardLimit": limit}]
    if service.probe:
        container["healthCheck"] = {"command": ["CMD", *service.probe], **_PROBE}
    if needs:
        container["dependsOn"] = needs
    if service.port is not None:
        container["portMappings"] = [{"containerPort": service.port, "hostPort": service.port, "protocol": "tcp"}]
    return container


def _sidecar(sidecar: Sidecar, logging: Logging) -> dict[str, object]:
    container: dict[str, object] = {
        "name": sidecar.name,
        "image": sidecar.image,
        "essential": sidecar.needed,
        "readonlyRootFilesystem": True,
        "user": sidecar.user,
        "healthCheck": {"command": ["CMD", *sidecar.ready], **_PROBE},
        "linuxParameters": {
            "initProcessEnabled": True,
            "capabilities": {"drop": ["ALL"]},
            "tmpfs": [{"containerPath": "/tmp", "size": SCRATCH_MIB}],  # noqa: S108
        },
        "mountPoints": [_mount(sidecar.folder)] if sidecar.folder else [],
        "logConfiguration": logging.options(sidecar.name),
    }
    if sidecar.command:
        container |= _start(sidecar.command)
    if sidecar.reservation:
        container |= {"cpu": sidecar.reservation.cpu, "memory": sidecar.reservation.memory}
    if sidecar.environment:
        container["environment"] = _named(sidecar.environment, "value")
    if sidecar.secrets:
        references = {name: source for one in sidecar.secrets for name, source in one.references.items()}
        container["secrets"] = _named(references, "valueFrom")
    if not sidecar.needed:
        container["restartPolicy"] = {"enabled": True, "restartAttemptPeriod": RESTART_SECONDS}
    return container


def _disk_owner(contents: Contents) -> dict[str, object]:
    """Runs first and ends: an empty Fargate volume belongs to root (Amazon ECS developer guide, "Bind mounts")."""
    service = contents.service
    return {
        "name": DISK_OWNER,
        "image": contents.image,
        "essential": False,
        "readonlyRootFilesystem": True,
        "user": "0",
        **_start(["chown", f"{service.user}:{service.user}", *service.disk]),
        "linuxParameters": {"capabilities": {"drop": list(_ALL_BUT_CHOWN)}},
        "mountPoints": [_mount(path) for path in service.disk],
        "logConfiguration": contents.logging.options(DISK_OWNER),
    }


def _named(entries: Mapping[str, str], value: str) -> list[dict[str, str]]:
    return [{"name": name, value: text} for name, text in sorted(entries.items())]


def _start(command: Sequence[str]) -> dict[str, object]:
    """Both halves are given: with an entry point alone, the image's own command might be appended to it."""
    return {"entryPoint": list(command[:1]), "command": list(command[1:])}


def _mount(path: str, *, read_only: bool = False) -> dict[str, object]:
    return {"sourceVolume": volume(path), "containerPath": path, "readOnly": read_only}
