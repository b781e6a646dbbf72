"""Reverse proxies of the tests: a real nginx before services that say who they are."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from dify.nginx import ReverseProxy
from dify.services import API, API_WEBSOCKET, PLUGIN_DAEMON, WEB
from dify.web_firewall import Choices, Per, RateLimit, RouteClass
from settings.web_firewall import WebFirewall
from tests.servers.nginx import DOMAIN, Nginx
from tests.servers.upstream import Respond, Upstream

SERVICES = (WEB.name, API.name, API_WEBSOCKET.name, PLUGIN_DAEMON.name)

DEFAULT = WebFirewall().choices(own_addresses=False)

OPEN = Choices(limits=())
"""No list and no limit, for tests that send many requests."""


def limited(routes: RouteClass, per: Per = Per.IP, requests: int = 10) -> Choices:
    """One limit, whose bucket regains a single request in a minute."""
    return Choices(limits=(RateLimit(routes=routes, per=per, requests=requests, window_seconds=60 * requests),))


@dataclass(frozen=True, kw_only=True)
class Stand:
    """An nginx and what stands behind it, by service."""

    nginx: Nginx
    upstreams: Mapping[str, Sequence[Upstream]]


def proxy(
    upstreams: Mapping[str, Sequence[str]] | None = None, firewall: Choices = OPEN, **inputs: Any
) -> ReverseProxy:
    """A reverse proxy whose services need not be there."""
    asked = upstreams or {name: (f"127.0.0.1:{5000 + place}",) for place, name in enumerate(SERVICES)}
    return ReverseProxy(domain=DOMAIN, upstreams=asked, firewall=firewall, **inputs)


@contextmanager
def standing(
    firewall: Choices = OPEN,
    *,
    responds: Mapping[str, Respond] | None = None,
    instances: Mapping[str, int] | None = None,
    dead: Mapping[str, Sequence[str]] | None = None,
    **inputs: Any,
) -> Generator[Stand]:
    """An nginx before one instance of each service, or as many as `instances` says, and `dead` addresses."""
    with ExitStack() as stack:
        upstreams = {
            name: [
                stack.enter_context(Upstream.start(name, (responds or {}).get(name)))
                for _ in range((instances or {}).get(name, 1))
            ]
            for name in SERVICES
        }
        addresses = {
            name: [*(dead or {}).get(name, ()), *(one.address for one in running)]
            for name, running in upstreams.items()
        }
        nginx = stack.enter_context(Nginx.start(proxy(addresses, firewall, **inputs)))
        yield Stand(nginx=nginx, upstreams=upstreams)
