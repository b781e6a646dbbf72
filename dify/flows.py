"""The connections between Dify's parts: everything else is closed.

Source: docker/docker-compose.yaml of langgenius/dify 1.16.0 to 1.17.1 (networks and endpoint variables).
"""

from dataclasses import dataclass

from dify.services import API, API_PORT, BEAT, MIGRATION, WEB, WEB_PORT, WORKER

LOAD_BALANCER = "load-balancer"
DATABASE = "database"
CACHE = "cache"
DATABASE_PORT = 5432
CACHE_PORT = 6379


@dataclass(frozen=True)
class Flow:
    """`source` opens TCP connections to `target` on `port`; `why` is written on the rule."""

    source: str
    target: str
    port: int
    why: str


def flows() -> tuple[Flow, ...]:
    """Every connection inside the network."""
    stores = tuple(
        flow
        for service in (API, WORKER, BEAT, MIGRATION)
        for flow in (
            Flow(service.name, DATABASE, DATABASE_PORT, f"{service.name} reads and writes the database"),
            Flow(service.name, CACHE, CACHE_PORT, f"{service.name} uses queues, locks and events"),
        )
    )
    return (
        Flow(LOAD_BALANCER, WEB.name, WEB_PORT, "Pages"),
        Flow(LOAD_BALANCER, API.name, API_PORT, "Console, web app and service API"),
        Flow(WEB.name, API.name, API_PORT, "Server side rendering asks the api"),
        *stores,
    )


GROUPS = {
    LOAD_BALANCER: "Public entry",
    WEB.name: "Dify web",
    API.name: "Dify api",
    WORKER.name: "Dify worker",
    BEAT.name: "Dify beat",
    MIGRATION.name: "Dify one-off migration",
    DATABASE: "PostgreSQL",
    CACHE: "Redis protocol cache",
}
"""Security group -> what it stands for."""

OUTBOUND = (WEB.name, API.name, WORKER.name, BEAT.name, MIGRATION.name)
"""Groups whose tasks open HTTPS connections to the internet."""
