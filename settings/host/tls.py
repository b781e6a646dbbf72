"""`dify:tls`: the certificate that users see."""

from pydantic import Field, ValidationInfo, field_validator

from settings.host.paths import HostFile
from settings.mistake import Mistake
from settings.section import Section


class Tls(Section):
    """A certificate and its key on the host, or one that is made there and that no browser trusts."""

    self_signed: bool = Field(
        default=False, description="Whether a certificate is made on the host, for tests.", examples=[False]
    )
    certificate_file: HostFile | None = Field(
        default=None,
        description="PEM file on the host: the certificate, then those that issued it.",
        examples=["/etc/dify/tls/certificate.pem"],
    )
    key_file: HostFile | None = Field(
        default=None,
        description="PEM file of its private key on the host, without a passphrase; only the host ever reads it.",
        examples=["/etc/dify/tls/key.pem"],
    )

    @field_validator("certificate_file")
    @classmethod
    def _require_one_source(cls, value: str | None, info: ValidationInfo) -> str | None:
        is_self_signed = info.data.get("self_signed")
        if value is None and is_self_signed is False:
            raise Mistake("HTTPS needs a certificate", "name the file, or set selfSigned: true for a test")
        if value is not None and is_self_signed:
            raise Mistake("only one of certificateFile and selfSigned may be set", "remove one of them")
        return value

    @field_validator("key_file")
    @classmethod
    def _require_pair(cls, value: str | None, info: ValidationInfo) -> str | None:
        if "certificate_file" in info.data and (value is None) is not (info.data["certificate_file"] is None):
            if value is None:
                raise Mistake("a certificate needs its private key", "name the key's file")
            raise Mistake("it is the key of certificateFile, which is not set", "remove it, or set certificateFile")
        return value
