"""`dify:alarms`: when somebody is woken, and who."""

import re
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from settings.facts import facts_of
from settings.mistake import Mistake
from settings.section import Section
from settings.severity import Severity
from settings.subscription import Subscription

_FOLDER = re.compile(r"https://(?:[a-z0-9-]+\.)+[a-z]{2,63}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~@-]+)*")

IN_REPOSITORY = "docs/runbooks"
"""Where the runbooks are: enough for whoever has the repository before them."""

_Percent = Annotated[int, Field(ge=1, le=99)]


class Alarms(Section):
    """Thresholds of the alarms; the defaults are the production guide's."""

    subscriptions: tuple[Subscription, ...] = Field(
        default=(),
        description="Who is told. In prod each of page, ticket and info reaches somebody.",
        examples=[[{"email": "ops@example.com"}]],
    )
    runbooks: str = Field(
        default=IN_REPOSITORY,
        description="Address of the folder docs/runbooks, which every alarm links into; required in prod.",
        examples=["https://github.com/example/dify-infrastructure/blob/main/docs/runbooks"],
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

    @field_validator("subscriptions")
    @classmethod
    def _require_readers(cls, value: tuple[Subscription, ...], info: ValidationInfo) -> tuple[Subscription, ...]:
        targets = [one.target for one in value]
        if len(set(targets)) < len(targets):
            raise Mistake("each way to somebody may appear once", "name all its severities in one entry")
        unread = [severity.value for severity in Severity if not any(severity in one.severities for one in value)]
        if facts_of(info).is_production and unread:
            raise Mistake(
                f"prod needs somebody who reads {', '.join(unread)}",
                f"add an entry such as {{email: ops@example.com, severities: [{', '.join(unread)}]}}",
            )
        return value

    @field_validator("runbooks")
    @classmethod
    def _require_folder(cls, value: str, info: ValidationInfo) -> str:
        if value == IN_REPOSITORY and not facts_of(info).is_production:
            return value
        if _FOLDER.fullmatch(value) is None:
            raise Mistake(
                "must be an HTTPS address of a folder, without query and last slash",
                "write it like https://github.com/OWNER/REPOSITORY/blob/main/docs/runbooks",
            )
        return value
