"""Which paths reach the api, and which never do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify.routes import API_PREFIXES, MAX_PATTERNS_PER_RULE, routes, service_of

_DOCUMENTED = ("/console/api", "/api", "/v1", "/openapi", "/files", "/mcp", "/triggers")
_INTERNAL = ("/inner/api", "/health", "/threads", "/db-pool-stat", "/metrics")
_WEB_PAGES = ("/", "/apps", "/signin", "/console", "/explore", "/_next/static/x.js")


def test_the_prefixes_are_those_of_the_nginx_table() -> None:
    assert set(API_PREFIXES) == set(_DOCUMENTED)


@pytest.mark.parametrize("prefix", _DOCUMENTED)
def test_a_prefix_itself_reaches_the_api(prefix: str) -> None:
    assert service_of(prefix) == "api"


@given(prefix=st.sampled_from(_DOCUMENTED), rest=st.text(st.characters(codec="ascii", exclude_characters="\n")))
def test_everything_below_a_prefix_reaches_the_api(prefix: str, rest: str) -> None:
    assert service_of(f"{prefix}/{rest}") == "api"


@given(prefix=st.sampled_from(_DOCUMENTED), tail=st.from_regex(r"[a-z0-9_.-]{1,8}", fullmatch=True))
def test_a_path_that_only_starts_like_a_prefix_goes_to_the_web(prefix: str, tail: str) -> None:
    assert service_of(f"{prefix}{tail}") == "web"


@pytest.mark.parametrize("path", [*_INTERNAL, *(f"{path}/x" for path in _INTERNAL)])
def test_an_internal_path_of_the_api_is_not_reachable_from_outside(path: str) -> None:
    assert service_of(path) == "web"


@pytest.mark.parametrize("path", _WEB_PAGES)
def test_a_page_goes_to_the_web(path: str) -> None:
    assert service_of(path) == "web"


def test_no_rule_holds_more_patterns_than_the_load_balancer_takes() -> None:
    assert MAX_PATTERNS_PER_RULE == 5
    assert all(1 <= len(route.patterns) <= 5 for route in routes())


def test_no_two_rules_have_the_same_priority() -> None:
    priorities = [route.priority for route in routes()]
    assert len(set(priorities)) == len(priorities)
    assert all(1 <= priority <= 50000 for priority in priorities)


def test_no_pattern_stands_in_two_rules() -> None:
    patterns = [pattern for route in routes() for pattern in route.patterns]
    assert len(set(patterns)) == len(patterns)
