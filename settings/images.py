"""`dify:images`: where containers get their images from, and how many are kept."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from settings.facts import facts_of
from settings.mistake import Mistake
from settings.section import Section

_PLACE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*")


class Source(StrEnum):
    """MIRROR copies every image into ECR repositories of the stack and runs it from there, by its digest: what was
    scanned is what runs, also when a public registry is down, limits pulls or is tampered with. UPSTREAM lets tasks
    pull from the registries of the images' makers."""

    MIRROR = "mirror"
    UPSTREAM = "upstream"


def _require_registry(place: str) -> str:
    if _PLACE.fullmatch(place) is None:
        raise Mistake(
            "must be a registry, or a part of one, without tag or scheme", "write it like docker.io/langgenius"
        )
    return place


class Images(Section):
    """Container images."""

    source: Source = Field(
        default=Source.MIRROR,
        description="mirror copies images into ECR and runs the copies; upstream pulls from the makers' registries.",
        examples=["mirror"],
    )
    keep_images: int = Field(
        default=10,
        ge=2,
        le=1000,
        description="Images that each ECR repository keeps; older ones are deleted, so a way back needs at least two.",
        examples=[10],
    )
    allowed_registries: tuple[Annotated[str, AfterValidator(_require_registry)], ...] = Field(
        default=(
            *("docker.io/langgenius", "docker.io/ubuntu"),
            *("public.ecr.aws/aws-cli", "public.ecr.aws/aws-observability"),
        ),
        description="Registries, or parts of them, that images may come from; any other image is refused.",
        examples=[["docker.io/langgenius"]],
    )

    @field_validator("source")
    @classmethod
    def _require_copies(cls, value: Source, info: ValidationInfo) -> Source:
        if value is Source.UPSTREAM and facts_of(info).is_production:
            raise Mistake("prod runs what was scanned, and keeps its sandbox from the internet", "set mirror")
        if value is Source.UPSTREAM and not facts_of(info).internet:
            raise Mistake("a network without internet reaches no public registry", "set mirror")
        return value

    @field_validator("allowed_registries")
    @classmethod
    def _require_some(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise Mistake("must name at least one registry", "write it like docker.io/langgenius")
        return value
