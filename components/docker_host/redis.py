"""Redis: queues, locks, sessions and events of Dify."""

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
from components.docker_host.programs import SECRETS_FOLDER
from components.docker_host.site import HostSite
from components.docker_host.volumes import Data
from dify.flows import CACHE_PORT
from dify.host_secrets import REDIS, USERS

PART = "redis"

_DATA_FOLDER = "/data"
_DATA_SHARE = 0.75
"""The rest is for rewriting the log, which copies what changes meanwhile, and for buffers of clients (Redis
documentation, "Memory optimization" and "Persistence")."""


@dataclass(frozen=True, kw_only=True)
class RedisArgs:
    """`volumes` by part."""

    site: HostSite
    image: pulumi.Input[str]
    cpus: float
    memory_mib: int
    network: pulumi.Input[str]
    volumes: Mapping[str, pulumi.Input[str]]
    after: Sequence[pulumi.Input[pulumi.Resource]]


class Redis(Component):
    """Every write is in its log within a second, and nothing is evicted: a queue that forgets is worse than one that
    refuses. Users are closed but for those of the access list."""

    type_token = "dify:host:Redis"  # noqa: S105

    container_name: pulumi.Output[str]

    def __init__(self, name: str, args: RedisArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        settings = {
            "port": str(CACHE_PORT),
            "dir": _DATA_FOLDER,
            "aclfile": f"{SECRETS_FOLDER}/users.acl",
            # It protects a server without users.
            "protected-mode": "no",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory": f"{int(args.memory_mib * _DATA_SHARE)}mb",
            "maxmemory-policy": "noeviction",
            "tcp-backlog": "4096",
        }
        self.container = Container(
            name,
            ContainerArgs(
                site=args.site,
                part=PART,
                kind=PART,
                program=Program(
                    image=args.image,
                    user=str(USERS["redis"]),
                    entry=["redis-server"],
                    command=[word for key, value in settings.items() for word in (f"--{key}", value)],
                ),
                limits=Limits(cpus=args.cpus, memory_mib=args.memory_mib),
                networks=[Attachment(network=args.network)],
                disk=Disk(
                    mounts=[
                        Mount(source=args.volumes[Data.REDIS.value], target=_DATA_FOLDER, read_only=False),
                        Mount(source=args.volumes[REDIS], target=SECRETS_FOLDER),
                    ]
                ),
                # The user `health` takes any password, and may say ping.
                health=Health(
                    command=["sh", "-c", "redis-cli --user health --pass - --no-auth-warning ping | grep -q PONG"]
                ),
                stop_seconds=60,
                after=args.after,
            ),
            self.child(),
        )
        self.container_name = self.container.container_name
        self.done()
