"""`dify:telemetry`: where Dify sends its traces and metrics (OpenTelemetry)."""

import re
from enum import StrEnum

from pydantic import Field, ValidationInfo, field_validator

from settings.facts import facts_of
from settings.mail import require_secret
from settings.mistake import Mistake
from settings.section import Section

_ENDPOINT = re.compile(r"https://[a-z0-9.-]+(?::\d{1,5})?(?:/[^\s?#]*)?")


class Protocol(StrEnum):
    """OTLP's two transports, as Dify names them (api/configs/observability/otel)."""

    HTTP = "http"
    GRPC = "grpc"


class Telemetry(Section):
    """An OTLP collector."""

    endpoint: str = Field(description="Base address of the collector, HTTPS.", examples=["https://otlp.example.com"])
    protocol: Protocol = Field(default=Protocol.HTTP, description="Transport: http or grpc.", examples=["http"])
    sampling_rate: float = Field(
        default=0.1, ge=0, le=1, description="Share of traces that is sent, 0 to 1.", examples=[0.1]
    )
    login: str | None = Field(
        default=None,
        description="ARN of your secret with the field key, the collector's API key.",
        examples=["arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-otlp-AbCdEf"],
    )

    @field_validator("endpoint")
    @classmethod
    def _require_https(cls, value: str) -> str:
        if _ENDPOINT.fullmatch(value) is None:
            raise Mistake("must be an HTTPS address without login and query", "write it like https://otlp.example.com")
        return value

    @field_validator("login")
    @classmethod
    def _require_login(cls, value: str | None, info: ValidationInfo) -> str | None:
        return value if value is None else require_secret(value, facts_of(info).region)
