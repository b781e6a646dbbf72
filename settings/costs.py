"""`dify:costs`: what the stack may cost in a month, and which jump of its costs is news."""

from pydantic import Field, field_validator

from settings.mistake import Mistake
from settings.section import Section


class Costs(Section):
    """Both in US dollars, in which AWS bills; without either nobody is told of costs."""

    monthly_budget: int | None = Field(
        default=None,
        description="US dollars a month: told of at 80 % spent, and when the month is about to end above it.",
        examples=[6000],
    )
    unusual_dollars: int | None = Field(
        default=None,
        description="US dollars above what the stack usually costs from which on it is told of; only in an account "
        "that pays its own bill, for no other may watch a tag.",
        examples=[100],
    )

    @field_validator("monthly_budget", "unusual_dollars")
    @classmethod
    def _require_dollars(cls, value: int | None) -> int | None:
        if value is not None and value < 1:
            raise Mistake("must be at least 1 US dollar", "set whole dollars, or remove it")
        return value
