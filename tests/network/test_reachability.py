"""What may reach what in every kind of stack: one table, computed from the whole graph and compared line by line.

What this does not prove. The graph is what the program asks for, not what somebody changed by hand in the account. A
private range counts by its rule alone, since it is joined to the VPC outside this program. Names are resolved by the
VPC's own resolver, which no security group stops: what leaves in DNS queries is the DNS firewall's matter. Which
requests an open port accepts is decided by who listens there: WAF, the SSRF proxies' rules, the policies of endpoints,
roles. Paths are judged as the load balancer reads them; that a service reads them no differently is its own matter.
Containers of one task share an address and reach each other. The secret keeper, outside the network, is held by its
role alone.
"""

from collections.abc import Callable, Iterable
from functools import cache

import pytest

from tests.components.program_variants import AGENTS, CLOSED, DELIVERED, POOLED, SIGNED_IN, variant
from tests.network.network_listeners import answers, ports, targets
from tests.network.reachability import Flow, reachable
from tests.recorder import Graph

STACKS: dict[str, Callable[[], Graph]] = {
    "prod": lambda: variant({}),
    "staging": lambda: variant({}, "staging"),
    "dev": lambda: variant({}, "dev"),
    "sign-in": lambda: variant(SIGNED_IN),
    "cdn": lambda: variant(DELIVERED),
    "cdn-all": lambda: variant({**DELIVERED, **SIGNED_IN, **AGENTS}),
    "closed": lambda: variant(CLOSED),
    "closed-all": lambda: variant({**CLOSED, **POOLED, **AGENTS}),
}
"""The tracked stacks, and prod with people signed in for, behind CloudFront, or without internet; `cdn-all` and
`closed-all` have agents too, and sign-in or a connection pool."""

PUBLIC, CDN, CLOSED_ONES = "prod staging dev sign-in", "cdn cdn-all", "closed closed-all"
ALL = f"{PUBLIC} {CDN} {CLOSED_ONES}"
WITH_INTERNET, WITH_AGENTS, WITH_SIGN_IN = f"{PUBLIC} {CDN}", "cdn-all closed-all", "sign-in cdn-all"
WITH_ENDPOINTS = f"prod staging sign-in {CDN} {CLOSED_ONES}"

INTERNET, NAT = ("internet (IPv4)", "internet (IPv6)"), "internet (IPv4) by NAT"
ENDPOINTS, S3 = "AWS by endpoints", "S3 by gateway"
API_IMAGE = ("api", "api-websocket", "worker", "beat", "migration")
FUNCTIONS = ("database-setup", "rotation", "queue-depth", "business-metrics")
ASKING = ("api", "worker", "plugin-daemon", "ssrf-proxy")
KEPT_INSIDE = ("web", "api-websocket", "beat", "migration", *FUNCTIONS)
STARTED = ("web", *API_IMAGE, "plugin-daemon", "sandbox", "ssrf-proxy", *FUNCTIONS)
AGENT_PARTS = ("agent-backend", "local-sandbox", "agent-ssrf-proxy")

TABLE: tuple[tuple[str | tuple[str, ...], str | tuple[str, ...], str, str], ...] = (
    # From outside. The load balancer is called edge; its port 80 and CloudFront's only redirect.
    (INTERNET, "edge", "443 80", PUBLIC),
    (INTERNET, "CloudFront", "443 80", CDN),
    ("CloudFront", "edge", "443", CDN),
    ("10.0.0.0/8", "edge", "443 80", CLOSED_ONES),
    # From the load balancer.
    ("edge", "web", "3000", ALL),
    ("edge", ("api", "api-websocket"), "5001", ALL),
    ("edge", "plugin-daemon", "5002", ALL),
    # Between services.
    (("web", "plugin-daemon"), "api", "5001", ALL),
    (("api", "worker"), "plugin-daemon", "5002", ALL),
    (("api", "worker"), "sandbox", "8194", ALL),
    (("api", "worker", "sandbox"), "ssrf-proxy", "3128", ALL),
    (("api", "worker"), "agent-backend", "5050", WITH_AGENTS),
    ("agent-backend", "api", "5001", WITH_AGENTS),
    ("agent-backend", "plugin-daemon", "5002", WITH_AGENTS),
    ("agent-backend", "local-sandbox", "5004", WITH_AGENTS),
    ("local-sandbox", "agent-ssrf-proxy", "3128", WITH_AGENTS),
    ("agent-ssrf-proxy", "agent-backend", "5050", WITH_AGENTS),
    ("agent-ssrf-proxy", "api", "5001", WITH_AGENTS),
    # To the stores.
    ((*API_IMAGE, "plugin-daemon"), "database", "5432", f"{WITH_INTERNET} closed"),
    ((*API_IMAGE, "plugin-daemon"), "database-proxy", "5432", "closed-all"),
    ("database-proxy", "database", "5432", "closed-all"),
    (("database-setup", "rotation", "business-metrics"), "database", "5432", ALL),
    ((*API_IMAGE, "plugin-daemon", "rotation", "queue-depth"), "cache", "6379", ALL),
    ("agent-backend", "cache", "6379", WITH_AGENTS),
    (("api", "worker", "migration", "search-setup"), "search", "443", WITH_ENDPOINTS),
    # To the internet.
    (ASKING, NAT, "443", WITH_INTERNET),
    ("agent-ssrf-proxy", NAT, "443 80", "cdn-all"),
    ("ssrf-proxy", NAT, "80", WITH_INTERNET),
    ((*KEPT_INSIDE, "sandbox"), NAT, "443", "dev"),  # where their images come from (docs/secure.md, User code)
    ("edge", "internet (IPv4) directly", "443", "sign-in"),  # the identity provider
    ("edge", NAT, "443", "cdn-all"),
    # To AWS. S3 has a gateway on every subnet, and would answer on 80 too.
    (STARTED, S3, "443", ALL),
    (AGENT_PARTS, S3, "443", WITH_AGENTS),
    ("ssrf-proxy", S3, "80", WITH_INTERNET),
    ("agent-ssrf-proxy", S3, "80", "cdn-all"),
    ("edge", S3, "443", "cdn-all"),  # any address includes S3's, which the subnet's route takes to the gateway
    (STARTED, ENDPOINTS, "443", WITH_ENDPOINTS),
    (AGENT_PARTS, ENDPOINTS, "443", WITH_AGENTS),
    ("secrets-keeper", "internet, from outside the network", "all", ALL),
    ("probe", "internet, from outside the network", "all", WITH_INTERNET),
    # Where strangers are shut out, the probe asks from inside.
    ("probe", "edge", "443", CLOSED_ONES),
    ("probe", ENDPOINTS, "443", CLOSED_ONES),
    ("probe", S3, "443", CLOSED_ONES),
    # The public entry has private addresses as well, which whatever may leave for anywhere can reach.
    (ASKING, "edge", "443", PUBLIC),
    ("ssrf-proxy", "edge", "80", PUBLIC),
    ((*KEPT_INSIDE, "sandbox"), "edge", "443", "dev"),
)
"""From, to, ports, stacks: every connection that is possible, and no other is."""

PATHS = {
    "web": ("/", "/apps", "/signin", "/install", "/_next/static/chunk.js", "/logo/logo.svg", "/chat/token"),
    "api": (
        *("/console/api", "/console/api/apps", "/console/api/files/upload", "/console/api/oauth/provider/token"),
        *("/console/api/system-features", "/api/chat-messages", "/v1", "/v1/chat-messages", "/openapi/x"),
        *("/files/1/image-preview", "/mcp/server/code/mcp", "/triggers/webhook/1"),
    ),
    "api-websocket": ("/socket.io/", "/socket.io/deeper"),
    "plugin-daemon": ("/e/hook", "/e/hook/deeper"),
}
"""Service -> public paths that lead to it."""

NOT_ROUTED = (
    *("/inner/api/invoke/llm", "/inner/api/enterprise/mail", "/health", "/metrics", "/threads", "/db-pool-stat"),
    *("/plugin/tenant/management/install", "/plugin/tenant/dispatch/llm/invoke", "/debug/pprof/", "/agent-stub/x"),
    *("//inner/api/x", "/INNER/API/x", "/Console/Api/x", "/console/apix", "/v1x", "/e", "/e%2Fhook", "/socket.io"),
)
"""Paths of services behind, and look-alikes of public ones: they get the web service's page and reach nothing else."""

SIGNED_IN_FOR = (
    *("/", "/apps", "/signin", "/install", *NOT_ROUTED),
    *("/console/api", "/console/api/apps", "/console/api/files/upload"),
)
"""Those of all paths above that a stack with sign-in asks people to sign in for."""


@cache
def computed(stack: str) -> frozenset[Flow]:
    return frozenset(reachable(STACKS[stack]()))


def stated(stack: str) -> set[Flow]:
    return {
        Flow(source, target, port)
        for sources, reached, ports_, stacks in TABLE
        if stack in stacks.split()
        for source in each(sources)
        for target in each(reached)
        for port in ports_.split()
    }


def each(names: str | tuple[str, ...]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else names


def lines(sign: str, flows: Iterable[Flow]) -> list[str]:
    return sorted(f"{sign} {flow}" for flow in flows)


each_stack = pytest.mark.parametrize("stack", STACKS)


@each_stack
def test_what_is_reachable_is_exactly_what_the_table_says(stack: str) -> None:
    found, expected = computed(stack), stated(stack)
    assert [*lines("not stated:", found - expected), *lines("not there:", expected - found)] == []


@each_stack
def test_from_outside_nothing_is_reached_but_https_and_a_redirect_to_it(stack: str) -> None:
    outside = {flow.source for flow in computed(stack)} - {flow.target for flow in computed(stack)}
    entered = {
        (flow.target, flow.ports) for flow in computed(stack) if flow.source in outside & {*INTERNET, "10.0.0.0/8"}
    }
    entry = "CloudFront" if stack in CDN.split() else "edge"
    assert entered == {(entry, "443"), (entry, "80")}
    # CloudFront's own port 80 was required to redirect or refuse when its flows were found.
    redirect = {} if entry == "CloudFront" else {80: "redirect"}
    assert ports(STACKS[stack]()) == {443: "HTTPS", **redirect}


@each_stack
def test_the_load_balancer_reaches_what_its_listeners_lead_to_and_nothing_else_inside(stack: str) -> None:
    reached = {(flow.target, flow.ports) for flow in computed(stack) if flow.source == "edge"}
    led = {(target.service, str(target.port)) for target in targets(STACKS[stack]())}
    assert {(target, port) for target, port in reached if target not in {NAT, S3, "internet (IPv4) directly"}} == led


@each_stack
@pytest.mark.parametrize(("service", "paths"), PATHS.items(), ids=PATHS)
def test_a_public_path_leads_to_its_service(stack: str, service: str, paths: tuple[str, ...]) -> None:
    graph = STACKS[stack]()
    assert {path: answers(graph, path) for path in paths} == {path: {answer(stack, path, service)} for path in paths}


@each_stack
def test_a_path_of_what_stands_behind_leads_to_the_page_of_the_web_service(stack: str) -> None:
    graph = STACKS[stack]()
    expected = {path: {answer(stack, path, "web")} for path in NOT_ROUTED}
    assert {path: answers(graph, path) for path in NOT_ROUTED} == expected


def answer(stack: str, path: str, service: str) -> str:
    asks = stack in WITH_SIGN_IN.split() and path in SIGNED_IN_FOR
    return f"{service} after sign-in" if asks else service
