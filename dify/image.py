"""Names of container images, as registries and Docker write them (distribution/reference: name[:tag][@digest])."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_REFERENCE = re.compile(
    r"(?P<repository>(?P<registry>[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d+)?)(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@sha256:(?P<digest>[0-9a-f]{64}))?"
)

SHORT = 12
"""Digits of a digest that a tag carries; as many as Docker shows of an image id."""


@dataclass(frozen=True, kw_only=True)
class ImageName:
    """`repository` begins with its registry: docker.io/langgenius/dify-api. At least one of `tag` and `digest` is set;
    the digest is 64 hexadecimal digits of SHA-256."""

    repository: str
    tag: str | None
    digest: str | None

    @classmethod
    def parse(cls, text: str) -> "ImageName":
        """The parts of `text`. Raises ValueError, with the rule that it breaks, where it is not one image for ever."""
        found = _REFERENCE.fullmatch(text)
        if found is None or not _is_host(found["registry"]):
            raise ValueError("must be an image with its registry, such as docker.io/langgenius/dify-api:1.17.1")
        if found["digest"] is None and found["tag"] in (None, "latest"):
            raise ValueError("must name a tag other than latest, or a digest")
        return cls(repository=found["repository"], tag=found["tag"], digest=found["digest"])

    @property
    def copy_tag(self) -> str:
        """The tag of a copy. With a digest it carries its beginning, so that one tag never means two images."""
        if self.digest is None:
            return self.tag or ""
        return f"{self.tag or 'sha256'}-{self.digest[:SHORT]}"

    def is_below(self, place: str) -> bool:
        """Whether it comes from `place`: a registry, a part of one, or a repository."""
        return f"{self.repository}/".startswith(f"{place}/")


@dataclass(frozen=True, kw_only=True)
class ImageConflict:
    """An image that may not be used: the rule that it breaks and how to mend it."""

    image: str
    reference: str
    rule: str
    fix: str


def image_conflicts(allowed: Sequence[str], images: Mapping[str, str]) -> list[ImageConflict]:
    """Which of `images`, by name, are not one image for ever or come from outside the `allowed` registries."""
    found: list[ImageConflict] = []
    for image, reference in images.items():
        try:
            named = ImageName.parse(reference)
        except ValueError as error:
            fix = "name the release's image with its registry and version"
            found.append(ImageConflict(image=image, reference=reference, rule=str(error), fix=fix))
            continue
        if not any(named.is_below(place) for place in allowed):
            found.append(
                ImageConflict(
                    image=image,
                    reference=reference,
                    rule=f"the image {image} must come from {', '.join(allowed) or 'an allowed registry'}",
                    fix=f"add {named.repository.rpartition('/')[0]} to images.allowedRegistries if you trust it",
                )
            )
    return found


def _is_host(registry: str) -> bool:
    """Docker takes a first part without a dot or a port for a user of Docker Hub."""
    return "." in registry or ":" in registry or registry == "localhost"
