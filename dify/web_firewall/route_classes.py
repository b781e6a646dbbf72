"""Classes of Dify's routes, by who calls them and what their requests carry: what the firewall treats alike.

Prefixes are those of dify/routes.py. Sign-in paths: api/controllers/console/auth (login, forgot_password,
email_register, activate, oauth_server), console/setup.py, console/init_validate.py and web/login.py, forgot_password.py
of langgenius/dify 1.17.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class RouteClass(StrEnum):
    """`login` lies within `console` and `webAppLogin` within `webApp`; others share no path. `pages` is the rest."""

    LOGIN = "login"
    WEB_APP_LOGIN = "webAppLogin"
    CONSOLE = "console"
    WEB_APP = "webApp"
    SERVICE_API = "serviceApi"
    OPENAPI = "openapi"
    WEBHOOKS = "webhooks"
    FILES = "files"
    SOCKETS = "sockets"
    PAGES = "pages"


@dataclass(frozen=True, kw_only=True)
class Routes:
    """What one class of routes is like. `pattern` matches its decoded paths; without one it is what no other matches.

    `method` is the only one of the class, None any. `programs` call it, not browsers: they come from hosting providers
    and may send no user agent. `plain_bodies` carry no prompt, code or file. `long_queries` are normal in it: sign-in
    callbacks of providers, inputs of a web app in its address, webhooks of others. `keyed` requests bear an API key as
    a bearer token.
    """

    pattern: str
    method: str | None = None
    within: RouteClass | None = None
    programs: bool = False
    plain_bodies: bool = False
    long_queries: bool = False
    keyed: bool = False


def _below(*prefixes: str) -> str:
    """A prefix without a trailing slash stands for the path itself and everything below it."""
    return f"^(?:{'|'.join(_prefix(prefix) for prefix in prefixes)})"


def _prefix(prefix: str) -> str:
    return re.escape(prefix) if prefix.endswith("/") else f"{re.escape(prefix)}(?:/|$)"


_MAILED = "email-code-login|forgot-password"

ROUTES: dict[RouteClass, Routes] = {
    RouteClass.LOGIN: Routes(
        pattern=rf"^/console/api/(?:login|setup|init|activate|reset-password|oauth/provider/token"
        rf"|(?:{_MAILED}|email-register)(?:/[a-z-]+)?)$",
        method="POST",
        within=RouteClass.CONSOLE,
        plain_bodies=True,
        long_queries=True,
    ),
    RouteClass.WEB_APP_LOGIN: Routes(
        pattern=rf"^/api/(?:login|(?:{_MAILED})(?:/[a-z-]+)?)$",
        method="POST",
        within=RouteClass.WEB_APP,
        plain_bodies=True,
    ),
    RouteClass.CONSOLE: Routes(pattern=_below("/console/api"), long_queries=True),
    RouteClass.WEB_APP: Routes(pattern=_below("/api")),
    RouteClass.SERVICE_API: Routes(pattern=_below("/v1"), programs=True, keyed=True),
    RouteClass.OPENAPI: Routes(pattern=_below("/openapi"), programs=True, keyed=True),
    RouteClass.WEBHOOKS: Routes(pattern=_below("/triggers", "/e/", "/mcp"), programs=True, long_queries=True),
    RouteClass.FILES: Routes(pattern=_below("/files"), programs=True),
    RouteClass.SOCKETS: Routes(pattern=_below("/socket.io/")),
    RouteClass.PAGES: Routes(pattern="", plain_bodies=True, long_queries=True),
}
"""Every class, the narrow ones first."""

INNER = _below("/inner/api", "/health", "/threads", "/db-pool-stat", "/metrics")
"""Paths that only Dify's own services may open (api/extensions/ext_blueprints.py)."""


def class_of(path: str, method: str = "GET") -> RouteClass:
    """The narrowest class of a decoded path."""
    return next(
        name for name, routes in ROUTES.items() if re.search(routes.pattern, path) and routes.method in (None, method)
    )
