"""What nginx decides about a request before it passes it on: variables that depend on its path, method and sender.

Service and class are those of dify.routes.service_of and of the web firewall's labels, which look at the same text: the
path as sent for the service, the decoded one for the class. They could disagree about a path with `..` in it, so no
such path passes; AWS WAF refuses them by its rules GenericLFI_URIPATH.
"""

import re
from collections.abc import Iterator

from dify.nginx.directives import listed, mapped
from dify.nginx.reverse_proxy import ReverseProxy
from dify.routes import STICKY, routes
from dify.services import PLUGIN_DAEMON, WEB
from dify.web_firewall import ROUTES, Per, RateLimit, RouteClass
from dify.web_firewall.route_classes import INNER

ZONE_SIZE = "10m"
"""Memory of one limit: about 80,000 addresses (nginx, ngx_http_limit_req_module: a state takes 128 bytes)."""

KEY_BYTES = 256
"""How much of an API key tells it from others; Dify's are much shorter, and a longer text must not fill the memory."""

_BLANK, _WORD = (rf"[{negated}\s\x1c-\x1f\x85\xa0]" for negated in ("", "^"))
"""What stands around a key and what it is made of, as the api takes `Authorization` apart (api/controllers/service_api,
wraps.py): its scheme in any case, and any blanks of Latin-1 (Python documentation, str.split)."""

_OWN_NETWORK = "~(?s)^(?<dify_network>.{8}).{8}$"
"""Of an IPv6 address, whose sixteen bytes nginx has as text, the half that is one customer's (RFC 6177): of the other
half each sender has as many as it likes."""

_DETOUR = r"~*^[^?]*(?:/|\\|%2f|%5c)(?:\.|%2e){1,2}(?:/|\\|%2f|%5c|\?|$)"
"""A path with a way to itself or back. Clients resolve those before they send a request (RFC 3986, 5.2.4)."""

_FRAGMENT = "~#"
"""A request holds none (RFC 9112, 3.2), and nginx would not look at what follows it."""


def decisions(proxy: ReverseProxy) -> Iterator[list[str]]:
    """The variables, each as a block of the http context."""
    yield _service(proxy)
    yield _class()
    yield from _refused(proxy)
    yield from _limits(proxy)
    # Another protocol than this one would be spoken past all rules (h2c).
    websocket = {f"~*^(?:{'|'.join(STICKY)}) websocket$": "websocket"}
    yield mapped("$dify_service $http_upgrade", "$dify_upgrade", websocket)
    yield mapped("$dify_upgrade", "$dify_connection", {"websocket": "upgrade"})
    # The daemon believes this header (docker/nginx/conf.d/default.conf.template of langgenius/dify).
    hook = {PLUGIN_DAEMON.name: f"{proxy.origin}$request_uri"}
    yield mapped("$dify_service", "$dify_hook_url", hook)


def request_limits(proxy: ReverseProxy) -> list[str]:
    """The directives by which a server counts requests."""
    return [f"limit_req zone={_zone(limit)} burst={limit.requests - 1} nodelay;" for limit in proxy.firewall.limits]


def _service(proxy: ReverseProxy) -> list[str]:
    patterns = {
        f"~^{re.escape(pattern.removesuffix('*'))}" + ("" if pattern.endswith("/*") else r"(?:\?|$)"): route.service
        for route in routes(proxy.services)
        for pattern in route.patterns
    }
    return mapped("$request_uri", "$dify_service", patterns, WEB.name)


def _class() -> list[str]:
    patterns = {
        f"~^{routes.method or '[^ ]+'} {routes.pattern.removeprefix('^')}": name.value
        for name, routes in ROUTES.items()
        if routes.pattern
    }
    return mapped("$request_method $uri", "$dify_class", patterns, RouteClass.PAGES.value)


def _refused(proxy: ReverseProxy) -> Iterator[list[str]]:
    """Whatever it is for, `$dify_refused` says it in one character: 1 for no."""
    firewall = proxy.firewall
    yield listed("$dify_own", proxy.own_ranges)
    yield listed("$dify_blocked", firewall.blocked)
    yield mapped("$request_uri", "$dify_detour", {_DETOUR: "1", _FRAGMENT: "1"}, "0")
    # Slashes are not merged, so a doubled one is still there.
    yield mapped("$uri", "$dify_inner", {f"~{INNER.replace('/', '/+')}": "1"}, "0")
    reasons = ["$dify_detour$dify_inner", "$dify_own:$dify_blocked"]
    for name, ranges in firewall.allowed.items():
        if not ranges:
            continue
        named, closed = f"$dify_named_{name.value}", f"$dify_closed_{name.value}"
        yield listed(named, ranges)
        yield mapped(f"$dify_class {named}", closed, {f"{one} 0": "1" for one in _around(name)}, "0")
        reasons.append(f"$dify_own:{closed}")
    yield mapped(" ".join(reasons), "$dify_refused", {"~^[01]*1": "1", "~0:1": "1"}, "0")


def _limits(proxy: ReverseProxy) -> Iterator[list[str]]:
    """AWS WAF counts the requests of the last `window_seconds`; nginx lets a bucket of as many requests run empty in
    that time (ngx_http_limit_req_module). Both let `requests` pass at once and as many in each window from then on.
    nginx takes whole requests a minute, so what is lost of a part of one makes a limit stricter, never wider."""
    yield mapped("$binary_remote_addr", "$dify_sender", {_OWN_NETWORK: "$dify_network"}, "$binary_remote_addr")
    windows = dict[str, int]()
    for limit in proxy.firewall.limits:
        variable = f"$dify_{_zone(limit)}"
        yield _counted(limit, variable)
        a_minute = limit.requests * 60 // limit.window_seconds
        yield [f"limit_req_zone {variable} zone={_zone(limit)}:{ZONE_SIZE} rate={a_minute}r/m;"]
        for name in _around(limit.routes):
            windows[name] = max(windows.get(name, 0), limit.window_seconds)
    yield mapped("$dify_class", "$dify_window", {name: str(seconds) for name, seconds in windows.items()})
    yield mapped("$limit_req_status", "$dify_retry_after", {"REJECTED": "$dify_window"})


def _counted(limit: RateLimit, variable: str) -> list[str]:
    """What one bucket is of; empty for requests that are not counted. A key is a key wherever it is used, but what the
    stack calls itself for all of its users is not one user's."""
    names = _around(limit.routes)
    if limit.per is Per.IP:
        return mapped("$dify_class $dify_own", variable, {f"{name} 0": "$dify_sender" for name in names})
    key = rf"~^(?:{'|'.join(names)}) {_BLANK}*(?i:bearer{_BLANK}+)?(?<dify_key>{_WORD}{{1,{KEY_BYTES}}})"
    return mapped("$dify_class $http_authorization", variable, {key: "$dify_key"})


def _zone(limit: RateLimit) -> str:
    return f"limit_{limit.routes.value}_{limit.per.value}"


def _around(name: RouteClass) -> list[str]:
    """The narrowest classes whose requests belong to this one: itself and those within it."""
    return [one.value for one, routes in ROUTES.items() if name in (one, routes.within)]
