"""`dify:telemetry`: where Dify's traces and metrics go (OpenTelemetry), and by whom they are sent there."""

import re
from enum import StrEnum

from pydantic import Field, ValidationInfo, field_validator

from settings.facts import facts_of
from settings.mail import require_secret
from settings.mistake import Mistake
from settings.section import Section

_ENDPOINT = re.compile(r"https://[a-z0-9.-]+(?::[0-9]{1,5})?(?:/[^\s?#]*)?")


class Collector(StrEnum):
    """Where a collector beside each service sends what that service gives it: to the endpoint, or to AWS X-Ray."""

    OTLP = "otlp"
    XRAY = "xray"


class Protocol(StrEnum):
    """OTLP's two transports, as Dify names them (api/configs/observability/otel)."""

    HTTP = "http"
    GRPC = "grpc"


class Telemetry(Section):
    """An OTLP endpoint, to which services send by themselves or through a collector beside each, or AWS X-Ray."""

    collector: Collector | None = Field(
        default=None,
        description="otlp or xray runs a collector beside each service, which sends to endpoint or to AWS X-Ray.",
        examples=["xray"],
    )
    endpoint: str | None = Field(
        default=None,
        description="Base address that takes OTLP, HTTPS; not with collector xray.",
        examples=["https://otlp.example.com"],
    )
    protocol: Protocol | None = Field(
        default=None, description="Transport to the endpoint: http, the default, or grpc.", examples=["http"]
    )
    sampling_rate: float = Field(
        default=0.1, ge=0, le=1, description="Share of traces that is sent, 0 to 1.", examples=[0.1]
    )
    login: str | None = Field(
        default=None,
        description="ARN of your secret with the field key, the endpoint's API key.",
        examples=["arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-otlp-AbCdEf"],
    )

    @field_validator("endpoint")
    @classmethod
    def _require_https(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and _ENDPOINT.fullmatch(value) is None:
            raise Mistake("must be an HTTPS address without login and query", "write it like https://otlp.example.com")
        if "collector" not in info.data:
            return value
        if value is None and not _is_xray(info):
            raise Mistake(
                "the key is required", 'add it, for example "https://otlp.example.com", or set collector xray'
            )
        if value is not None and _is_xray(info):
            raise Mistake("AWS X-Ray is that of the stack's region", "remove it, or set collector otlp")
        return value

    @field_validator("protocol")
    @classmethod
    def _require_endpoint(cls, value: Protocol | None, info: ValidationInfo) -> Protocol | None:
        if not _is_xray(info):
            return value or Protocol.HTTP
        if value is not None:
            raise Mistake("AWS X-Ray has a protocol of its own", "remove it, or set collector otlp")
        return None

    @field_validator("login")
    @classmethod
    def _require_login(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        if _is_xray(info):
            raise Mistake("AWS X-Ray knows a task by its role and takes no key", "remove it, or set collector otlp")
        return require_secret(value, facts_of(info).region)


def _is_xray(info: ValidationInfo) -> bool:
    return info.data.get("collector") is Collector.XRAY
