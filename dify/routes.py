"""Which service answers which path: Dify's own nginx table, as load balancer rules.

Source: docker/nginx/conf.d/default.conf.template of langgenius/dify 1.16.0 to 1.17.x. A prefix without a trailing slash
stands for the path itself and everything below it. What is not listed goes to the web service; `/inner/api`, `/health`,
`/threads`, `/db-pool-stat` and `/metrics` exist only on services behind, and are therefore never reachable from
outside.
"""

from collections.abc import Collection
from dataclasses import dataclass

from dify.services import API, API_WEBSOCKET, PLUGIN_DAEMON, WEB

MAX_PATTERNS_PER_RULE = 5
"""Condition values that one listener rule may hold (Elastic Load Balancing quotas, Application Load Balancers)."""

PREFIXES = {
    "/console/api": API.name,
    "/api": API.name,
    "/v1": API.name,
    "/openapi": API.name,
    "/files": API.name,
    "/mcp": API.name,
    "/triggers": API.name,
    "/socket.io/": API_WEBSOCKET.name,
    "/e/": PLUGIN_DAEMON.name,
}
"""Path prefix -> the service that answers it."""

STICKY = (API_WEBSOCKET.name,)
"""Services whose clients must come back to the same task: a socket.io session starts with several requests that one
process must see (Socket.IO documentation, "Using multiple nodes")."""

TIMED = (WEB.name, API.name)
"""Services whose answers should begin soon. A socket.io poll waits for news by design, and an endpoint of a plugin
takes what the plugin takes."""


@dataclass(frozen=True)
class Route:
    """A listener rule: requests whose path matches one of `patterns` go to `service`. Lower `priority` wins."""

    priority: int
    service: str
    patterns: tuple[str, ...]


def routes(services: Collection[str]) -> tuple[Route, ...]:
    """The routes to those of `services` that have any, in order of priority; the default action (web) is not among
    them. The priorities of a service do not depend on which others run."""
    found: list[Route] = []
    for place, service in enumerate(dict.fromkeys(PREFIXES.values())):
        patterns = [pattern for prefix, owner in PREFIXES.items() if owner == service for pattern in _patterns(prefix)]
        rules = range(0, len(patterns), MAX_PATTERNS_PER_RULE)
        found += [
            Route(
                priority=100 * place + 10 * (number + 1),
                service=service,
                patterns=tuple(patterns[at : at + MAX_PATTERNS_PER_RULE]),
            )
            for number, at in enumerate(rules)
            if service in services
        ]
    return tuple(found)


def service_of(path: str, services: Collection[str]) -> str:
    """The one of `services` that answers `path`, decided as the load balancer does."""
    for route in routes(services):
        for pattern in route.patterns:
            if path == pattern or (pattern.endswith("/*") and path.startswith(pattern[:-1])):
                return route.service
    return WEB.name


def _patterns(prefix: str) -> tuple[str, ...]:
    return (f"{prefix}*",) if prefix.endswith("/") else (prefix, f"{prefix}/*")
