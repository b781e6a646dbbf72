"""`dify:business`: what is counted of what people do with Dify, and how long it is kept."""

import re

from pydantic import Field, field_validator

from settings.mistake import Mistake
from settings.section import Section

_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST_CURRENCIES = 5


class Business(Section):
    """Figures of use every five minutes and a record of each day, counted in Dify's own database."""

    enabled: bool = Field(
        default=True, description="Whether use is counted at all; without it no alarm knows of it.", examples=[True]
    )
    apps: int = Field(
        default=10,
        ge=1,
        le=50,
        description="How many of the most used apps have figures of their own; all others have one together. Each "
        "figure is a metric that CloudWatch bills.",
        examples=[10],
    )
    models: int = Field(
        default=10,
        ge=1,
        le=50,
        description="How many of the most used models have figures of their own; all others have one together.",
        examples=[10],
    )
    loud_factor: int = Field(
        default=10,
        ge=2,
        le=1000,
        description="How many times the tokens of its usual hour one user asks for when it alarms.",
        examples=[10],
    )
    currencies: tuple[str, ...] = Field(
        default=("USD",),
        description="Currencies that your models are priced in, as ISO 4217 writes them; each has an alarm of its own.",
        examples=[["USD"]],
    )
    history_days: int = Field(
        default=1096,
        ge=30,
        le=3653,
        description="Days that the record of a day is kept, also after Dify has removed what it was counted from.",
        examples=[1096],
    )

    @field_validator("currencies")
    @classmethod
    def _require_currencies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_CURRENCY.fullmatch(one) for one in value):
            raise Mistake("must be codes of three capital letters", "write them like [USD]")
        if len(set(value)) < len(value):
            raise Mistake("each currency may appear once", "remove the second one")
        if not 1 <= len(value) <= _MOST_CURRENCIES:
            raise Mistake(f"must be 1 to {_MOST_CURRENCIES} currencies", "write them like [USD]")
        return value
