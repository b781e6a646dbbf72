"""nginx: the only container that the outside reaches."""

from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.component import Component
from components.docker_host.container import (
    Container,
    ContainerArgs,
    Disk,
    Health,
    Limits,
    Mount,
    Program,
)
from components.docker_host.programs import FOLDER, SECRETS_FOLDER, path
from components.docker_host.server import Server
from components.docker_host.volumes import PROGRAMS, READY
from dify.host_secrets import NGINX, USERS
from dify.nginx import HEALTH_URL, HTTP_PORT, HTTPS_PORT, READY_FOLDER, SCRATCH

PART = "nginx"
CONFIGURATION = "nginx.conf"


@dataclass(frozen=True, kw_only=True)
class Listen:
    """Where the host listens."""

    address: str
    http_port: int
    https_port: int


@dataclass(frozen=True, kw_only=True)
class NginxArgs:
    """`programs` of `server` is the digest of its configuration and of the certificate."""

    server: Server
    listen: Listen


class Nginx(Component):
    """It runs as a user without rights and listens on high ports, which the host publishes as those that users know."""

    type_token = "dify:host:Nginx"  # noqa: S105

    container_name: pulumi.Output[str]

    def __init__(self, name: str, args: NginxArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        server, listen = args.server, args.listen
        published = {HTTP_PORT: listen.http_port, HTTPS_PORT: listen.https_port}
        container = Container(
            name,
            ContainerArgs(
                site=server.site,
                part=PART,
                kind=PART,
                program=Program(
                    image=server.image,
                    user=str(USERS["nginx"]),
                    entry=["nginx"],
                    # Until it has read its configuration it would write to a folder that is read-only.
                    command=["-e", "stderr", "-c", path(CONFIGURATION), "-g", "daemon off;"],
                ),
                limits=Limits(cpus=server.cpus, memory_mib=server.memory_mib),
                networks=[server.network],
                disk=Disk(
                    mounts=[
                        Mount(source=server.volumes[NGINX], target=SECRETS_FOLDER),
                        Mount(source=server.volumes[PROGRAMS], target=FOLDER),
                        Mount(source=server.volumes[READY], target=READY_FOLDER),
                    ],
                    writable=(SCRATCH,),
                ),
                health=Health(command=["curl", "-fsS", "-o", "/dev/null", HEALTH_URL]),
                ports=[
                    docker.ContainerPortArgs(internal=inside, external=outside, ip=listen.address, protocol="tcp")
                    for inside, outside in published.items()
                ],
                programs=server.programs,
                after=server.after,
            ),
            self.child(),
        )
        self.container_name = container.container_name
        self.done()
