"""A plan: which services a stack runs, how large, how many, and what all of them agree on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dify.services import Service

RUN_TIMEOUT_SECONDS = 3600
"""Longest run of an app or workflow; the default since 1.17.0 (langgenius/dify#41065), set for older ones too."""


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """Processes, pools and slots of one service.

    `processes` gunicorn workers with `connections` simultaneous requests each (open streams included), `slots` Celery
    greenlets with `backlog_per_task` waiting jobs before them, and a pool of `pool_size` + `max_overflow` database
    connections per process.
    """

    processes: int = 1
    connections: int = 200
    slots: int = 16
    backlog_per_task: int = 8
    pool_size: int = 10
    max_overflow: int = 10


@dataclass(frozen=True, kw_only=True)
class Peak:
    """A known time of load: from `start` to `end` at least `min_tasks` run. Both are the six fields of AWS's cron
    expressions (Application Auto Scaling user guide), in `timezone`."""

    start: str
    end: str
    timezone: str
    min_tasks: int


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One service as the stack runs it: `cpu` in units of 1/1024 vCPU and `memory` in MiB per task, between `min_tasks`
    and `max_tasks` of them, with `disk_gib` of ephemeral storage. `queues` are a worker's."""

    service: Service
    cpu: int
    memory: int
    min_tasks: int = 1
    max_tasks: int = 1
    tuning: Tuning = field(default_factory=Tuning)
    disk_gib: int = 20
    queues: tuple[str, ...] = ()
    peaks: tuple[Peak, ...] = ()

    @property
    def name(self) -> str:
        return self.service.name


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail server and who the mail is from. Its login is a secret of the operator's."""

    server: str
    port: int
    sender: str


@dataclass(frozen=True, kw_only=True)
class Collector:
    """What a collector beside a service does with what that sends it: it sends it on to an OTLP `endpoint` by http or
    grpc or, where there is none, its traces to AWS X-Ray. Where it `needs_login`, the key is a secret of the
    operator's."""

    endpoint: str | None = None
    protocol: str = "http"
    needs_login: bool = False


@dataclass(frozen=True, kw_only=True)
class Telemetry:
    """The OTLP endpoint that services send to, and the share of traces that they send, 0 to 1. Where it `needs_login`,
    the key is a secret of the operator's. With a `collector` the endpoint is the one beside each service."""

    endpoint: str
    protocol: str
    sampling_rate: float
    needs_login: bool = False
    collector: Collector | None = None

    @property
    def destination(self) -> str | None:
        """The endpoint outside of the stack; None for AWS X-Ray."""
        return self.endpoint if self.collector is None else self.collector.endpoint


@dataclass(frozen=True, kw_only=True)
class Cleanup:
    """What Dify removes by itself, None for never: runs of workflows and messages older than so many days, embeddings
    and indexes of data sets that nobody used."""

    workflow_logs_after_days: int | None = None
    messages_after_days: int | None = None
    embedding_cache: bool = False
    unused_datasets: bool = False


@dataclass(frozen=True, kw_only=True)
class Uploads:
    """How large files of users may be, and how many come at once; the defaults are Dify's (docker/.env.example,
    langgenius/dify 1.17)."""

    file_mib: int = 15
    image_mib: int = 10
    audio_mib: int = 50
    video_mib: int = 100
    files_at_once: int = 5

    @property
    def largest_mib(self) -> int:
        return max(self.file_mib, self.image_mib, self.audio_mib, self.video_mib)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What several services must agree on. `pooled` means that RDS Proxy stands before the database, `internet` that
    there is a way out of the network."""

    idle_timeout_seconds: int
    collaboration: bool
    agent: bool
    vector_store: str
    pooled: bool = False
    internet: bool = True
    mail: Mail | None = None
    telemetry: Telemetry | None = None
    cleanup: Cleanup = field(default_factory=Cleanup)
    uploads: Uploads = field(default_factory=Uploads)


def named(deployments: Sequence[Deployment], kind: str) -> tuple[Deployment, ...]:
    """Those of one kind, such as all workers."""
    return tuple(deployment for deployment in deployments if deployment.service.kind == kind)
