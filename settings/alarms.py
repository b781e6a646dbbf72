"""`dify:alarms`: when somebody is woken, and who."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from settings.facts import facts_of
from settings.mistake import Mistake
from settings.section import Section

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")


def _require_address(email: str) -> str:
    if _ADDRESS.fullmatch(email) is None:
        raise Mistake("must be an e-mail address", "write it like ops@example.com")
    return email


_Percent = Annotated[int, Field(ge=1, le=99)]


class Alarms(Section):
    """Thresholds of the alarms; the defaults are the production guide's."""

    emails: tuple[Annotated[str, AfterValidator(_require_address)], ...] = Field(
        default=(),
        description="Addresses that every alarm is sent to, at least one in prod.",
        examples=[["ops@example.com"]],
    )
    cpu_percent: _Percent = Field(default=80, description="CPU use in percent above which it alarms.", examples=[80])
    memory_percent: _Percent = Field(
        default=85, description="Memory use in percent above which it alarms.", examples=[85]
    )
    disk_percent: _Percent = Field(default=90, description="Disk use in percent above which it alarms.", examples=[90])
    error_percent: _Percent = Field(
        default=5, description="Share of failed requests in percent above which it alarms.", examples=[5]
    )
    response_seconds: int = Field(
        default=5, ge=1, le=60, description="Response time in seconds above which it alarms.", examples=[5]
    )

    @field_validator("emails")
    @classmethod
    def _require_reader(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if facts_of(info).is_production and not value:
            raise Mistake("prod needs somebody who reads the alarms", "add an address, for example [ops@example.com]")
        if len(set(value)) < len(value):
            raise Mistake("each address may appear once", "remove the second one")
        return value
