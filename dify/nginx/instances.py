"""Which instances of a service nginx asks: all that are ready, and over which connections.

Open-source nginx has no health checks of its own and reads its groups of servers once. So there is a group without each
single instance as well, and each request looks at the folder in which instances say that they are ready. One that ends
takes its file away first, and is asked no more before it stops to listen.
"""

from collections.abc import Iterator

from dify.nginx.directives import block, mapped
from dify.nginx.reverse_proxy import READY_FOLDER, ReverseProxy
from dify.routes import STICKY

UPSTREAM = "$dify_instances$dify_connections"
"""The group that a request goes to."""

CONNECT_SECONDS = 5
"""How long nginx tries to reach an instance. A request that chose one has its connection after this time, so one that
was not ready for as long has all requests that it will ever get."""

KEEP_ALIVE_SECONDS = 60
"""How long nginx keeps an idle connection to a service: less than the service does, or a request meets its end.
gunicorn and Node keep them longer than the idle timeout (dify/environment), the plugin daemon for ever (Go,
net/http)."""

_REPEATABLE = "~^(?:GET|HEAD|OPTIONS)$"
_ONCE = "-once"
"""Whatever else is passed on may have a body, which nginx does not keep, and is never passed on twice. An idle
connection may be closed by an instance that ends just when it is taken; a new one is refused, and another is asked."""


def upstreams(proxy: ReverseProxy) -> Iterator[list[str]]:
    """Groups of instances, and which of them a request goes to.

    Where more than one instance is away all are asked, as a load balancer does that finds nobody healthy: an answer
    late or by luck is better than none."""
    kept = ["keepalive 64;", f"keepalive_timeout {min(KEEP_ALIVE_SECONDS, proxy.idle_timeout_seconds)}s;"]
    groups = dict[str, str]()
    for service in proxy.services:
        instances = proxy.upstreams[service]
        sets = {service: list(instances)}
        for number in _alternatives(proxy, service):
            name = f"{service}-without-{number}"
            sets[name] = [one for place, one in enumerate(instances, 1) if place != number]
            groups[f"{service}{_away(proxy, service, number)}"] = name
        for name, asked in sets.items():
            yield _group(name, service, asked, kept)
            yield _group(f"{name}{_ONCE}", service, asked, [])
    yield mapped("$dify_service$dify_away", "$dify_instances", groups, "$dify_service")
    yield mapped("$request_method", "$dify_connections", {_REPEATABLE: ""}, _ONCE)


def readiness(proxy: ReverseProxy) -> list[str]:
    """The directives by which a server sees who is away; it asks the kernel, which takes a microsecond a file."""
    return ['set $dify_away "";', *(line for number in range(1, _most(proxy) + 1) for line in _looked_for(number))]


def _looked_for(number: int) -> list[str]:
    return block(f"if (!-f {READY_FOLDER}/$dify_service-{number})", [f'set $dify_away "${{dify_away}}-{number}";'])


def _away(proxy: ReverseProxy, service: str, number: int) -> str:
    """What is seen where one instance is away: itself, and numbers that this service does not have."""
    has = len(proxy.upstreams[service])
    return "".join(f"-{one}" for one in range(1, _most(proxy) + 1) if one == number or one > has)


def _alternatives(proxy: ReverseProxy, service: str) -> range:
    """Instances without which there is another one."""
    has = len(proxy.upstreams[service])
    return range(1, has + 1 if has > 1 else 1)


def _most(proxy: ReverseProxy) -> int:
    """Instances of the service that has most, 0 where none has two."""
    return max((len(_alternatives(proxy, service)) for service in proxy.services), default=0)


def _group(name: str, service: str, instances: list[str], connections: list[str]) -> list[str]:
    """Three failures within ten seconds keep an instance out for ten: one alone may be a single request's."""
    return block(
        f"upstream {name}",
        [
            f"zone {name} 128k;",
            "hash $remote_addr consistent;" if service in STICKY else "least_conn;",
            *(f"server {instance} max_fails=3 fail_timeout=10s;" for instance in instances),
            *connections,
        ],
    )
