"""Which service answers which path: Dify's own nginx table, as load balancer rules.

Source: docker/nginx/conf.d/default.conf.template of langgenius/dify 1.16.0 to 1.17.x. Its prefixes have no trailing
slash, so each stands here twice: the path itself and everything below it. What is not listed goes to the web service;
`/inner/api`, `/health`, `/threads`, `/db-pool-stat` and `/metrics` exist only on the api service and are therefore
never reachable from outside.
"""

from dataclasses import dataclass

MAX_PATTERNS_PER_RULE = 5
"""Condition values that one listener rule may hold (Elastic Load Balancing quotas, Application Load Balancers)."""

API_PREFIXES = ("/console/api", "/api", "/v1", "/openapi", "/files", "/mcp", "/triggers")


@dataclass(frozen=True)
class Route:
    """A listener rule: requests whose path matches one of `patterns` go to `service`. Lower `priority` wins."""

    priority: int
    service: str
    patterns: tuple[str, ...]


def routes() -> tuple[Route, ...]:
    """Dify's routes, in order of priority; the default action (web) is not among them."""
    patterns = tuple(pattern for prefix in API_PREFIXES for pattern in (prefix, f"{prefix}/*"))
    groups = [patterns[at : at + MAX_PATTERNS_PER_RULE] for at in range(0, len(patterns), MAX_PATTERNS_PER_RULE)]
    return tuple(
        Route(priority=10 * (number + 1), service="api", patterns=group) for number, group in enumerate(groups)
    )


def service_of(path: str) -> str:
    """The service that answers `path`, decided as the load balancer does."""
    for route in routes():
        for pattern in route.patterns:
            if path == pattern or (pattern.endswith("/*") and path.startswith(pattern[:-1])):
                return route.service
    return "web"
