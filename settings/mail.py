"""`dify:mail`: who Dify's invitations and notices come from."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from settings.facts import facts_of
from settings.mistake import Mistake
from settings.section import Section

_ADDRESS = re.compile(r"[^@\s<>]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}")
_SECRET = re.compile(
    r"arn:aws:secretsmanager:(?P<region>[a-z0-9-]+):[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}"
)
_PORTS = (465, 587, 2465, 2587)
"""Ports of Amazon SES that Dify can use: TLS first on 465 and 2465, STARTTLS on the others (Amazon SES developer guide,
"Connecting to an Amazon SES SMTP endpoint")."""


def require_secret(value: str, region: str | None) -> str:
    """`value` if it is the ARN of a secret in the stack's region."""
    match = _SECRET.fullmatch(value)
    if match is None:
        raise Mistake(
            "must be the full ARN of a Secrets Manager secret",
            f"write it like arn:aws:secretsmanager:{region or 'REGION'}:ACCOUNT:secret:NAME-AbCdEf",
            hides=True,
        )
    if region is not None and match["region"] != region:
        raise Mistake(f"must be in the stack's region {region}", f"keep the login in a secret of {region}")
    return value


def _require_address(value: str) -> str:
    if _ADDRESS.fullmatch(value) is None:
        raise Mistake("must be a mail address", "write it like dify@example.com")
    return value


def _require_tls_port(value: int) -> int:
    if value not in _PORTS:
        raise Mistake("must be a port with TLS", f"set one of {', '.join(map(str, _PORTS))}")
    return value


Sender = Annotated[
    str,
    AfterValidator(_require_address),
    Field(description="Address that mail comes from.", examples=["dify@example.com"]),
]
Port = Annotated[int, AfterValidator(_require_tls_port), Field(description="Port of the mail server.", examples=[587])]


def is_host(name: str) -> bool:
    """Whether `name` is a full host name in lower case."""
    return _HOST.fullmatch(name) is not None


class Mail(Section):
    """A mail server and its login. Amazon SES of the region, unless another server is named."""

    sender: Sender
    login: str = Field(
        description="ARN of your secret with the fields username and password of the mail server.",
        examples=["arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-mail-AbCdEf"],
    )
    server: str | None = Field(
        default=None,
        description="Mail server; Amazon SES of the stack's region by default.",
        examples=["smtp.example.com"],
    )
    port: Port = 587

    @field_validator("login")
    @classmethod
    def _require_login(cls, value: str, info: ValidationInfo) -> str:
        return require_secret(value, facts_of(info).region)

    @field_validator("server")
    @classmethod
    def _require_host(cls, value: str | None) -> str | None:
        if value is not None and not is_host(value):
            raise Mistake("must be a host name", "write it like smtp.example.com, or leave it out for Amazon SES")
        return value
