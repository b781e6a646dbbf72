"""nginx: the only container that the outside reaches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

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
from components.docker_host.programs import FOLDER, SECRETS_FOLDER, path
from components.docker_host.site import HostSite
from components.docker_host.volumes import PROGRAMS
from dify.host_secrets import NGINX, USERS
from dify.nginx import HEALTH_URL, HTTP_PORT, HTTPS_PORT, SCRATCH

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
    """`programs` is the digest of its configuration and of the certificate."""

    site: HostSite
    image: pulumi.Input[str]
    cpus: float
    memory_mib: int
    listen: Listen
    network: Attachment
    volumes: Mapping[str, pulumi.Input[str]]
    programs: str
    after: Sequence[pulumi.Input[pulumi.Resource]]


class Nginx(Component):
    """It runs as a user without rights and listens on high ports, which the host publishes as those that users know."""

    type_token = "dify:host:Nginx"  # noqa: S105

    container_name: pulumi.Output[str]

    def __init__(self, name: str, args: NginxArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        listen = args.listen
        published = {HTTP_PORT: listen.http_port, HTTPS_PORT: listen.https_port}
        container = Container(
            name,
            ContainerArgs(
                site=args.site,
                part=PART,
                kind=PART,
                program=Program(
                    image=args.image,
                    user=str(USERS["nginx"]),
                    entry=["nginx"],
                    # Until it has read its configuration it would write to a folder that is read-only.
                    command=["-e", "stderr", "-c", path(CONFIGURATION), "-g", "daemon off;"],
                ),
                limits=Limits(cpus=args.cpus, memory_mib=args.memory_mib),
                networks=[args.network],
                disk=Disk(
                    mounts=[
                        Mount(source=args.volumes[NGINX], target=SECRETS_FOLDER),
                        Mount(source=args.volumes[PROGRAMS], target=FOLDER),
                    ],
                    writable=(SCRATCH,),
                ),
                health=Health(command=["curl", "-fsS", "-o", "/dev/null", HEALTH_URL]),
                ports=[
                    docker.ContainerPortArgs(internal=inside, external=outside, ip=listen.address, protocol="tcp")
                    for inside, outside in published.items()
                ],
                programs=args.programs,
                after=args.after,
            ),
            self.child(),
        )
        self.container_name = container.container_name
        self.done()
