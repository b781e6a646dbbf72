"""`dify:mail`: who Dify's invitations and notices come from."""

from pydantic import Field, field_validator

from settings.host.paths import HostFile
from settings.mail import Port, Sender, is_host
from settings.mistake import Mistake
from settings.section import Section


class HostMail(Section):
    """A mail server, and its login in a file that only the host reads."""

    sender: Sender
    server: str = Field(description="Mail server.", examples=["smtp.example.com"])
    port: Port = 587
    login_file: HostFile = Field(
        description="JSON file on the host with username and password of the mail server.",
        examples=["/etc/dify/mail-login.json"],
    )

    @field_validator("server")
    @classmethod
    def _require_host(cls, value: str) -> str:
        if not is_host(value):
            raise Mistake("must be a host name", "write it like smtp.example.com")
        return value
