"""`dify:database`, `dify:cache` and `dify:backups`: what keeps data on the host."""

import re

from pydantic import Field, ValidationInfo, field_validator

from settings.facts import require_floor
from settings.host.services import ContainerSize, Cpus, MemoryMib
from settings.mistake import Mistake
from settings.postgresql import Parameters
from settings.regions import REGIONS
from settings.section import Section

_BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"(?:[A-Za-z0-9_.-]+/)*[A-Za-z0-9_.-]+")


class HostDatabase(ContainerSize):
    """PostgreSQL: a primary and a standby of one size. What they do with their memory follows from it
    (dify/postgresql.py)."""

    cpus: Cpus = 1.5
    memory_mib: MemoryMib = 3072
    pool_size: int = Field(
        default=10, ge=1, le=200, description="Connections that each process keeps open (SQLAlchemy).", examples=[10]
    )
    max_overflow: int = Field(
        default=10, ge=0, le=200, description="Connections beyond poolSize that a process may open.", examples=[10]
    )
    parameters: Parameters = Field(
        default_factory=Parameters, description="What PostgreSQL does with its memory and its disk."
    )
    synchronous: bool = Field(
        default=False,
        description="Whether a commit waits for the standby; then nothing is written while there is none.",
        examples=[False],
    )


class HostCache(ContainerSize):
    """Redis. Its data takes three quarters of the memory; the rest is for rewriting its log and for clients."""

    cpus: Cpus = 0.5
    memory_mib: MemoryMib = 1024


class BackupCopy(Section):
    """A second place for backups: they are of little use on the host that burns."""

    bucket: str = Field(description="S3 bucket that backups are copied to.", examples=["example-dify-backups"])
    region: str = Field(description="Its region.", examples=["eu-central-1"])
    prefix: str = Field(default="dify", description="What the keys of copies begin with.", examples=["dify"])

    @field_validator("bucket")
    @classmethod
    def _require_bucket(cls, value: str) -> str:
        if _BUCKET.fullmatch(value) is None:
            raise Mistake("must be the name of an S3 bucket", "write it like example-dify-backups")
        return value

    @field_validator("region")
    @classmethod
    def _require_region(cls, value: str) -> str:
        if value not in REGIONS:
            raise Mistake("must be an AWS region", "write it like eu-central-1")
        return value

    @field_validator("prefix")
    @classmethod
    def _require_prefix(cls, value: str) -> str:
        if _PREFIX.fullmatch(value) is None:
            raise Mistake("must be parts of letters, digits, _ . - joined by /", "write it like dify")
        return value


class Backups(ContainerSize):
    """Full backups each day, the database's log all the time, files each hour."""

    cpus: Cpus = 0.5
    memory_mib: MemoryMib = 512
    retention_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="Days that backups and their copies are kept, at least 30 in prod.",
        examples=[30],
    )
    hour: int = Field(default=2, ge=0, le=23, description="Hour of the full backup, UTC.", examples=[2])
    copy_to: BackupCopy | None = Field(default=None, description="A bucket that `operations` copies backups to.")

    @field_validator("retention_days")
    @classmethod
    def _require_retention(cls, value: int, info: ValidationInfo) -> int:
        return require_floor(value, 30, info, "days of backups")
