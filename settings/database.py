"""`dify:database`: Amazon RDS for PostgreSQL."""

import re

from pydantic import Field, ValidationInfo, field_validator

from settings.facts import facts_of, require_floor
from settings.instance_types import BURSTABLE, DATABASE, require_instance_type
from settings.mistake import Mistake
from settings.postgresql import Parameters
from settings.section import Section
from settings.windows import require_weekly

_VERSION = re.compile(r"(15|16|17)\.[0-9]{1,2}")
"""Dify runs on PostgreSQL 15 and later; RDS carries pgvector for each of these majors."""


class Database(Section):
    """The PostgreSQL instance and the pools that Dify opens on it."""

    instance_class: str = Field(
        default="db.m7g.xlarge", description="RDS instance class; not burstable in prod.", examples=["db.m7g.xlarge"]
    )
    engine_version: str = Field(
        default="16.9", description="PostgreSQL version, major 15 to 17 with its minor.", examples=["16.9"]
    )
    allocated_storage_gib: int = Field(
        default=100, ge=20, le=65536, description="First size of the gp3 volume in GiB, 20 to 65536.", examples=[100]
    )
    max_storage_gib: int = Field(
        default=1000,
        ge=20,
        le=65536,
        description="Size in GiB up to which storage grows by itself, at least 10 % above allocatedStorageGib.",
        examples=[1000],
    )
    multi_az: bool = Field(default=True, description="A standby in another zone; always in prod.", examples=[True])
    backup_retention_days: int = Field(
        default=30,
        ge=1,
        le=35,
        description="Days of point-in-time recovery, at least 30 in prod; RDS keeps at most 35.",
        examples=[30],
    )
    maintenance_window: str = Field(
        default="sun:03:00-sun:04:00",
        description="Weekly maintenance window in UTC, 30 minutes or longer.",
        examples=["sun:03:00-sun:04:00"],
    )
    pool_size: int = Field(
        default=10, ge=1, le=200, description="Connections that each process keeps open (SQLAlchemy).", examples=[10]
    )
    max_overflow: int = Field(
        default=10, ge=0, le=200, description="Connections beyond poolSize that a process may open.", examples=[10]
    )
    parameters: Parameters = Field(
        default_factory=Parameters, description="What PostgreSQL does with its memory and its disk."
    )
    proxy: bool = Field(
        default=False,
        description="RDS Proxy before the database: it shares connections between tasks and hides a failover.",
        examples=[True],
    )

    @field_validator("instance_class")
    @classmethod
    def _require_instance_class(cls, value: str, info: ValidationInfo) -> str:
        return require_instance_type(value, "db", DATABASE, BURSTABLE if facts_of(info).is_production else ())

    @field_validator("engine_version")
    @classmethod
    def _require_supported_version(cls, value: str) -> str:
        if _VERSION.fullmatch(value) is None:
            raise Mistake("must be a PostgreSQL version with major 15, 16 or 17 and a minor", 'write it like "16.9"')
        return value

    @field_validator("max_storage_gib")
    @classmethod
    def _require_growth(cls, value: int, info: ValidationInfo) -> int:
        allocated: int | None = info.data.get("allocated_storage_gib")
        if allocated is None:
            return value
        least = -(-allocated * 11 // 10)
        if value < least:
            raise Mistake(f"must be at least 10 % above allocatedStorageGib {allocated}", f"set {least} or more")
        return value

    @field_validator("multi_az")
    @classmethod
    def _require_standby(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001  pydantic calls it
        if facts_of(info).is_production and not value:
            raise Mistake("prod needs a standby in another zone", "set true")
        return value

    @field_validator("backup_retention_days")
    @classmethod
    def _require_retention(cls, value: int, info: ValidationInfo) -> int:
        return require_floor(value, 30, info, "days of backups")

    @field_validator("maintenance_window")
    @classmethod
    def _require_window(cls, value: str) -> str:
        require_weekly(value, 30)
        return value
