"""Dify releases: image sets that were published and tested together.

Mixing them breaks Dify: an api of 1.17 asks the plugin daemon for what one before 0.6.10 does not have (langgenius/
dify#40134). A stack therefore names a release, never an image. Sources: docker/docker-compose.yaml of langgenius/dify
at each release.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Release:
    """One Dify release. `images` are the published ones by name; the api image also runs the workers, the beat and the
    migration. The SSRF proxy is Ubuntu's squid with a configuration, which Dify mounts and this project builds in."""

    version: str
    plugin_daemon: str
    sandbox: str

    @property
    def images(self) -> Mapping[str, str]:
        """Image name -> where it is published."""
        return {
            "api": f"docker.io/langgenius/dify-api:{self.version}",
            "web": f"docker.io/langgenius/dify-web:{self.version}",
            "agent-backend": f"docker.io/langgenius/dify-agent-backend:{self.version}",
            "local-sandbox": f"docker.io/langgenius/dify-agent-local-sandbox:{self.version}",
            "plugin-daemon": f"docker.io/langgenius/dify-plugin-daemon:{self.plugin_daemon}",
            "sandbox": f"docker.io/langgenius/dify-sandbox:{self.sandbox}",
        }


RELEASES = MappingProxyType(
    {
        release.version: release
        for release in (
            Release(version="1.17.1", plugin_daemon="0.6.10-local", sandbox="0.2.15"),
            Release(version="1.17.0", plugin_daemon="0.6.10-local", sandbox="0.2.15"),
            Release(version="1.16.0", plugin_daemon="0.6.3-local", sandbox="0.2.15"),
        )
    }
)
"""Known releases, newest first, by version."""

SQUID = "docker.io/ubuntu/squid:6.6-24.04_beta"
"""The squid that takes this project's configuration at start, where no image is built (Docker Hub, ubuntu/squid)."""

NGINX = "docker.io/library/nginx:1.28.0"
REDIS = "docker.io/library/redis:7.4.5"
POSTGRESQL = "docker.io/pgvector/pgvector:0.8.1-pg17"
"""What runs beside Dify on one Docker host: nginx's stable branch and Redis (Docker Official Images), PostgreSQL with
pgvector (Docker Hub, pgvector/pgvector, by pgvector's authors on the official image of PostgreSQL)."""

POSTGRESQL_MAJOR = int(POSTGRESQL.rpartition("-pg")[2])
"""Major version of that PostgreSQL, with which pgvector's tags end."""

SSRF_PROXY_FOLDER = "images/ssrf_proxy"
SSRF_PROXY_VERSION = "2"
"""The squid that is built here, and the version that its tags begin with."""

PACKAGE_LOGIN = "package-login"
AWS_CLI = "public.ecr.aws/aws-cli/aws-cli:2.22.35"
"""Renews the login of the package index beside the plugin daemon (AWS CLI User Guide, "Docker")."""

OTEL_COLLECTOR = "otel-collector"
ADOT_COLLECTOR = (
    "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0"
    "@sha256:d2bdfff2c377c3d71d78bd5d9ce9862fd535b12134a5739d87a07801297cf9fd"
)
"""AWS Distro for OpenTelemetry, which sends on the traces and metrics of the service beside it. It is the OpenTelemetry
Collector 0.156 (aws-observability/aws-otel-collector, release v0.49.0); it takes X-Ray's traces with any id since
v0.34.0 (AWS, "X-Ray now supports W3C format trace IDs", 2023)."""


def order(release: str) -> tuple[int, ...]:
    """For comparing releases: 1.9.0 is older than 1.17.1."""
    return tuple(int(part) for part in release.partition("-")[0].split(".") if part.isdigit())
