"""Redis: queues, locks, sessions and events of Dify."""

import pulumi

from components.component import Component
from components.docker_host.container import Container, ContainerArgs, Disk, Health, Limits, Mount, Program
from components.docker_host.programs import SECRETS_FOLDER
from components.docker_host.server import Server
from components.docker_host.volumes import Data
from dify.capacity import MOST_CLIENTS
from dify.flows import CACHE_PORT
from dify.host_secrets import REDIS, USERS

PART = "redis"

_DATA_FOLDER = "/data"
_DATA_SHARE = 0.75
"""The rest is for rewriting the log, which copies what changes meanwhile, and for buffers of clients (Redis
documentation, "Memory optimization" and "Persistence")."""


class Redis(Component):
    """Every write is in its log within a second, and nothing is evicted: a queue that forgets is worse than one that
    refuses. Users are closed but for those of the access list."""

    type_token = "dify:host:Redis"  # noqa: S105

    container_name: pulumi.Output[str]

    def __init__(self, name: str, server: Server, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        settings = {
            "port": str(CACHE_PORT),
            "dir": _DATA_FOLDER,
            "aclfile": f"{SECRETS_FOLDER}/users.acl",
            # It protects a server without users.
            "protected-mode": "no",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory": f"{int(server.memory_mib * _DATA_SHARE)}mb",
            "maxmemory-policy": "noeviction",
            "maxclients": str(MOST_CLIENTS),
            "tcp-backlog": "4096",
        }
        self.container = Container(
            name,
            ContainerArgs(
                site=server.site,
                part=PART,
                kind=PART,
                program=Program(
                    image=server.image,
                    user=str(USERS["redis"]),
                    entry=["redis-server"],
                    command=[word for key, value in settings.items() for word in (f"--{key}", value)],
                ),
                limits=Limits(cpus=server.cpus, memory_mib=server.memory_mib),
                networks=[server.network],
                disk=Disk(
                    mounts=[
                        Mount(source=server.volumes[Data.REDIS.value], target=_DATA_FOLDER, read_only=False),
                        Mount(source=server.volumes[REDIS], target=SECRETS_FOLDER),
                    ]
                ),
                # The user `health` takes any password, and may say ping.
                health=Health(
                    command=["sh", "-c", "redis-cli --user health --pass - --no-auth-warning ping | grep -q PONG"]
                ),
                stop_seconds=60,
                after=server.after,
            ),
            self.child(),
        )
        self.container_name = self.container.container_name
        self.done()
