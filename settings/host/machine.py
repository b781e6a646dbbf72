"""`dify:host`: the machine and its Docker Engine."""

import re

from pydantic import Field, ValidationInfo, field_validator

from settings.facts import require_floor
from settings.mistake import Mistake
from settings.section import Section

_ENGINE = re.compile(r"unix:///[A-Za-z0-9._/-]+|ssh://(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9.-]+(?::[0-9]{1,5})?")


class Machine(Section):
    """What the containers may share. A plan that is larger is refused before anything is made."""

    memory_gib: int = Field(ge=4, le=4096, description="Memory of the host in GiB.", examples=[32])
    cpus: int = Field(ge=2, le=512, description="CPUs of the host.", examples=[8])
    open_files: int = Field(
        default=65_536,
        ge=1024,
        le=1_048_576,
        description="Descriptors that a process may have open, 65536 or more in prod; the Docker Engine must allow it.",
        examples=[65536],
    )
    docker: str = Field(
        default="unix:///var/run/docker.sock",
        description="The host's Docker Engine: its socket, or ssh:// to the host. It is never reached in the clear.",
        examples=["ssh://deploy@host.example.com"],
    )

    @field_validator("open_files")
    @classmethod
    def _require_descriptors(cls, value: int, info: ValidationInfo) -> int:
        return require_floor(value, 65_536, info, "descriptors for each process")

    @field_validator("docker")
    @classmethod
    def _require_private_engine(cls, value: str) -> str:
        if _ENGINE.fullmatch(value) is None:
            raise Mistake(
                "must be a unix:// socket or ssh://: whoever reaches an engine owns the host",
                "write it like unix:///var/run/docker.sock or ssh://deploy@host.example.com",
            )
        return value
