"""PostgreSQL with pgvector: a primary and a standby, of which a file says which is which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.component import Component
from components.docker_host.container import Container, ContainerArgs, Disk, Health, Limits, Mount, Program
from components.docker_host.programs import FOLDER, ROLE_FOLDER, SECRETS_FOLDER, path
from components.docker_host.server import Server
from components.docker_host.site import HostSite
from components.docker_host.volumes import PROGRAMS, Data
from dify.host_secrets import POSTGRESQL, USERS

SCRIPTS = (
    "postgres_node.sh",
    "postgres_role_folder.sh",
    "postgres_data.sh",
    "postgres_settings.sh",
    "postgres_roles.sql",
    "postgres_watch.sh",
    "postgres_health.sh",
    "postgres_promote.sh",
)

_NODES = {"a": Data.POSTGRES_A.value, "b": Data.POSTGRES_B.value}
_DATA_FOLDER = "/var/lib/postgresql/data"
_SOCKET_FOLDER = "/var/run/postgresql"


def database_hosts(site: HostSite) -> str:
    """Both nodes, as libpq and pgx take them."""
    return ",".join(site.host(part) for part in _NODES.values())


@dataclass(frozen=True, kw_only=True)
class DatabasePairArgs:
    """Each node stands on the same as `server` says, and runs SCRIPTS. `settings` are lines of postgresql.conf by name,
    `maintenance_mib` is the memory of one index that is built. A `synchronous` commit waits for the standby."""

    server: Server
    settings: Mapping[str, str]
    maintenance_mib: int
    synchronous: bool


class DatabasePair(Component):
    """The second node starts after the first, so that a change never stops both."""

    type_token = "dify:host:DatabasePair"  # noqa: S105

    container_names: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: DatabasePairArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.nodes: list[Container] = []
        for node in _NODES:
            after = [*args.server.after, *self.nodes]
            self.nodes.append(Container(f"{name}-{node}", self._node(node, args, after), self.child()))
        self.container_names = {node.part: node.container_name for node in self.nodes}
        self.done()

    @staticmethod
    def _node(node: str, args: DatabasePairArgs, after: Sequence[pulumi.Input[pulumi.Resource]]) -> ContainerArgs:
        server, part, (peer,) = args.server, _NODES[node], [other for at, other in _NODES.items() if at != node]
        return ContainerArgs(
            site=server.site,
            part=part,
            kind="postgres",
            program=Program(
                image=server.image,
                user=str(USERS["postgresql"]),
                entry=["bash", path("postgres_node.sh")],
                environment={
                    "NODE": node,
                    "PEER_HOST": server.site.host(peer),
                    "PGDATA": f"{_DATA_FOLDER}/pgdata",
                    "POSTGRES_SETTINGS": "\n".join(f"{key} = {value}" for key, value in args.settings.items()),
                    "POSTGRES_SYNCHRONOUS": "on" if args.synchronous else "off",
                },
            ),
            limits=Limits(
                cpus=server.cpus,
                memory_mib=server.memory_mib,
                # Parallel builds of an index share its memory there.
                shared_memory_mib=64 + args.maintenance_mib,
            ),
            networks=[server.network],
            disk=Disk(
                mounts=[
                    Mount(source=server.volumes[part], target=_DATA_FOLDER, read_only=False),
                    Mount(source=server.volumes[Data.ROLE.value], target=ROLE_FOLDER, read_only=False),
                    Mount(source=server.volumes[POSTGRESQL], target=SECRETS_FOLDER),
                    Mount(source=server.volumes[PROGRAMS], target=FOLDER),
                ],
                writable=("/tmp", _SOCKET_FOLDER),  # noqa: S108
            ),
            health=Health(command=["bash", path("postgres_health.sh")], timeout=20),
            programs=server.programs,
            # What a fast shutdown may take: a last checkpoint of all that is in memory.
            stop_seconds=120,
            asks_inside=True,
            after=after,
        )
