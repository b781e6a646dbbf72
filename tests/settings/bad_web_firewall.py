"""Wrong values of the web application firewall, each with its line."""

from typing import Any

from tests.settings.stack_files import Bad

_CLOSED = {"network.internet": False, "edge.allowedCidrs": ["10.0.0.0/8"]}
_LISTS = ("allowedCidrs.console", "allowedCidrs.webApp", "allowedCidrs.serviceApi", "allowedCidrs.openapi")
_RANGES = (*_LISTS, "allowedCidrs.webhooks", "blockedCidrs")
_COUNTRIES = ("allowedCountries", "blockedCountries")
_LOGIN: dict[str, Any] = {"routes": "login", "per": "ip", "requests": 100, "windowSeconds": 300}


def _range(key: str, value: str, rule: str, fix: str, also: dict[str, Any] | None = None) -> Bad:
    path = f"webFirewall.{key}"
    return Bad(key=path, value=[value], at=f"{path}[0]", got=f'"{value}"', rule=rule, fix=fix, also=also or {})


def _limit(field: str, value: Any, got: str, rule: str, fix: str, **others: Any) -> Bad:
    path = "webFirewall.rateLimits"
    limit = {**_LOGIN, **others, field: value}
    return Bad(key=path, value=[limit, _LOGIN], at=f"{path}[0].{field}", got=got, rule=rule, fix=fix)


def _limits(limits: list[dict[str, Any]], rule: str, fix: str) -> Bad:
    got = "a nested list" if limits else "[]"
    return Bad(key="webFirewall.rateLimits", value=limits, got=got, rule=rule, fix=fix)


WEB_FIREWALL: tuple[Bad, ...] = (
    Bad(key="webFirewall.failOpen", value="on", rule="must be true or false", fix="write one, for example true"),
    *(_range(key, "office", "must be an address range", "write it like 203.0.113.0/24") for key in _RANGES),
    *(
        _range(key, anywhere, "any address is no list", "remove it, or name the ranges that are meant")
        for key in _RANGES
        for anywhere in ("0.0.0.0/0", "::/0")
    ),
    *(
        _range("blockedCidrs", value, rule, fix)
        for value, rule, fix in (
            ("8.0.0.0/7", "must be /8 or narrower", "name the ranges that are meant"),
            ("2000::/3", "must be /8 or narrower", "name the ranges that are meant"),
            ("8.8.8.8", "must be a range that starts at its first address", "write 8.8.8.8/32"),
            ("8.8.8.1/24", "must be a range that starts at its first address", "write 8.8.8.0/24"),
        )
    ),
    *(
        _range(
            "allowedCidrs.console",
            private,
            "no request from the internet comes from a private range",
            "write the public addresses instead",
        )
        for private in ("10.0.0.0/8", "192.168.1.0/24", "100.64.0.0/10", "127.0.0.0/8", "169.254.1.0/24", "fd00::/8")
    ),
    *(
        _range(
            "allowedCidrs.serviceApi",
            public,
            "only private ranges reach a network without internet",
            "write one such as 10.1.0.0/16",
            _CLOSED,
        )
        for public in ("8.8.8.0/24", "2001:4860::/32")
    ),
    *(
        Bad(
            key=f"webFirewall.{key}",
            value=["8.8.8.0/24", "9.9.9.0/24", "8.8.8.0/24"],
            rule="each may appear once, 8.8.8.0/24 is there twice",
            fix="remove the second one",
        )
        for key in ("allowedCidrs.webhooks", "blockedCidrs")
    ),
    *(
        Bad(
            key="webFirewall.blockedCidrs",
            value=[blocked],
            also={f"webFirewall.allowedCidrs.{name}": [allowed]},
            rule=f"it holds {allowed}, which allowedCidrs.{name} lets in",
            fix="narrow the one or remove the other",
        )
        for name, allowed, blocked in (
            ("console", "8.8.8.0/24", "8.8.0.0/16"),
            ("openapi", "2001:4860:1::/48", "2001:4860::/32"),
        )
    ),
    Bad(
        key="webFirewall.allowedCidrs.intranet",
        value=["8.8.8.0/24"],
        got="[hidden]",
        rule="the key is unknown",
        fix="remove it or use one of console, webApp, serviceApi, openapi, webhooks",
    ),
    *(
        _range(key, code, "must be an ISO 3166 code of two capital letters", f"write one such as {near}")
        for key in _COUNTRIES
        for code, near in (("de", "DE"), ("DEU", "DE"), ("XX", "XK"))
    ),
    Bad(
        key="webFirewall.allowedCountries",
        value=["DE", "DE"],
        rule="each may appear once, DE is there twice",
        fix="remove the second one",
    ),
    Bad(
        key="webFirewall.blockedCountries",
        value=["KP"],
        also={"webFirewall.allowedCountries": ["DE"]},
        rule="only one of allowedCountries and blockedCountries may be set",
        fix="remove one of them",
    ),
    *(
        Bad(
            key=f"webFirewall.{key}",
            value=["DE"],
            also=_CLOSED,
            rule="private addresses belong to no country",
            fix="remove it",
        )
        for key in _COUNTRIES
    ),
    _limit(
        "routes",
        "api",
        '"api"',
        "must be one of login, webAppLogin, console, webApp, serviceApi, openapi, webhooks, files, sockets, pages",
        "set one of them",
    ),
    _limit("per", "user", '"user"', "must be one of ip, key", "set one of them"),
    _limit("per", "key", '"key"', "only serviceApi, openapi take API keys", "set ip", routes="console"),
    _limit("requests", 9, "9", "must be at least 10", "set 10 or more", routes="pages"),
    _limit(
        "requests", 2_000_000_001, "2000000001", "must be at most 2000000000", "set 2000000000 or less", routes="pages"
    ),
    _limit("requests", 10.5, "10.5", "must be a whole number", "write one, for example 100", routes="pages"),
    _limit("windowSeconds", 30, "30", "must be one of 60, 120, 300, 600", "set one of them", routes="pages"),
    _limits(
        [],
        "without a limit of login per ip, passwords can be tried out",
        "add {routes: login, per: ip, requests: 100, windowSeconds: 300}",
    ),
    _limits([_LOGIN, {**_LOGIN, "windowSeconds": 60}], "login has two limits per ip", "remove one of them"),
    _limits(
        [_LOGIN, {**_LOGIN, "routes": "console", "requests": 100}],
        "the limit of login never acts, as console around it is limited to less",
        "set requests of login under 100",
    ),
    _limits(
        [
            _LOGIN,
            {"routes": "webAppLogin", "per": "ip", "requests": 500, "windowSeconds": 60},
            {"routes": "webApp", "per": "ip", "requests": 400, "windowSeconds": 120},
        ],
        "the limit of webAppLogin never acts, as webApp around it is limited to less",
        "set requests of webAppLogin under 400",
    ),
    _limits(
        [
            *(
                {"routes": routes, "per": "ip", "requests": 10 if routes.endswith("ogin") else 100, "windowSeconds": 60}
                for routes in (
                    *("login", "webAppLogin", "console", "webApp", "serviceApi"),
                    *("openapi", "webhooks", "files", "sockets", "pages"),
                )
            ),
            {"routes": "serviceApi", "per": "key", "requests": 100, "windowSeconds": 60},
        ],
        "AWS WAF takes 10 limits at most",
        "remove 1",
    ),
)
