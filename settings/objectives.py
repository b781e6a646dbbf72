"""`dify:objectives`: what users are promised, and so how much may fail before somebody acts."""

from pydantic import Field, field_validator

from settings.mistake import Mistake
from settings.section import Section

_LEAST, _MOST = 95, 99.99
"""Below 93 % even a total outage burns the budget less than 14.4 times too fast, which is what wakes somebody
(components/alarm_tables/objectives.py); 95 leaves room. Above 99.99 % one failure of ten thousand is too many."""


class Objectives(Section):
    """Service level objectives. What they leave is the error budget, and alarms ring by how fast it burns."""

    availability_percent: float = Field(
        default=99.9, description="Share of requests that no server error ends, 95 to 99.99.", examples=[99.9]
    )
    latency_percent: float = Field(
        default=99.0, description="Share of the api's answers that begin in time, 95 to 99.99.", examples=[99]
    )
    latency_seconds: int = Field(
        default=5,
        ge=1,
        le=300,
        description="Seconds within which an answer begins; a blocking call of the service API waits for its model.",
        examples=[5],
    )
    days: int = Field(
        default=28, ge=7, le=90, description="Days over which an objective is kept, 7 to 90.", examples=[28]
    )

    @field_validator("availability_percent", "latency_percent")
    @classmethod
    def _require_budget(cls, value: float) -> float:
        if value > _MOST:
            raise Mistake("it leaves no error budget, and something always fails", f"set {_MOST} or less")
        if value < _LEAST:
            raise Mistake(f"must be at least {_LEAST}, or an outage would wake nobody", f"set {_LEAST} or more")
        return value
