"""One entry of `dify:alarms` `subscriptions`: who hears of which alarms, and how."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from settings.facts import facts_of
from settings.mail import require_secret
from settings.mistake import Mistake
from settings.section import Section
from settings.severity import Severity

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
_ENDPOINT = re.compile(r"https://(?:[a-z0-9-]+\.)+[a-z]{2,63}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?")
_WORKSPACE = re.compile(r"T[A-Z0-9]{6,20}")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{6,20}")


def _require_email(value: str) -> str:
    if _EMAIL.fullmatch(value) is None:
        raise Mistake("must be an e-mail address", "write it like ops@example.com")
    return value


def _require_endpoint(value: str) -> str:
    if _ENDPOINT.fullmatch(value) is None:
        raise Mistake(
            "must be an HTTPS address of a public host, without login and query",
            "write it like https://alarms.example.com/dify, or use webhook for an address that holds a key",
            hides=True,
        )
    return value


EmailAddress = Annotated[str, AfterValidator(_require_email)]


class Slack(Section):
    """A channel of a Slack workspace that an administrator has connected to Amazon Q Developer in chat applications."""

    workspace: str = Field(description="Id of the workspace.", examples=["T0123456789"])
    channel: str = Field(description="Id of the channel.", examples=["C0123456789"])

    @field_validator("workspace")
    @classmethod
    def _require_workspace(cls, value: str) -> str:
        if _WORKSPACE.fullmatch(value) is None:
            raise Mistake("must be the id of a workspace, not its name", "write it like T0123456789")
        return value

    @field_validator("channel")
    @classmethod
    def _require_channel(cls, value: str) -> str:
        if _CHANNEL.fullmatch(value) is None:
            raise Mistake("must be the id of a channel, not its name", "write it like C0123456789")
        return value


class Subscription(Section):
    """Exactly one way to somebody, and what is sent there."""

    email: EmailAddress | None = Field(
        default=None, description="Address that AWS mails a request to confirm to.", examples=["ops@example.com"]
    )
    https: Annotated[str, AfterValidator(_require_endpoint)] | None = Field(
        default=None,
        description="Endpoint whose address is no secret; it confirms the subscription itself.",
        examples=["https://alarms.example.com/dify"],
    )
    webhook: str | None = Field(
        default=None,
        description="ARN of your secret with the field url, under Secrets Manager's own key, for an endpoint whose "
        "address holds a key, such as PagerDuty's or Opsgenie's.",
        examples=["arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-pager-AbCdEf"],
    )
    slack: Slack | None = Field(
        default=None,
        description="Channel of a workspace that is connected to Amazon Q Developer in chat applications.",
        examples=[{"workspace": "T0123456789", "channel": "C0123456789"}],
    )
    severities: tuple[Severity, ...] = Field(
        default=tuple(Severity),
        description="What is sent there: page wakes somebody, ticket waits for a working day, info is read when "
        "looking for a cause.",
        examples=[["page"]],
    )

    @property
    def target(self) -> object:
        """What tells two entries apart."""
        return self.email or self.https or self.webhook or self.slack

    @field_validator("webhook")
    @classmethod
    def _require_held_address(cls, value: str | None, info: ValidationInfo) -> str | None:
        return value if value is None else require_secret(value, facts_of(info).region)

    @field_validator("severities")
    @classmethod
    def _require_each_once(cls, value: tuple[Severity, ...]) -> tuple[Severity, ...]:
        if not value:
            raise Mistake("must name at least one severity", "remove it for all of them")
        if len(set(value)) < len(value):
            raise Mistake("each severity may appear once", "remove the second one")
        return value

    @model_validator(mode="after")
    def _require_one_way(self) -> "Subscription":
        given = [way for way in (self.email, self.https, self.webhook, self.slack) if way is not None]
        if len(given) != 1:
            raise Mistake(
                "must have exactly one of email, https, webhook, slack", "write one entry for each way to somebody"
            )
        return self
