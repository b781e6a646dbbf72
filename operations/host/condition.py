"""What `status` finds, as data: the form of `status --json`."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from operations.output import one_line


class _Found(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PartCondition(_Found):
    """One container. `memory` and `memory_limit` in bytes (limit 0: none), `cpu` in CPUs over one second, `received`
    and `sent` in bytes since it was started; all but the limit null where it does not run."""

    name: str
    state: str
    health: str | None
    release: str | None
    started: datetime | None
    restarts: int
    memory: int | None
    memory_limit: int
    cpu: float | None
    received: int | None
    sent: int | None


class SlotCondition(_Found):
    """A replication slot and the bytes of write-ahead log that are kept for its reader."""

    name: str
    active: bool
    wal_status: str | None
    bytes: int


class DatabaseCondition(_Found):
    """Who is primary. Lag in bytes and seconds; null where nothing streams."""

    primary: str | None
    standby: str | None
    streaming: bool
    lag_bytes: int | None
    lag_seconds: float | None
    slots: tuple[SlotCondition, ...]


class BackupCondition(_Found):
    """When the last of each was taken, `full` a whole one of the database, `wal` when the log was received last, and
    why the last attempt failed, by kind, where it did."""

    full: datetime | None
    files: datetime | None
    wal: datetime | None
    failures: dict[str, str]


class VolumeCondition(_Found):
    """A volume and the bytes in it."""

    name: str
    bytes: int


class DiskCondition(_Found):
    """The disk that the backups are on: bytes in all and free."""

    bytes: int
    free: int


class CertificateCondition(_Found):
    """Whom the served certificate names and when it ends."""

    names: tuple[str, ...]
    ends: datetime


class MachineCondition(_Found):
    """The host itself, with all that runs on it: how many processes want a CPU or wait for a disk on average over 1, 5
    and 15 minutes (`load`), and bytes of memory, in all and without what only caches files."""

    cpus: int
    load: tuple[float, float, float]
    memory: int
    memory_available: int


class ServiceTraffic(_Found):
    """What was asked of a service: how often it was answered at all (`answers`) and after how many seconds the answer
    began, by percentiles, null without any; `failed` ended in a server error."""

    service: str
    requests: int
    failed: int
    answers: int
    median: float | None
    p95: float | None
    p99: float | None


class TrafficCondition(_Found):
    """The requests since the time `since`, as nginx' log has them, no more than the newest 50,000. `refused` are those
    that nginx passed on to no service, and not among `requests`."""

    since: datetime
    requests: int
    failed: int
    refused: int
    services: tuple[ServiceTraffic, ...]


class Problem(_Found):
    """What is wrong. `key` is the same at every look while it lasts, `text` has its figures, on one line though some of
    it is what programs said. An `outage` hurts users now. `remedy` is what to do."""

    key: str
    text: Annotated[str, AfterValidator(one_line)]
    remedy: str
    outage: bool = False


class Condition(_Found):
    """The stack at the time `at`. `problems` says what is wrong, worst first; none of them: healthy. What cannot be
    read is null."""

    stack: str
    at: datetime
    problems: tuple[Problem, ...]
    parts: tuple[PartCondition, ...]
    database: DatabaseCondition | None
    backups: BackupCondition | None
    volumes: tuple[VolumeCondition, ...]
    disk: DiskCondition | None
    certificate: CertificateCondition | None
    unfinished: tuple[str, ...]
    machine: MachineCondition | None
    traffic: TrafficCondition | None
