"""Dify's services: what each runs, where it listens and how its health is seen.

Sources: docker/docker-compose.yaml and api/docker/entrypoint.sh of langgenius/dify 1.16.0 to 1.17.1.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How a running service shows that it can work."""

    path: str
    matcher: str = "200"


@dataclass(frozen=True, kw_only=True)
class Service:
    """One Dify service.

    `mode` is the api image's MODE variable, None for an image of its own. `port` is None for a service that only
    consumes. A `singleton` never runs twice, not even during a deployment: two beats would enqueue every scheduled
    job twice (celery/celery#2856). `stop_seconds` is the time between SIGTERM and SIGKILL, at most 120 on Fargate.
    `writable` are the paths that the service writes under a read-only root, `user` the numeric user of its image.
    """

    name: str
    mode: str | None
    port: int | None = None
    health: HealthCheck | None = None
    singleton: bool = False
    stop_seconds: int = 120
    writable: tuple[str, ...] = ("/tmp",)  # noqa: S108  the images' own scratch folder
    user: str = "1001"


WEB_PORT = 3000
API_PORT = 5001
"""Ports of the images (web/Dockerfile, api/docker/entrypoint.sh)."""

WEB = Service(
    name="web",
    mode=None,
    port=WEB_PORT,
    health=HealthCheck(path="/", matcher="200-299,307"),  # "/" redirects to the sign-in page
    stop_seconds=30,
    writable=("/tmp", "/app/web/.next/cache"),  # noqa: S108
)
API = Service(
    name="api",
    mode="api",
    port=API_PORT,
    health=HealthCheck(path="/health"),
    writable=("/tmp", "/app/api/storage"),  # noqa: S108
)
WORKER = Service(name="worker", mode="worker", writable=("/tmp", "/app/api/storage"))  # noqa: S108
BEAT = Service(name="beat", mode="beat", singleton=True, stop_seconds=30, writable=("/tmp", "/app/api/storage"))  # noqa: S108
MIGRATION = Service(name="migration", mode="migration", writable=("/tmp", "/app/api/storage"))  # noqa: S108
