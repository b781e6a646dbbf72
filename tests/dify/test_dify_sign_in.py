"""Who must sign in for which path, beside which service answers it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify.routes import PREFIXES, routes, service_of
from dify.services import API, API_WEBSOCKET, PLUGIN_DAEMON, WEB
from dify.sign_in import Access, access_rules, access_to

_ALL = (WEB.name, API.name, API_WEBSOCKET.name, PLUGIN_DAEMON.name)
_OPEN, _REFUSED, _REDIRECTED = Access.OPEN, Access.REFUSED, Access.REDIRECTED

_TABLE = [
    ("/", "web", _REDIRECTED),
    ("/apps", "web", _REDIRECTED),
    ("/app/0c1d/workflow", "web", _REDIRECTED),
    ("/signin", "web", _REDIRECTED),
    ("/install", "web", _REDIRECTED),
    ("/activate", "web", _REDIRECTED),
    ("/device", "web", _REDIRECTED),
    ("/explore/installed/0c1d", "web", _REDIRECTED),
    ("/datasets/0c1d/documents", "web", _REDIRECTED),
    ("/agents", "web", _REDIRECTED),
    ("/oauth2/idpresponse", "web", _REDIRECTED),
    ("/console", "web", _REDIRECTED),
    ("/Console/api/apps", "web", _REDIRECTED),
    ("/health", "web", _REDIRECTED),
    ("/console/api", "api", _REFUSED),
    ("/console/api/login", "api", _REFUSED),
    ("/console/api/setup", "api", _REFUSED),
    ("/console/api/apps/0c1d/chat-messages", "api", _REFUSED),
    ("/console/api/files/upload", "api", _REFUSED),
    ("/console/api/oauth/plugin/0c1d/tool/callback", "api", _REFUSED),
    ("/console/api/oauth/data-source/callback/notion", "api", _REFUSED),
    ("/console/api/mcp/oauth/callback", "api", _REFUSED),
    ("/console/api/oauth/device/approve", "api", _REFUSED),
    ("/console/api/oauth/provider/authorize", "api", _REFUSED),
    ("/console/api/oauth/provider", "api", _REFUSED),
    ("/console/api/oauth/provider/token", "api", _OPEN),
    ("/console/api/oauth/provider/account", "api", _OPEN),
    ("/console/api/oauth/provider/token/", "api", _REFUSED),
    ("/v1/chat-messages", "api", _OPEN),
    ("/v1/datasets", "api", _OPEN),
    ("/openapi/v1/oauth/device/code", "api", _OPEN),
    ("/api/chat-messages", "api", _OPEN),
    ("/api/passport", "api", _OPEN),
    ("/files/0c1d/file-preview", "api", _OPEN),
    ("/mcp/server/0c1d/mcp", "api", _OPEN),
    ("/triggers/webhook/0c1d", "api", _OPEN),
    ("/triggers/plugin/0c1d", "api", _OPEN),
    ("/e/0c1d/slack", "plugin-daemon", _OPEN),
    ("/socket.io/", "api-websocket", _OPEN),
    ("/_next/static/chunks/app.js", "web", _OPEN),
    ("/_next/data/x.json", "web", _REDIRECTED),
    ("/manifest.json", "web", _OPEN),
    ("/favicon.ico", "web", _OPEN),
    ("/icon-192x192.png", "web", _OPEN),
    ("/logo/logo.svg", "web", _OPEN),
    ("/embed.min.js", "web", _OPEN),
]
_READERS = [
    ("/chat/0c1d", "web"),
    ("/chatbot/0c1d", "web"),
    ("/completion/0c1d", "web"),
    ("/workflow/0c1d", "web"),
    ("/agent/0c1d", "web"),
    ("/form/0c1d", "web"),
    ("/console/api/system-features", "api"),
]


@pytest.mark.parametrize("published_open", [True, False], ids=["published-open", "published-signed-in"])
@pytest.mark.parametrize(("path", "service", "access"), _TABLE)
def test_a_path_is_answered_and_guarded_as_the_table_says(
    path: str, service: str, access: Access, published_open: bool
) -> None:
    assert service_of(path, _ALL) == service
    assert access_to(path, _ALL, published_open=published_open) is access


@pytest.mark.parametrize(("path", "service"), _READERS)
def test_readers_of_published_apps_sign_in_only_where_that_is_wanted(path: str, service: str) -> None:
    assert service_of(path, _ALL) == service
    assert access_to(path, _ALL, published_open=True) is _OPEN
    assert access_to(path, _ALL, published_open=False) is (_REFUSED if service == "api" else _REDIRECTED)


@pytest.mark.parametrize("published_open", [True, False])
@given(prefix=st.sampled_from([prefix for prefix in PREFIXES if prefix != "/console/api"]), rest=st.text())
def test_no_route_whose_callers_carry_a_token_is_ever_guarded(prefix: str, rest: str, published_open: bool) -> None:
    assert access_to(f"{prefix.rstrip('/')}/{rest}", _ALL, published_open=published_open) is _OPEN


@given(rest=st.text())
def test_the_console_is_never_open_but_for_what_is_named(rest: str) -> None:
    assert access_to(f"/console/api/x{rest}", _ALL, published_open=True) is _REFUSED


@pytest.mark.parametrize("published_open", [True, False])
@pytest.mark.parametrize("left_out", [API_WEBSOCKET.name, PLUGIN_DAEMON.name])
def test_the_path_of_a_service_that_does_not_run_is_a_page(left_out: str, published_open: bool) -> None:
    running = [name for name in _ALL if name != left_out]
    path = next(f"{prefix}x" for prefix, service in PREFIXES.items() if service == left_out)
    assert access_to(path, running, published_open=published_open) is _REDIRECTED


@pytest.mark.parametrize("published_open", [True, False])
def test_the_rules_keep_to_the_limits_of_the_load_balancer(published_open: bool) -> None:
    rules = access_rules(published_open=published_open)
    priorities = [rule.priority for rule in (*rules, *routes(_ALL))]
    assert len(set(priorities)) == len(priorities) <= 100
    assert all(1 <= priority <= 50_000 for priority in priorities)
    assert all(1 <= len(rule.patterns) <= 5 for rule in rules)


@pytest.mark.parametrize("published_open", [True, False])
def test_the_console_comes_before_all_routes_and_pages_after_them(published_open: bool) -> None:
    of_routes = [route.priority for route in routes(_ALL)]
    for rule in access_rules(published_open=published_open):
        if rule.service == "api":
            assert rule.priority < min(of_routes)
        else:
            assert rule.priority > max(of_routes)


def test_what_is_guarded_keeps_its_priority_when_readers_are_let_in() -> None:
    guarded = [
        {rule for rule in access_rules(published_open=published_open) if rule.access is not _OPEN}
        for published_open in (True, False)
    ]
    assert guarded[0] == guarded[1]
