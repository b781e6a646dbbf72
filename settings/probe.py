"""`dify:probe`: the synthetic check that asks Dify each minute what its users ask."""

from pydantic import Field, ValidationInfo, field_validator

from settings.facts import facts_of
from settings.mail import require_secret
from settings.mistake import Mistake
from settings.section import Section

_MINUTES = (1, 2, 5, 10, 15, 20, 30, 60)
"""Parts of an hour, so that the check comes at the same minutes of every hour."""


class Probe(Section):
    """Console, service API and web service are always checked. With a key to an app, a whole answer is as well."""

    login: str | None = Field(
        default=None,
        description="ARN of your secret with the field apiKey, of a chat app that answers shortly; "
        "under Secrets Manager's own key.",
        examples=["arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-probe-AbCdEf"],
    )
    stream_minutes: int = Field(
        default=5,
        description="Minutes between two questions to that app, a part of an hour: each costs an answer of its model.",
        examples=[5],
    )

    @field_validator("login")
    @classmethod
    def _require_login(cls, value: str | None, info: ValidationInfo) -> str | None:
        return value if value is None else require_secret(value, facts_of(info).region)

    @field_validator("stream_minutes")
    @classmethod
    def _require_part_of_hour(cls, value: int) -> int:
        if value not in _MINUTES:
            raise Mistake(f"must be one of {', '.join(map(str, _MINUTES))}", "set one of them")
        return value
