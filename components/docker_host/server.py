"""A server of the host: what the databases, Redis, nginx and the backups have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.docker_host.container import Attachment
from components.docker_host.site import HostSite


@dataclass(frozen=True, kw_only=True)
class Server:
    """What a server stands on: its image, its share of the host's CPUs and memory, the network that it is in, and
    volumes by part, of which it mounts its own. `programs` are the texts that it runs from the volume of programs, in a
    digest; empty where it runs none. `after` must be there first."""

    site: HostSite
    image: pulumi.Input[str]
    cpus: float
    memory_mib: int
    network: Attachment
    volumes: Mapping[str, pulumi.Input[str]]
    after: Sequence[pulumi.Input[pulumi.Resource]]
    programs: str = ""
