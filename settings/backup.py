"""`dify:backup`: AWS Backup's plan and the lock of its vault."""

from enum import StrEnum

from pydantic import Field, ValidationInfo, field_validator

from settings.environment import Lifecycle
from settings.facts import facts_of, require_floor
from settings.mistake import Mistake
from settings.section import Section


class Lock(StrEnum):
    """Who may delete a recovery point early.

    COMPLIANCE: nobody, not even the root user, once the grace days are over. GOVERNANCE: only who holds the
    permission to remove the lock. OFF: whoever may delete.
    """

    COMPLIANCE = "compliance"
    GOVERNANCE = "governance"
    OFF = "off"


class RestoreTests(Section):
    """Restores that AWS Backup tries by itself, to say that a backup can be restored before somebody has to."""

    every_days: int = Field(
        default=6,
        ge=0,
        le=6,
        description="Days between two tests at most, 0 for none. An alarm looks back seven days at most, and must see "
        "that one was missed.",
        examples=[6],
    )
    keep_hours: int = Field(
        default=1,
        ge=1,
        le=24,
        description="Hours that what was restored can be looked at; then AWS Backup deletes it.",
        examples=[1],
    )

    @field_validator("every_days")
    @classmethod
    def _require_tests(cls, value: int, info: ValidationInfo) -> int:
        if facts_of(info).is_production and value == 0:
            raise Mistake("prod must know that its backups can be restored", "set 1 to 6")
        return value


class Backup(Section):
    """Retention and lock of the recovery points, and how often a restore is tried."""

    daily_retention_days: int = Field(
        default=35,
        ge=1,
        le=3650,
        description="Days that daily backups are kept, of vectors too; at least 30 in prod.",
        examples=[35],
    )
    hourly_retention_days: int = Field(
        default=30,
        ge=1,
        le=35,
        description="Days that continuous backups and hourly snapshots of vectors reach back; AWS Backup allows at "
        "most 35.",
        examples=[30],
    )
    lock: Lock = Field(default=Lock.COMPLIANCE, description="Vault lock; never off in prod.", examples=["compliance"])
    lock_grace_days: int = Field(
        default=3,
        ge=3,
        le=36500,
        description="Days until a compliance lock becomes final; AWS Backup demands at least 3.",
        examples=[3],
    )
    restore_tests: RestoreTests = Field(
        default_factory=RestoreTests, description="Restores that AWS Backup tries by itself."
    )

    @field_validator("daily_retention_days")
    @classmethod
    def _require_retention(cls, value: int, info: ValidationInfo) -> int:
        return require_floor(value, 30, info, "days of daily backups")

    @field_validator("lock")
    @classmethod
    def _require_lock(cls, value: Lock, info: ValidationInfo) -> Lock:
        facts = facts_of(info)
        if facts.is_production and value is Lock.OFF:
            raise Mistake("prod needs backups that an intruder cannot delete", "set compliance or governance")
        if facts.lifecycle is Lifecycle.DISPOSABLE and value is Lock.COMPLIANCE:
            raise Mistake("a disposable stack with a compliance lock could never be destroyed", "set off or governance")
        return value
