"""The text of nginx.conf: what the real nginx accepts, and what never gets that far."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dify.environment.backend import KEEP_ALIVE_MARGIN_SECONDS
from dify.nginx import SCRATCH, ReverseProxy, configuration
from dify.web_firewall import Choices, Per, RateLimit, RouteClass
from settings.web_firewall import WebFirewall
from tests.dify.nginx_proxies import DEFAULT, SERVICES, proxy
from tests.servers.nginx import complaints

EVERY_LIST = WebFirewall.model_validate(
    {
        "allowedCidrs": dict.fromkeys(
            ("console", "webApp", "serviceApi", "openapi", "webhooks"), ("8.8.8.0/24", "2001:4860::/32")
        ),
        "blockedCidrs": ("9.9.9.0/24", "2620:fe::/48"),
    }
).choices(own_addresses=True)
TWO_OF_EACH = dict.fromkeys(SERVICES, ("10.0.0.2:5001", "10.0.0.3:5001"))
WIDEST = RateLimit(routes=RouteClass.PAGES, per=Per.IP, requests=2_000_000_000, window_seconds=60)
KEYED = tuple(
    RateLimit(routes=routes, per=per, requests=10, window_seconds=600)
    for routes in (RouteClass.SERVICE_API, RouteClass.OPENAPI)
    for per in Per
)

VARIANTS: dict[str, dict[str, Any]] = {
    "defaults": {"firewall": DEFAULT},
    "no limit at all": {},
    "every list": {"firewall": EVERY_LIST, "own_ranges": ("172.31.0.0/16", "fd00::/8")},
    "the widest limit": {"firewall": Choices(limits=(WIDEST,))},
    "keys": {"firewall": Choices(limits=KEYED)},
    "two of each": {"firewall": DEFAULT, "upstreams": TWO_OF_EACH},
    "web alone": {"upstreams": {"web": ("10.0.0.2:3000",), "api-websocket": ()}},
    "IPv6": {"upstreams": {"web": ("[fd00::2]:3000",)}},
    "behind a proxy": {"trusted_proxies": ("10.0.0.0/8", "fd00::/8"), "public_port": 8443},
    "smallest": {"processes": 1, "body_limit_mib": 1, "idle_timeout_seconds": 1, "connections": 64},
    "largest": {"body_limit_mib": 100_000, "idle_timeout_seconds": 86_400, "connections": 100_000},
}


@pytest.mark.parametrize("inputs", VARIANTS.values(), ids=VARIANTS)
def test_nginx_accepts_it_and_warns_of_nothing(inputs: dict[str, Any]) -> None:
    assert complaints(proxy(**inputs)) == ""


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "name": ({"domain": "a.example; return 200"}, "is not a host name"),
    "upper case": ({"domain": "Dify.example.com"}, "is not a host name"),
    "no web": ({"upstreams": {"api": ("10.0.0.2:5001",)}}, "web has no instance"),
    "no route": ({"upstreams": {"web": ("10.0.0.2:3000",), "worker": ("10.0.0.3:1",)}}, "no route leads to worker"),
    "instance": ({"upstreams": {"web": ("web-1:3000",)}}, "web-1"),
    "port": ({"upstreams": {"web": ("10.0.0.2:0",)}}, "has no port"),
    "range": ({"trusted_proxies": ("10.0.0.0/8; deny all",)}, "deny all"),
    "list": ({"firewall": replace(DEFAULT, allowed={RouteClass.CONSOLE: ("all",)})}, "all"),
    "country": ({"firewall": replace(DEFAULT, blocked_countries=("KP",))}, "which country"),
}


@pytest.mark.parametrize(("inputs", "says"), MISTAKES.values(), ids=MISTAKES)
def test_what_nginx_would_read_as_something_else_is_no_input(inputs: dict[str, Any], says: str) -> None:
    valid: dict[str, Any] = {
        "domain": "dify.example.com",
        "upstreams": {"web": ("10.0.0.2:3000",)},
        "firewall": DEFAULT,
    }
    with pytest.raises(ValueError, match=re.escape(says)):
        ReverseProxy(**{**valid, **inputs})


@given(requests=st.integers(10, 2_000_000_000), seconds=st.sampled_from([60, 120, 300, 600]))
def test_a_limit_lets_as_much_through_as_on_aws_and_never_more(requests: int, seconds: int) -> None:
    limit = RateLimit(routes=RouteClass.PAGES, per=Per.IP, requests=requests, window_seconds=seconds)
    text = configuration(proxy(firewall=Choices(limits=(limit,))))
    (rate,) = re.findall(r"rate=(\d+)r/m", text)
    (burst,) = re.findall(r"burst=(\d+) nodelay", text)
    assert int(burst) + 1 == requests
    assert 0 < int(rate) <= requests * 60 / seconds < int(rate) + 1


@pytest.mark.parametrize("idle", [1, 60, 3600])
def test_nginx_gives_up_an_idle_connection_before_the_service_does(idle: int) -> None:
    kept = re.findall(r"upstream (\S+) \{[^}]*?keepalive_timeout (\d+)s;", _text(idle_timeout_seconds=idle))
    longest = dict.fromkeys(("web", "api", "api-websocket"), idle + KEEP_ALIVE_MARGIN_SECONDS)
    assert {name for name, _ in kept} == {*SERVICES}
    assert all(int(seconds) < longest.get(name, 61) for name, seconds in kept)


def test_nothing_is_written_but_to_the_scratch_folder_and_the_standard_streams() -> None:
    written = re.findall(r"^\s*(?:pid|error_log|access_log|\w+_temp_path) (\S+?)[ ;]", _text(), re.MULTILINE)
    assert len(written) == 9
    assert all(place.startswith(f"{SCRATCH}/") or place in {"stderr", "/dev/stdout", "off"} for place in written)


def test_there_are_as_many_processes_as_a_stack_says_else_one_for_each_cpu() -> None:
    assert "worker_processes auto;" in _text()
    assert "worker_processes 3;" in _text(processes=3)


def test_the_same_stack_has_the_same_text() -> None:
    assert _text() == _text()


def _text(**inputs: Any) -> str:
    return configuration(proxy(firewall=DEFAULT, **inputs))
