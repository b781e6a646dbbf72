"""`dify:signIn`: whom people prove to be at the load balancer before they see the console (OpenID Connect)."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from settings.facts import facts_of
from settings.mail import require_secret
from settings.mistake import Mistake
from settings.section import Section

_ENDPOINT = re.compile(r"https://(?:[a-z0-9-]+\.)+[a-z]{2,63}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?")
_CLIENT = re.compile(r"[A-Za-z0-9._~:/@+-]{1,255}")
_VERSION = re.compile(r"[A-Za-z0-9-]{32,64}")
_SCOPE = re.compile(r"[A-Za-z0-9._~:/+-]+(?: [A-Za-z0-9._~:/+-]+)*")


class PublishedApps(StrEnum):
    """OPEN shows a published app to whoever has its address; SIGNED_IN asks its readers to sign in as well."""

    OPEN = "open"
    SIGNED_IN = "signed-in"


def _require_endpoint(value: str) -> str:
    if value.startswith("http://"):
        raise Mistake("must be HTTPS, or sign-in can be read and forged on its way", f"write https://{value[7:]}")
    if _ENDPOINT.fullmatch(value) is None:
        raise Mistake(
            "must be an HTTPS address of a public host, without query", "write it like https://id.example.com"
        )
    return value


Endpoint = Annotated[str, AfterValidator(_require_endpoint)]


class SignIn(Section):
    """An identity provider. Its addresses are in its discovery document, <issuer>/.well-known/openid-configuration."""

    issuer: Endpoint = Field(
        description="Issuer, as the identity provider writes it in its tokens.",
        examples=["https://id.example.com"],
    )
    authorization_endpoint: Endpoint = Field(
        description="Address that browsers are sent to.", examples=["https://id.example.com/oauth2/authorize"]
    )
    token_endpoint: Endpoint = Field(
        description="Address at which the load balancer asks for tokens.",
        examples=["https://id.example.com/oauth2/token"],
    )
    user_info_endpoint: Endpoint = Field(
        description="Address at which the load balancer asks who it is.",
        examples=["https://id.example.com/oauth2/userinfo"],
    )
    client_id: str = Field(description="Id of the client at the identity provider.", examples=["dify-prod"])
    login: str = Field(
        description="ARN of your secret with the field clientSecret, under Secrets Manager's own key.",
        examples=["arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-sign-in-AbCdEf"],
    )
    login_version: str | None = Field(
        default=None,
        description="Version id of that secret; a new client secret is taken once its version is named here.",
        examples=["11111111-2222-3333-4444-555555555555"],
    )
    scope: str = Field(
        default="openid email", description="What to ask the identity provider for.", examples=["openid email"]
    )
    session_seconds: int = Field(
        default=36_000,
        ge=1,
        le=604_800,
        description="Seconds until people must sign in again, a working day by default, a week at most.",
        examples=[28_800],
    )
    published_apps: PublishedApps = Field(
        default=PublishedApps.OPEN,
        description="open shows published apps to whoever has their address; signed-in asks their readers too.",
        examples=["signed-in"],
    )

    @property
    def published_open(self) -> bool:
        return self.published_apps is PublishedApps.OPEN

    @field_validator("issuer")
    @classmethod
    def _require_internet(cls, value: str, info: ValidationInfo) -> str:
        if not facts_of(info).internet:
            raise Mistake("a network without internet does not reach it", "remove signIn")
        return value

    @field_validator("client_id")
    @classmethod
    def _require_client(cls, value: str) -> str:
        if _CLIENT.fullmatch(value) is None:
            raise Mistake("must be the id of a client, without spaces", "copy it from the identity provider")
        return value

    @field_validator("login")
    @classmethod
    def _require_login(cls, value: str, info: ValidationInfo) -> str:
        return require_secret(value, facts_of(info).region)

    @field_validator("login_version")
    @classmethod
    def _require_version(cls, value: str | None) -> str | None:
        if value is not None and _VERSION.fullmatch(value) is None:
            raise Mistake(
                "must be the id of a version, of 32 to 64 characters",
                "copy it from aws secretsmanager list-secret-version-ids",
            )
        return value

    @field_validator("scope")
    @classmethod
    def _require_scope(cls, value: str) -> str:
        if _SCOPE.fullmatch(value) is None or "openid" not in value.split(" "):
            raise Mistake("must be words with one space between them, openid among them", "write it like openid email")
        return value
