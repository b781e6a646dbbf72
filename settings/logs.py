"""`dify:logs`: how long CloudWatch keeps what the services write."""

from pydantic import Field, ValidationInfo, field_validator

from settings.facts import require_floor
from settings.mistake import Mistake
from settings.section import Section

RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The only values that CloudWatch Logs takes (API reference, PutRetentionPolicy)."""

_FLOOR = 30


class Logs(Section):
    """The log groups."""

    retention_days: int = Field(
        default=365,
        description="Days that log events are kept: a value of CloudWatch Logs, at least 365 in prod and 30 elsewhere.",
        examples=[365],
    )

    @field_validator("retention_days")
    @classmethod
    def _require_retention(cls, value: int, info: ValidationInfo) -> int:
        if value not in RETENTION_DAYS:
            nearest = min((days for days in RETENTION_DAYS if days >= _FLOOR), key=lambda days: abs(days - value))
            raise Mistake("must be a retention that CloudWatch Logs offers", f"set {nearest}")
        if value < _FLOOR:
            raise Mistake(f"must be at least {_FLOOR} days", f"set {_FLOOR} or more")
        return require_floor(value, 365, info, "days of logs")
