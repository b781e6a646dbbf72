"""`dify:services`: size and number of the containers of each Dify service.

Defaults are the production guide's sizes scaled to one host of 8 CPUs and 32 GiB, with two instances of what can have
two.
"""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from settings.facts import require_floor
from settings.section import Section
from settings.service_options import Concurrency, ConnectionsPerProcess, EditedLive, Processes

MOST_INSTANCES = 14
"""What fits into a service's part of the edge network (dify/host_addresses.py)."""

Cpus = Annotated[float, Field(ge=0.1, le=64, description="CPUs that one container may use at most.", examples=[1.0])]
MemoryMib = Annotated[
    int, Field(ge=64, le=1_048_576, description="Memory of one container in MiB; beyond it is killed.", examples=[1024])
]
Instances = Annotated[
    int, Field(ge=1, le=MOST_INSTANCES, description="Running containers, at least 2 in prod.", examples=[2])
]


class ContainerSize(Section):
    """What one container may use."""

    cpus: Cpus
    memory_mib: MemoryMib


class Instanced(ContainerSize):
    """A service of several containers: one is replaced while another answers."""

    instances: Instances = 2

    @field_validator("instances")
    @classmethod
    def _require_spare(cls, value: int, info: ValidationInfo) -> int:
        return require_floor(value, 2, info, "containers to replace one without a gap")


class Web(Instanced):
    """The web front end."""

    cpus: Cpus = 0.5
    memory_mib: MemoryMib = 1024


class Api(Instanced):
    """The API."""

    cpus: Cpus = 2.0
    memory_mib: MemoryMib = 3072
    processes: Processes = 2
    connections_per_process: ConnectionsPerProcess = 200


class Worker(Instanced):
    """A queue worker; streamed workflows run here."""

    cpus: Cpus = 1.0
    memory_mib: MemoryMib = 2048
    concurrency: Concurrency = 16


class Beat(ContainerSize):
    """The scheduler. It never runs twice."""

    cpus: Cpus = 0.5
    memory_mib: MemoryMib = 1024


class Collaboration(ContainerSize):
    """Live editing of workflows: the api for websockets. Off, Dify does not offer it."""

    enabled: EditedLive = True
    cpus: Cpus = 0.5
    memory_mib: MemoryMib = 1024


class PluginDaemon(ContainerSize):
    """Installs and runs plugins, each a process of its own. It never runs twice."""

    cpus: Cpus = 2.0
    memory_mib: MemoryMib = 4096


class Sandbox(ContainerSize):
    """Runs the code of code nodes."""

    cpus: Cpus = 1.0
    memory_mib: MemoryMib = 1024


class SsrfProxy(ContainerSize):
    """The way out of code and of the requests that workflows make."""

    cpus: Cpus = 0.5
    memory_mib: MemoryMib = 512


class Nginx(ContainerSize):
    """The reverse proxy."""

    cpus: Cpus = 0.5
    memory_mib: MemoryMib = 256


class HostServices(Section):
    """Dify's services as containers."""

    web: Web = Field(default_factory=Web, description="The web front end.")
    api: Api = Field(default_factory=Api, description="The API.")
    worker: Worker = Field(default_factory=Worker, description="The worker of all queues.")
    beat: Beat = Field(default_factory=Beat, description="The scheduler.")
    collaboration: Collaboration = Field(default_factory=Collaboration, description="Live editing of workflows.")
    plugin_daemon: PluginDaemon = Field(default_factory=PluginDaemon, description="The plugin daemon.")
    sandbox: Sandbox = Field(default_factory=Sandbox, description="The sandbox of code nodes.")
    ssrf_proxy: SsrfProxy = Field(default_factory=SsrfProxy, description="The SSRF proxy.")
    nginx: Nginx = Field(default_factory=Nginx, description="The reverse proxy.")
