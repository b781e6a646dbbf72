"""`dify:cache`: Amazon ElastiCache for Valkey, cluster mode off."""

from pydantic import Field, ValidationInfo, field_validator

from settings.environment import Environment
from settings.facts import facts_of
from settings.instance_types import BURSTABLE, CACHE, require_instance_type
from settings.mistake import Mistake
from settings.section import Section
from settings.windows import require_daily, require_weekly

_VERSIONS = ("7.2", "8.0", "8.1", "8.2")
"""Valkey versions (Amazon ElastiCache user guide, "Supported engines and versions")."""

_LEAST_MINUTES = 60


class Cache(Section):
    """The replication group: a primary and its replicas."""

    node_type: str = Field(
        default="cache.m7g.large",
        description="ElastiCache node type; not burstable in prod.",
        examples=["cache.m7g.large"],
    )
    nodes: int = Field(
        default=2,
        ge=1,
        le=6,
        description="Primary and replicas, 1 to 6; at least 2 in prod and staging, or failover has no target.",
        examples=[2],
    )
    engine_version: str = Field(default="8.0", description="Valkey version.", examples=["8.0"])
    snapshot_retention_days: int = Field(
        default=30,
        ge=0,
        le=35,
        description="Days that daily snapshots are kept, 0 for none, at most 35.",
        examples=[30],
    )
    snapshot_window: str = Field(
        default="01:00-02:00",
        description="Daily snapshot window in UTC, an hour or longer, apart from maintenanceWindow.",
        examples=["01:00-02:00"],
    )
    maintenance_window: str = Field(
        default="sun:04:30-sun:05:30",
        description="Weekly maintenance window in UTC, an hour or longer, apart from the database's.",
        examples=["sun:04:30-sun:05:30"],
    )

    @field_validator("node_type")
    @classmethod
    def _require_node_type(cls, value: str, info: ValidationInfo) -> str:
        return require_instance_type(value, "cache", CACHE, BURSTABLE if facts_of(info).is_production else ())

    @field_validator("nodes")
    @classmethod
    def _require_replica(cls, value: int, info: ValidationInfo) -> int:
        environment = facts_of(info).environment
        if environment in {Environment.PROD, Environment.STAGING} and value < 2:
            raise Mistake(f"{environment} needs a replica to fail over to", "set 2 or more")
        return value

    @field_validator("engine_version")
    @classmethod
    def _require_supported_version(cls, value: str) -> str:
        if value not in _VERSIONS:
            raise Mistake("must be a Valkey version of ElastiCache", f"set one of {', '.join(_VERSIONS)}")
        return value

    @field_validator("snapshot_window")
    @classmethod
    def _require_snapshot_window(cls, value: str) -> str:
        require_daily(value, _LEAST_MINUTES)
        return value

    @field_validator("maintenance_window")
    @classmethod
    def _require_window(cls, value: str, info: ValidationInfo) -> str:
        window = require_weekly(value, _LEAST_MINUTES)
        snapshot: str | None = info.data.get("snapshot_window")
        if snapshot is not None and window.overlaps(require_daily(snapshot, _LEAST_MINUTES)):
            raise Mistake(f"must not overlap snapshotWindow {snapshot}", "move one of the two")
        database = facts_of(info).database_maintenance
        if database is not None and window.overlaps(database):
            raise Mistake("must not overlap the database's maintenanceWindow", "move one of the two")
        return value
