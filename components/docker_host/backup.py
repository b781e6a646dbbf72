"""Backups of the database and of files, made on the host."""

from dataclasses import dataclass

import pulumi

from components.component import Component
from components.docker_host.container import Container, ContainerArgs, Disk, Health, Limits, Mount, Program
from components.docker_host.database import database_hosts
from components.docker_host.programs import BACKUPS_FOLDER, FOLDER, SECRETS_FOLDER, path
from components.docker_host.server import Server
from components.docker_host.volumes import PROGRAMS, Data
from dify.flows import DATABASE_PORT
from dify.host_secrets import BACKUP, USERS

PART = "backup"
SCRIPTS = (
    "backup.sh",
    "backup_folder.sh",
    "backup_taking.sh",
    "backup_expiry.sh",
    "backup_wal.sh",
    "backup_status.sh",
    "backup_schedule.sh",
    "restore.sh",
)

_SOURCES = {Data.FILES.value: "/var/lib/dify/files", Data.PLUGINS.value: "/var/lib/dify/plugins"}


@dataclass(frozen=True, kw_only=True)
class HostBackupArgs:
    """`server` runs SCRIPTS. `hour` of the day, UTC, of the full backup."""

    server: Server
    retention_days: int
    hour: int


class HostBackup(Component):
    """It receives the database's log all the time, reads files and plugins, and can change neither."""

    type_token = "dify:host:Backup"  # noqa: S105

    container_name: pulumi.Output[str]

    def __init__(self, name: str, args: HostBackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        server = args.server
        container = Container(
            name,
            ContainerArgs(
                site=server.site,
                part=PART,
                kind=PART,
                program=Program(
                    image=server.image,
                    user=str(USERS["postgresql"]),
                    entry=["bash", path("backup.sh")],
                    environment={
                        "PGHOST": database_hosts(server.site),
                        "PGPORT": str(DATABASE_PORT),
                        "PGPASSFILE": f"{SECRETS_FOLDER}/pgpass",
                        "BACKUP_RETENTION_DAYS": str(args.retention_days),
                        "BACKUP_HOUR": str(args.hour),
                    },
                ),
                limits=Limits(cpus=server.cpus, memory_mib=server.memory_mib),
                networks=[server.network],
                disk=Disk(
                    mounts=[
                        Mount(source=server.volumes[Data.BACKUPS.value], target=BACKUPS_FOLDER, read_only=False),
                        *(Mount(source=server.volumes[source], target=target) for source, target in _SOURCES.items()),
                        Mount(source=server.volumes[BACKUP], target=SECRETS_FOLDER),
                        Mount(source=server.volumes[PROGRAMS], target=FOLDER),
                    ]
                ),
                # The first full backup of a large database takes longer than a deployment waits.
                health=Health(command=["bash", path("backup.sh"), "check"], seconds=60, timeout=30, awaited=False),
                programs=server.programs,
                stop_seconds=60,
                asks_inside=True,
                after=server.after,
            ),
            self.child(),
        )
        self.container_name = container.container_name
        self.done()
