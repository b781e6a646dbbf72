"""What `status` finds, as data: the form of `status --json`. Times are of UTC, sizes in bytes."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class _Found(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServiceCondition(_Found):
    """One service of ECS; `there` is false where the stack lacks it. `tag` is the image's, null where nobody knows it.
    `deployment` is the state of the last one (Amazon ECS API Reference, "ServiceDeployment"), `reason` what ECS says
    about it."""

    name: str
    there: bool
    desired: int
    running: int
    pending: int
    image: str | None
    tag: str | None
    deployment: str | None
    reason: str | None


class StoppedTask(_Found):
    """A task that ended within the last hour; ECS forgets it then. `of` is its service, or the migration. `code` is
    ECS's stop code, `exit_code` that of the first container that did not end with 0."""

    of: str
    at: datetime | None
    code: str | None
    reason: str
    exit_code: int | None


class DatabaseCopyCondition(_Found):
    """The database's backups in another region; `latest` is the last moment that they reach, null where there are
    none."""

    region: str
    latest: datetime | None


class DatabaseCondition(_Found):
    """The RDS instance; `there` is false where RDS has none of its name. `waiting` is what the next maintenance window
    or the next reboot brings. `free` is null where nothing was measured, `copy_elsewhere` where none is
    wanted."""

    there: bool = True
    status: str
    version: str
    multi_az: bool
    zone: str | None
    standby_zone: str | None
    storage: int
    free: int | None
    latest_restorable: datetime | None
    copy_elsewhere: DatabaseCopyCondition | None
    waiting: tuple[str, ...]


class NodeCondition(_Found):
    """A node of the cache; `role` is primary or replica, `lag` the seconds that a replica is behind."""

    name: str
    role: str | None
    zone: str | None
    lag: float | None


class CacheCondition(_Found):
    """The replication group. `failover` says whether a replica takes over by itself."""

    status: str
    failover: bool
    nodes: tuple[NodeCondition, ...]
    waiting: tuple[str, ...]


class SearchCondition(_Found):
    """The OpenSearch domain. `health` is green, yellow or red, null where nothing was measured; `processing` while it
    is being changed."""

    name: str
    health: str | None
    processing: bool
    waiting: tuple[str, ...]


class TargetsCondition(_Found):
    """The tasks of a service as the load balancer sees them; `coming` are new or leaving. `reasons` are why others are
    not healthy."""

    service: str
    healthy: int
    unhealthy: int
    coming: int
    reasons: tuple[str, ...]


class AlarmCondition(_Found):
    """An alarm that rings. `severity` is page, ticket or info; `runbook` is an address."""

    name: str
    severity: str
    region: str
    since: datetime
    why: str
    runbook: str | None


class BackupCondition(_Found):
    """One store. `last` is when its last whole backup was complete; `continuous` the state of its continuous one, null
    where there is none; `failure` why the last job failed, where it did."""

    store: str
    last: datetime | None
    continuous: str | None
    failure: str | None


class CertificateCondition(_Found):
    """A certificate that users see, and when it ends; `status` is that of ACM."""

    place: str
    names: tuple[str, ...]
    status: str
    ends: datetime | None


class ReplicationCondition(_Found):
    """A bucket that is copied to another region: seconds behind, and objects that S3 gave up in the last day. Null is
    nothing measured, as where nothing had to be copied."""

    store: str
    seconds: float | None
    failed: int | None


class Condition(_Found):
    """The stack at the time `at`. `problems` says what is wrong, worst first; none of them: healthy. What could not be
    asked is null or empty, and `unanswered` says why."""

    stack: str
    at: datetime
    release: str
    problems: tuple[str, ...]
    services: tuple[ServiceCondition, ...]
    stopped: tuple[StoppedTask, ...]
    database: DatabaseCondition | None
    cache: CacheCondition | None
    search: SearchCondition | None
    targets: tuple[TargetsCondition, ...]
    alarms: tuple[AlarmCondition, ...]
    backups: tuple[BackupCondition, ...]
    certificates: tuple[CertificateCondition, ...]
    replication: tuple[ReplicationCondition, ...]
    unfinished: tuple[str, ...]
    unanswered: tuple[str, ...]
