"""Which paths reach which service, and which never leave it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify.routes import MAX_PATTERNS_PER_RULE, PREFIXES, STICKY, routes, service_of
from dify.services import API, API_WEBSOCKET, PLUGIN_DAEMON, WEB, WORKER

_ALL = (WEB.name, API.name, API_WEBSOCKET.name, PLUGIN_DAEMON.name)
_NGINX = {
    "/console/api": "api",
    "/api": "api",
    "/v1": "api",
    "/openapi": "api",
    "/files": "api",
    "/mcp": "api",
    "/triggers": "api",
    "/socket.io/": "api-websocket",
    "/e/": "plugin-daemon",
}
"""docker/nginx/conf.d/default.conf.template of langgenius/dify 1.17: its locations and their upstreams."""
_INTERNAL = ("/inner/api", "/health", "/threads", "/db-pool-stat", "/metrics", "/health/check", "/plugin", "/debug")
_WEB_PAGES = ("/", "/apps", "/signin", "/console", "/explore", "/_next/static/x.js", "/e", "/socket.io")


def test_the_prefixes_are_those_of_the_nginx_table() -> None:
    assert PREFIXES == _NGINX


@pytest.mark.parametrize("prefix", _NGINX)
def test_a_prefix_itself_reaches_its_service(prefix: str) -> None:
    assert service_of(prefix, _ALL) == _NGINX[prefix]


@given(prefix=st.sampled_from(list(_NGINX)), rest=st.text(st.characters(codec="ascii", exclude_characters="\n")))
def test_everything_below_a_prefix_reaches_its_service(prefix: str, rest: str) -> None:
    assert service_of(f"{prefix.rstrip('/')}/{rest}", _ALL) == _NGINX[prefix]


@given(prefix=st.sampled_from(list(_NGINX)), tail=st.from_regex(r"[a-z0-9_.-]{1,8}", fullmatch=True))
def test_a_path_that_only_starts_like_a_prefix_goes_to_the_web(prefix: str, tail: str) -> None:
    assert service_of(f"{prefix.rstrip('/')}{tail}", _ALL) == "web"


@pytest.mark.parametrize("path", [*_INTERNAL, *(f"{path}/x" for path in _INTERNAL)])
def test_an_internal_path_is_not_reachable_from_outside(path: str) -> None:
    assert service_of(path, _ALL) == "web"


@pytest.mark.parametrize("path", _WEB_PAGES)
def test_a_page_goes_to_the_web(path: str) -> None:
    assert service_of(path, _ALL) == "web"


def test_a_service_that_does_not_run_gets_no_path() -> None:
    running = (WEB.name, API.name, WORKER.name, PLUGIN_DAEMON.name)
    assert service_of("/socket.io/", running) == "web"
    assert {route.service for route in routes(running)} == {"api", "plugin-daemon"}


def test_a_service_keeps_its_priorities_when_another_goes() -> None:
    without = {route for route in routes(_ALL) if route.service != "api-websocket"}
    assert set(routes([name for name in _ALL if name != "api-websocket"])) == without


def test_no_rule_holds_more_patterns_than_the_load_balancer_takes() -> None:
    assert MAX_PATTERNS_PER_RULE == 5
    assert all(1 <= len(route.patterns) <= 5 for route in routes(_ALL))


def test_no_two_rules_have_the_same_priority() -> None:
    priorities = [route.priority for route in routes(_ALL)]
    assert len(set(priorities)) == len(priorities)
    assert all(1 <= priority <= 50000 for priority in priorities)


def test_no_pattern_stands_in_two_rules() -> None:
    patterns = [pattern for route in routes(_ALL) for pattern in route.patterns]
    assert len(set(patterns)) == len(patterns)


def test_only_socket_io_needs_its_clients_to_come_back() -> None:
    assert STICKY == ("api-websocket",)
