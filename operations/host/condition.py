"""What `status` finds, as data: the form of `status --json`."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class _Found(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PartCondition(_Found):
    """One container. `memory` and `memory_limit` in bytes (limit 0: none), `cpu` in CPUs; both null where it does not
    run."""

    name: str
    state: str
    health: str | None
    release: str | None
    started: datetime | None
    restarts: int
    memory: int | None
    memory_limit: int
    cpu: float | None


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


class Condition(_Found):
    """The stack at the time `at`. `problems` says what is wrong, worst first; none of them: healthy."""

    stack: str
    at: datetime
    problems: tuple[str, ...]
    parts: tuple[PartCondition, ...]
    database: DatabaseCondition | None
    backups: BackupCondition | None
    volumes: tuple[VolumeCondition, ...]
    disk: DiskCondition | None
    certificate: CertificateCondition | None
    unfinished: tuple[str, ...]
