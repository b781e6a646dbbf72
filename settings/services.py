"""`dify:services`: size and number of the tasks of each Dify service."""

import re

from pydantic import Field, field_validator

from dify.queues import misplaced
from settings.mistake import Mistake
from settings.section import Section
from settings.service_options import Concurrency, ConnectionsPerProcess, EditedLive, Processes
from settings.task_size import Cpu, MaxTasks, Memory, MinTasks, Scaled, TaskSize

_GROUP = re.compile(r"[a-z][a-z0-9]{0,15}")

_LEAST_DISK_GIB = 20
_MOST_DISK_GIB = 200
"""Ephemeral storage of a Fargate task (Amazon ECS developer guide, "Fargate task ephemeral storage")."""


class Web(Scaled):
    """The web front end. Defaults are the production guide's: 2 to 3 tasks of 2 vCPU and 4 GiB."""

    cpu: Cpu = 2048
    memory: Memory = 4096
    min_tasks: MinTasks = 2
    max_tasks: MaxTasks = 3


class Api(Scaled):
    """The API. Defaults are the production guide's: 3 to 5 tasks of 4 vCPU and 8 GiB."""

    cpu: Cpu = 4096
    memory: Memory = 8192
    min_tasks: MinTasks = 3
    max_tasks: MaxTasks = 5
    processes: Processes = 2
    connections_per_process: ConnectionsPerProcess = 200
    requests_per_task: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        description="Requests a minute that one task is to serve; scaling adds tasks above it.",
        examples=[1000],
    )


class Worker(Scaled):
    """A queue worker; streamed workflows run here."""

    cpu: Cpu = 2048
    memory: Memory = 4096
    min_tasks: MinTasks = 3
    max_tasks: MaxTasks = 6
    concurrency: Concurrency = 16
    backlog_per_task: int = Field(
        default=8,
        ge=1,
        le=10_000,
        description="Waiting jobs that one task is to have before it; scaling adds tasks above it.",
        examples=[8],
    )


class WorkerGroup(Worker):
    """A worker that listens to some of the queues only."""

    name: str = Field(description="What the group is called; its service is worker-<name>.", examples=["indexing"])
    queues: tuple[str, ...] = Field(description="Its queues; every queue is in one group.", examples=[["dataset"]])

    @field_validator("name")
    @classmethod
    def _require_label(cls, value: str) -> str:
        if _GROUP.fullmatch(value) is None:
            raise Mistake("must be 1 to 16 lower-case letters and digits", "write it like indexing")
        return value


class Collaboration(Scaled):
    """Live editing of workflows: the api for websockets. Off, Dify does not offer it."""

    enabled: EditedLive = True
    cpu: Cpu = 512
    memory: Memory = 2048
    min_tasks: MinTasks = 2
    max_tasks: MaxTasks = 4


class Beat(TaskSize):
    """The scheduler. It never runs twice, so it has no number of tasks."""

    cpu: Cpu = 512
    memory: Memory = 1024


class PluginDaemon(TaskSize):
    """Installs and runs plugins, each a process of its own. It never runs twice."""

    cpu: Cpu = 2048
    memory: Memory = 8192
    disk_gib: int = Field(
        default=50,
        ge=_LEAST_DISK_GIB,
        le=_MOST_DISK_GIB,
        description="Ephemeral storage in GiB for the environments of plugins.",
        examples=[50],
    )


class Sandbox(Scaled):
    """Runs the code of code nodes."""

    cpu: Cpu = 1024
    memory: Memory = 2048
    min_tasks: MinTasks = 2
    max_tasks: MaxTasks = 4


class SsrfProxy(Scaled):
    """The way out of code and of the requests that workflows make."""

    cpu: Cpu = 512
    memory: Memory = 1024
    min_tasks: MinTasks = 2
    max_tasks: MaxTasks = 4


class Agents(TaskSize):
    """The agent backend with its sandbox and its proxy. Off, Dify does not offer the new agents."""

    enabled: bool = Field(
        default=False,
        description="Whether the new agents run; their commands share one file system on Fargate.",
        examples=[False],
    )
    cpu: Cpu = 1024
    memory: Memory = 4096
    disk_gib: int = Field(
        default=50,
        ge=_LEAST_DISK_GIB,
        le=_MOST_DISK_GIB,
        description="Ephemeral storage in GiB for the files of agents.",
        examples=[50],
    )


class Services(Section):
    """Dify's services on Fargate."""

    web: Web = Field(default_factory=Web, description="The web front end.")
    api: Api = Field(default_factory=Api, description="The API.")
    worker: Worker = Field(default_factory=Worker, description="The worker of all queues; not beside workerGroups.")
    worker_groups: tuple[WorkerGroup, ...] = Field(
        default=(),
        description="Workers that share the queues, instead of one worker for all.",
        examples=[[{"name": "indexing", "queues": ["dataset"]}]],
    )
    beat: Beat = Field(default_factory=Beat, description="The scheduler.")
    collaboration: Collaboration = Field(default_factory=Collaboration, description="Live editing of workflows.")
    plugin_daemon: PluginDaemon = Field(default_factory=PluginDaemon, description="The plugin daemon.")
    sandbox: Sandbox = Field(default_factory=Sandbox, description="The sandbox of code nodes.")
    ssrf_proxy: SsrfProxy = Field(default_factory=SsrfProxy, description="The SSRF proxy.")
    agents: Agents = Field(default_factory=Agents, description="The new agents.")

    @field_validator("worker_groups")
    @classmethod
    def _require_each_queue_once(cls, value: tuple[WorkerGroup, ...]) -> tuple[WorkerGroup, ...]:
        if not value:
            return value
        names = [group.name for group in value]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise Mistake(f"each group has a name of its own, {', '.join(twice)} is there twice", "rename one")
        if found := misplaced({group.name: group.queues for group in value}):
            raise Mistake(f"every queue needs exactly one group: {', '.join(found)}", "move or add the queues named")
        return value
