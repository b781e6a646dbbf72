"""Which service nginx asks and whom it refuses, request by request beside the functions that say so for AWS.

What this does not prove: what AWS's managed groups would find. nginx has only their refusal of ways up in a path.
"""

from collections.abc import Generator
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from dify.routes import PREFIXES, service_of
from dify.web_firewall import Choices, Request, RouteClass, address_sets, decide, firewall_rules
from dify.web_firewall.route_classes import class_of
from dify.web_firewall.rules import OWN_ADDRESSES
from tests.dify.nginx_proxies import SERVICES, Stand, standing
from tests.dify.web_firewall_requests import ATTACKS, REAL, Real
from tests.servers.nginx import Answer, receive, send

OWN, OFFICE, STRANGER, BLOCKED = "127.0.1.1", "127.0.2.1", "127.0.3.1", "127.0.4.1"
LISTS = Choices(
    limits=(),
    allowed={
        RouteClass.CONSOLE: (f"{OFFICE}/32",),
        RouteClass.SERVICE_API: (f"{OFFICE}/32", "2001:db8::/32"),
        RouteClass.WEBHOOKS: (f"{STRANGER}/32",),
        RouteClass.WEB_APP: (),
    },
    blocked=("127.0.4.0/24",),
)
RULES = firewall_rules(LISTS)
ADDRESSES = {**address_sets(LISTS), OWN_ADDRESSES: (f"{OWN}/32",)}


def _target(prefix: str, joint: str, rest: list[str]) -> str:
    return prefix + joint + "/".join(rest)


_INNER = ("/inner/api/invoke/llm", "//inner/api", "/inner%2fapi/x", "/health", "/threads/", "/db-pool-stat", "/metrics")
_SEGMENTS = st.lists(
    st.sampled_from(
        ["", "a", "api", "console", "login", "v1", "inner", "e", "socket.io", "%61pi", "metrics", "%2F", "%41", "x%3Fy"]
    )
    | st.text("abz019-_~!$&'()*+,;=:@.", min_size=1, max_size=6).filter(lambda text: text.strip(".") != ""),
    max_size=4,
)
PATHS = st.builds(
    _target,
    st.sampled_from(
        [
            *PREFIXES,
            *_INNER,
            "/",
            "/apps",
            "/console",
            "/console/api/login",
            "//console/api/login",
            "/x//v1/y",
            "/socketxio/",
        ]
    ),
    st.sampled_from(["", "/", "x", "%2f", "?"]),
    _SEGMENTS,
)
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])


@pytest.fixture(scope="module")
def stand() -> Generator[Stand]:
    with standing(LISTS, own_ranges=(f"{OWN}/32",)) as started:
        yield started


def _matches_aws(answer: Answer, request: Request) -> None:
    refused = decide(RULES, request, ADDRESSES)
    if refused.status is not None:
        assert (answer.status, answer.content["code"]) == (refused.status, "forbidden"), refused.refused_by
    else:
        assert answer.status == 200
        assert answer.service == service_of(request.path, SERVICES)


@examples(max_examples=100)
@given(data=st.data())
def test_each_request_is_answered_as_behind_the_load_balancer_and_its_firewall(
    stand: Stand, data: st.DataObject
) -> None:
    source = data.draw(st.sampled_from([OWN, OFFICE, STRANGER, BLOCKED]))
    with stand.nginx.connect(source=source) as connection:
        for method, target in data.draw(st.lists(st.tuples(METHODS, PATHS), min_size=1, max_size=10)):
            send(connection, f"{method} {target}", {})
            _matches_aws(receive(connection), Request(path=target.partition("?")[0], method=method, source=source))


@pytest.mark.parametrize("row", REAL, ids=lambda row: row.what)
def test_a_real_call_passes_as_it_was_sent(stand: Stand, row: Real) -> None:
    target = row.call.split(" ", 1)[1]
    answer = stand.nginx.ask(row.call, source=OWN)
    assert (answer.status, answer.content["path"]) == (200, target)
    assert answer.service == service_of(target.partition("?")[0], SERVICES)


@pytest.mark.parametrize("path", [*_INNER, *(f"{path}/x" for path in _INNER)])
def test_what_is_for_difys_own_services_is_refused_whoever_asks(stand: Stand, path: str) -> None:
    for source in (OWN, OFFICE, STRANGER):
        assert stand.nginx.ask(f"GET {path}", source=source).status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/console/api/../../inner/api/x",
        "/console/api/..%2f..%2finner/api/x",
        "/v1/%2e%2e/console/api/apps",
        "/v1/.%2E/console/api/apps",
        "/files/..%5c..%5cetc",
        "/files/x%5c..%2fetc",
        "/files/x\\../etc",
        "/api/./login",
        "/api/login/.",
        "/api/login/..?x=1",
        "/v1/info#/../signin",
        "/v1/info#signin",
        *(row.call.split(" ")[1] for row in ATTACKS if "detour" in row.what or "way up" in row.what),
    ],
)
def test_a_detour_is_no_way_around_a_list(stand: Stand, path: str) -> None:
    asked = [len(one.asked) for several in stand.upstreams.values() for one in several]
    # A way up from the very top is no path for nginx itself.
    assert stand.nginx.ask(f"GET {path}", source=OWN).status in {400, 403}
    assert [len(one.asked) for several in stand.upstreams.values() for one in several] == asked


@pytest.mark.parametrize(
    "path", ["/apps?next=/../x", "/a..b/c", "/.well-known/x", "/_next/...x/y.js", "/x/...", "/a./b"]
)
def test_dots_that_lead_nowhere_pass(stand: Stand, path: str) -> None:
    assert stand.nginx.ask(f"GET {path}", source=STRANGER).content["path"] == path


@pytest.mark.parametrize(
    ("call", "source", "passes"),
    [
        ("GET /console/api/apps", OFFICE, True),
        ("GET /console/api/apps", OWN, True),
        ("GET /console/api/apps", STRANGER, False),
        ("POST /console/api/login", STRANGER, False),
        ("GET /console%2Fapi/apps", STRANGER, False),
        ("POST /v1/chat-messages", STRANGER, False),
        ("POST /triggers/webhook/1", STRANGER, True),
        ("POST /triggers/webhook/1", OFFICE, False),
        ("POST /api/chat-messages", STRANGER, True),
        ("GET /signin", STRANGER, True),
        ("GET /signin", BLOCKED, False),
    ],
)
def test_a_list_closes_its_class_to_all_others(stand: Stand, call: str, source: str, *, passes: bool) -> None:
    assert stand.nginx.ask(call, source=source).status == (200 if passes else 403)


@given(method=METHODS, path=PATHS.filter(lambda path: "?" not in path))
@examples(max_examples=100)
def test_the_log_names_the_class_by_which_a_request_is_limited(stand: Stand, method: str, path: str) -> None:
    logged = stand.nginx.logged(stand.nginx.ask(f"{method} {path}", source=OWN))
    assert logged["class"] == class_of(unquote(path), method)


def test_a_service_that_does_not_run_is_not_asked() -> None:
    with standing(instances={"api-websocket": 0}) as running:
        assert running.nginx.ask("GET /socket.io/?EIO=4").service == "web"
