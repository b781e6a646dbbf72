"""Backups of the database and of files, made on the host."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.component import Component
from components.docker_host.container import (
    Attachment,
    Container,
    ContainerArgs,
    Disk,
    Health,
    Limits,
    Mount,
    Program,
)
from components.docker_host.database import database_hosts
from components.docker_host.programs import BACKUPS_FOLDER, FOLDER, SECRETS_FOLDER, path
from components.docker_host.site import HostSite
from components.docker_host.volumes import PROGRAMS, Data
from dify.flows import DATABASE_PORT
from dify.host_secrets import BACKUP, USERS

PART = "backup"
SCRIPTS = ("backup.sh", "restore.sh")

_SOURCES = {Data.FILES.value: "/var/lib/dify/files", Data.PLUGINS.value: "/var/lib/dify/plugins"}


@dataclass(frozen=True, kw_only=True)
class HostBackupArgs:
    """`hour` of the day, UTC, of the full backup. `programs` is the digest of SCRIPTS."""

    site: HostSite
    image: pulumi.Input[str]
    cpus: float
    memory_mib: int
    retention_days: int
    hour: int
    network: pulumi.Input[str]
    volumes: Mapping[str, pulumi.Input[str]]
    programs: str
    after: Sequence[pulumi.Input[pulumi.Resource]]


class HostBackup(Component):
    """It receives the database's log all the time, reads files and plugins, and can change neither."""

    type_token = "dify:host:Backup"  # noqa: S105

    container_name: pulumi.Output[str]

    def __init__(self, name: str, args: HostBackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        container = Container(
            name,
            ContainerArgs(
                site=args.site,
                part=PART,
                kind=PART,
                program=Program(
                    image=args.image,
                    user=str(USERS["postgresql"]),
                    entry=["bash", path("backup.sh")],
                    environment={
                        "PGHOST": database_hosts(args.site),
                        "PGPORT": str(DATABASE_PORT),
                        "PGPASSFILE": f"{SECRETS_FOLDER}/pgpass",
                        "BACKUP_RETENTION_DAYS": str(args.retention_days),
                        "BACKUP_HOUR": str(args.hour),
                    },
                ),
                limits=Limits(cpus=args.cpus, memory_mib=args.memory_mib),
                networks=[Attachment(network=args.network)],
                disk=Disk(
                    mounts=[
                        Mount(source=args.volumes[Data.BACKUPS.value], target=BACKUPS_FOLDER, read_only=False),
                        *(Mount(source=args.volumes[source], target=target) for source, target in _SOURCES.items()),
                        Mount(source=args.volumes[BACKUP], target=SECRETS_FOLDER),
                        Mount(source=args.volumes[PROGRAMS], target=FOLDER),
                    ]
                ),
                # The first full backup of a large database takes longer than a deployment waits.
                health=Health(command=["bash", path("backup.sh"), "check"], seconds=60, timeout=30, awaited=False),
                programs=args.programs,
                stop_seconds=60,
                asks_inside=True,
                after=args.after,
            ),
            self.child(),
        )
        self.container_name = container.container_name
        self.done()
