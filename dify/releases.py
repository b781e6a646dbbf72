"""Dify releases: image sets that were published and tested together."""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Release:
    """One Dify release. The api image also runs the worker, the beat and the migration.

    Sources: docker/docker-compose.yaml of langgenius/dify at each release.
    """

    version: str
    api_image: str
    web_image: str


def _release(version: str) -> Release:
    return Release(
        version=version,
        api_image=f"docker.io/langgenius/dify-api:{version}",
        web_image=f"docker.io/langgenius/dify-web:{version}",
    )


RELEASES = MappingProxyType({version: _release(version) for version in ("1.17.1", "1.17.0", "1.16.0")})
"""Known releases, newest first, by version."""
