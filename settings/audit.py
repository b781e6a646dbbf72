"""`dify:audit`: the trail of what is done in the account, and how long nobody can delete it."""

from pydantic import Field, ValidationInfo, field_validator

from settings.backup import Lock
from settings.environment import Lifecycle
from settings.facts import facts_of, require_floor
from settings.mistake import Mistake
from settings.section import Section


class Audit(Section):
    """The records of an auditor: CloudTrail, flow logs and the logs of the edge."""

    trail: bool = Field(
        default=True,
        description="Whether CloudTrail records this account; false where a trail of the organisation does. Without it "
        "this stack has no alarms on what people do in the account.",
        examples=[True],
    )
    insights: bool = Field(
        default=True,
        description="Whether CloudTrail looks for unusual rates of calls and errors; billed per call that it looks at.",
        examples=[True],
    )
    lock: Lock = Field(
        default=Lock.COMPLIANCE, description="Object lock of the records; never off in prod.", examples=["compliance"]
    )
    lock_days: int = Field(
        default=365,
        ge=1,
        le=3650,
        description="Days that a record is locked, at least 365 in prod.",
        examples=[365],
    )
    expire_after_days: int = Field(
        default=400, ge=2, le=3653, description="Days that a record is kept; more than lockDays.", examples=[400]
    )

    @field_validator("lock")
    @classmethod
    def _require_lock(cls, value: Lock, info: ValidationInfo) -> Lock:
        facts = facts_of(info)
        if facts.is_production and value is Lock.OFF:
            raise Mistake("prod needs records that an intruder cannot delete", "set compliance or governance")
        if facts.lifecycle is Lifecycle.DISPOSABLE and value is Lock.COMPLIANCE:
            raise Mistake("a disposable stack with a compliance lock could never be destroyed", "set off or governance")
        return value

    @field_validator("lock_days")
    @classmethod
    def _require_year(cls, value: int, info: ValidationInfo) -> int:
        return require_floor(value, 365, info, "days of lock")

    @field_validator("expire_after_days")
    @classmethod
    def _require_end_after_lock(cls, value: int, info: ValidationInfo) -> int:
        locked = info.data.get("lock_days")
        if isinstance(locked, int) and value <= locked:
            raise Mistake(f"must be more than lockDays, which is {locked}", f"set {locked + 1} or more")
        return value
