"""`dify:alarms`: who is told what is wrong with a host."""

from pydantic import Field, ValidationInfo, field_validator

from settings.host.paths import HeldFile
from settings.mistake import Mistake
from settings.section import Section
from settings.subscription import EmailAddress


class HostAlarms(Section):
    """Whom `operations watch` tells. Addresses that are secrets are in files of the machine that it runs on."""

    email: tuple[EmailAddress, ...] = Field(
        default=(),
        description="Addresses that mail is sent to, by the server of dify:mail.",
        examples=[["ops@example.com"]],
    )
    webhook_file: HeldFile | None = Field(
        default=None,
        description="File with the https:// address that a message is posted to, such as a channel's; only its owner "
        "may read it.",
        examples=["/etc/dify/webhook"],
    )
    heartbeat_file: HeldFile | None = Field(
        default=None,
        description="File with the https:// address that is asked after each look that finds no outage; whoever "
        "listens there rings when it stays silent. Only its owner may read it.",
        examples=["/etc/dify/heartbeat"],
    )
    repeat_hours: int = Field(
        default=24, ge=1, le=720, description="Hours after which a problem that stays is told again.", examples=[24]
    )

    @property
    def reaches_somebody(self) -> bool:
        """Whether anybody hears of a fault."""
        return bool(self.email or self.webhook_file or self.heartbeat_file)

    @field_validator("email")
    @classmethod
    def _require_each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len({address.lower() for address in value}) < len(value):
            raise Mistake("each address may appear once", "remove the second one")
        return value

    @field_validator("heartbeat_file")
    @classmethod
    def _require_own_file(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and value == info.data.get("webhook_file"):
            raise Mistake("it is webhookFile, where people read", "name another file, with an address of its own")
        return value
