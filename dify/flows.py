"""The connections between Dify's parts: everything else is closed.

Source: docker/docker-compose.yaml of langgenius/dify 1.16.0 to 1.17.1 (networks and endpoint variables). Parts are
services and, by these names, stores, functions and the entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from dify.plan import Options
from dify.services import (
    AGENT_BACKEND,
    AGENT_BACKEND_PORT,
    AGENT_SSRF_PROXY,
    API,
    API_PORT,
    API_WEBSOCKET,
    BEAT,
    LOCAL_SANDBOX,
    LOCAL_SANDBOX_PORT,
    MIGRATION,
    PLUGIN_DAEMON,
    PLUGIN_DAEMON_PORT,
    SANDBOX,
    SANDBOX_PORT,
    SSRF_PROXY,
    SSRF_PROXY_PORT,
    WEB,
    WEB_PORT,
    WORKER,
)
from dify.telemetry import SENDERS

LOAD_BALANCER = "load-balancer"
DATABASE = "database"
CACHE = "cache"
SEARCH = "search"
PROXY = "database-proxy"
ENDPOINTS = "endpoints"
DATABASE_SETUP = "database-setup"
SEARCH_SETUP = "search-setup"
ROTATION = "rotation"
QUEUE_DEPTH = "queue-depth"
BUSINESS_METRICS = "business-metrics"
PROBE = "probe"

DATABASE_PORT = 5432
CACHE_PORT = 6379
SEARCH_PORT = 443
HTTP = 80
HTTPS = 443

GROUPS = {
    LOAD_BALANCER: "Entry",
    WEB.name: "Dify web",
    API.name: "Dify api",
    API_WEBSOCKET.name: "Dify api for live editing",
    WORKER.name: "Dify worker",
    BEAT.name: "Dify beat",
    MIGRATION.name: "Dify one-off migration",
    PLUGIN_DAEMON.name: "Dify plugin daemon",
    SANDBOX.name: "Dify sandbox",
    SSRF_PROXY.name: "Dify SSRF proxy",
    AGENT_BACKEND.name: "Dify agent backend",
    LOCAL_SANDBOX.name: "Dify sandbox of agents",
    AGENT_SSRF_PROXY.name: "Dify SSRF proxy of agents",
    DATABASE: "PostgreSQL",
    PROXY: "Connection pool of PostgreSQL",
    CACHE: "Redis protocol cache",
    SEARCH: "OpenSearch",
    ENDPOINTS: "AWS APIs inside the network",
    DATABASE_SETUP: "Function that sets up databases and their users",
    SEARCH_SETUP: "Function that sets up the search domain's roles",
    ROTATION: "Function that rotates logins",
    QUEUE_DEPTH: "Function that measures queues",
    BUSINESS_METRICS: "Function that counts use",
    PROBE: "Function that asks as a user would",
}
"""Kind of part -> what its security group stands for."""


@dataclass(frozen=True)
class Flow:
    """`source` opens TCP connections to `target` on `port`; `why` is written on the rule."""

    source: str
    target: str
    port: int
    why: str


def _to_each(source: str, targets: dict[str, int], why: str) -> tuple[Flow, ...]:
    return tuple(Flow(source, target, port, why) for target, port in targets.items())


_STORES = {DATABASE: DATABASE_PORT, PROXY: DATABASE_PORT, CACHE: CACHE_PORT}
_RUNNERS = {
    PLUGIN_DAEMON.name: PLUGIN_DAEMON_PORT,
    SANDBOX.name: SANDBOX_PORT,
    SSRF_PROXY.name: SSRF_PROXY_PORT,
    AGENT_BACKEND.name: AGENT_BACKEND_PORT,
}

FLOWS = (
    Flow(LOAD_BALANCER, WEB.name, WEB_PORT, "Pages"),
    Flow(LOAD_BALANCER, API.name, API_PORT, "Console, web app and service API"),
    Flow(LOAD_BALANCER, API_WEBSOCKET.name, API_PORT, "Live editing"),
    Flow(LOAD_BALANCER, PLUGIN_DAEMON.name, PLUGIN_DAEMON_PORT, "Endpoints of plugins"),
    Flow(WEB.name, API.name, API_PORT, "Server side rendering asks the api"),
    Flow(PLUGIN_DAEMON.name, API.name, API_PORT, "Plugins call back and fetch files"),
    Flow(SANDBOX.name, SSRF_PROXY.name, SSRF_PROXY_PORT, "The only way out of user code"),
    *(
        flow
        for service in (API, WORKER)
        for flow in (
            *_to_each(service.name, _RUNNERS, f"{service.name} runs plugins, code, requests and agents"),
            Flow(service.name, SEARCH, SEARCH_PORT, f"{service.name} reads and writes vectors"),
        )
    ),
    Flow(MIGRATION.name, SEARCH, SEARCH_PORT, "Moves vectors from one store to another"),
    *(
        flow
        for service in (API, API_WEBSOCKET, WORKER, BEAT, MIGRATION, PLUGIN_DAEMON)
        for flow in _to_each(service.name, _STORES, f"{service.name} uses database, queues, locks and events")
    ),
    Flow(AGENT_BACKEND.name, PLUGIN_DAEMON.name, PLUGIN_DAEMON_PORT, "Agents use models and tools"),
    Flow(AGENT_BACKEND.name, API.name, API_PORT, "Agents ask the api"),
    Flow(AGENT_BACKEND.name, LOCAL_SANDBOX.name, LOCAL_SANDBOX_PORT, "Agents run commands"),
    Flow(AGENT_BACKEND.name, CACHE, CACHE_PORT, "Runs of agents and their events"),
    Flow(LOCAL_SANDBOX.name, AGENT_SSRF_PROXY.name, SSRF_PROXY_PORT, "The only way out of agents' commands"),
    Flow(AGENT_SSRF_PROXY.name, AGENT_BACKEND.name, AGENT_BACKEND_PORT, "Agents' commands call their agent"),
    Flow(AGENT_SSRF_PROXY.name, API.name, API_PORT, "Agents' commands fetch files"),
    Flow(PROXY, DATABASE, DATABASE_PORT, "Pooled connections"),
    Flow(DATABASE_SETUP, DATABASE, DATABASE_PORT, "Makes databases and users"),
    Flow(SEARCH_SETUP, SEARCH, SEARCH_PORT, "Makes roles"),
    Flow(ROTATION, DATABASE, DATABASE_PORT, "Changes and tries logins"),
    Flow(ROTATION, CACHE, CACHE_PORT, "Tries logins"),
    Flow(QUEUE_DEPTH, CACHE, CACHE_PORT, "Measures queues"),
    Flow(BUSINESS_METRICS, DATABASE, DATABASE_PORT, "Counts use"),
    Flow(PROBE, LOAD_BALANCER, HTTPS, "Asks as a user would, where the load balancer is private"),
)
"""Every connection that a stack with every option has, by kind of part."""

OUTBOUND = {
    API.name: (HTTPS,),
    WORKER.name: (HTTPS,),
    PLUGIN_DAEMON.name: (HTTPS,),
    SSRF_PROXY.name: (HTTP, HTTPS),
    AGENT_SSRF_PROXY.name: (HTTP, HTTPS),
    PROBE: (HTTPS,),
}
"""Kind of part -> the ports on which it may leave for the internet, through the NAT gateways, of its own accord.

The api and its workers ask the marketplace, sources of knowledge, tracing providers and sign-in services; the plugin
daemon asks model providers and fetches the packages of plugins; the proxies carry what users' requests, code and
commands ask for; the probe asks the stack itself by its public name. All others talk to parts of the stack and to AWS
alone: pages are rendered from the api's answers (web/app/(commonLayout)/plugins/page.tsx lets the browser ask the
marketplace), beat puts jobs on queues, live editing relays what editors send, the migration changes the database, and
the agent backend reaches models and tools through the plugin daemon and commands through their sandbox
(docker/docker-compose.yaml, dify-agent/)."""

STARTED_BY_AWS = (
    *(service.name for service in (WEB, API, API_WEBSOCKET, WORKER, BEAT, MIGRATION, PLUGIN_DAEMON)),
    *(service.name for service in (SANDBOX, SSRF_PROXY, AGENT_BACKEND, LOCAL_SANDBOX, AGENT_SSRF_PROXY)),
    *(DATABASE_SETUP, ROTATION, QUEUE_DEPTH, BUSINESS_METRICS, PROBE),
)
"""Kinds of part whose image, secrets and logs pass through their own network interface (Fargate platform 1.4), or that
call AWS's APIs from inside the network (Lambda in a VPC), by endpoint or by internet."""


def outbound(options: Options) -> dict[str, tuple[int, ...]]:
    """OUTBOUND with what the stack's mail server and OTLP endpoint listen on, for those who use them; X-Ray is reached
    like AWS's other APIs."""
    mail = () if options.mail is None else (options.mail.port,)
    destination = None if options.telemetry is None else options.telemetry.destination
    telemetry = () if destination is None else (_port(destination),)
    more = {**dict.fromkeys(SENDERS, telemetry), **{service.name: (*mail, *telemetry) for service in (API, WORKER)}}
    wanted = {kind: {*OUTBOUND.get(kind, ()), *more.get(kind, ())} for kind in (*OUTBOUND, *more)}
    return {kind: tuple(sorted(ports)) for kind, ports in wanted.items() if ports}


def _port(address: str) -> int:
    return urlsplit(address).port or HTTPS


def flows(parts: Mapping[str, str]) -> tuple[Flow, ...]:
    """The connections between `parts`, each given with its kind: several workers are of one kind. Where there is a
    pool of connections, services reach the database through it only."""
    around_pool = {PROXY, DATABASE_SETUP, ROTATION, BUSINESS_METRICS} if PROXY in parts else set(GROUPS)
    return tuple(
        replace(flow, source=source, target=target)
        for flow in FLOWS
        if flow.target != DATABASE or flow.source in around_pool
        for source, source_kind in parts.items()
        if source_kind == flow.source
        for target, target_kind in parts.items()
        if target_kind == flow.target
    )
