"""What people sign in for at the load balancer, before Dify sees their request.

Only people are asked: with their browser, for the console and for pages. Requests that carry a token of their own (the
service API, MCP, triggers, plugin endpoints, files, published apps' API) and sockets never are; they keep to
`dify.routes`. What is asked for, in the order in which the load balancer looks:

- two paths of the console stay open: there, programs speak as OAuth clients of Dify, with a secret or a bearer token
  (api/controllers/console/auth/oauth_server.py of langgenius/dify 1.17);
- the rest of the console is refused (401) without a session. Its callers are scripts of a page, which cannot follow a
  redirect to another site; the page then loads itself again and is redirected. Callbacks of OAuth providers for
  plugins, tools, data sources and MCP servers come there with the signed-in person's own browser;
- scripts, styles and pictures of the web service are open: they are the same for everybody, and browsers fetch the
  manifest, and other sites the embedding script, without cookies (web/public);
- the pages of published apps and the forms that a workflow mails out are open, unless they are to be signed in for:
  their readers need not be users of the console (web/app/(shareLayout) and (humanInputLayout));
- every other page redirects to the identity provider.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase

from dify.routes import MAX_PATTERNS_PER_RULE, routes
from dify.services import API, WEB

_PROGRAMS = ("/console/api/oauth/provider/token", "/console/api/oauth/provider/account")

_PUBLIC_CONSOLE = ("/console/api/system-features",)
"""Which brand to show and how to log in: every page asks for it, published ones too, and Dify tells it to everybody
(web/app/layout.tsx)."""

_CONSOLE = ("/console/api", "/console/api/*")

_ASSETS = (
    *("/_next/static/*", "/assets/*", "/emoji/*", "/fonts/*", "/logo/*"),
    *("/favicon.ico", "/apple-touch-icon.png", "/icon-*.png", "/manifest.json", "/pdf.worker.min.mjs"),
    *("/embed.js", "/embed.min.js"),
)

_PUBLISHED = (
    *("/agent/*", "/chat/*", "/chatbot/*", "/completion/*", "/workflow/*"),
    *("/form/*", "/form-v2/*", "/human-input/*"),
)

_EVERYTHING = ("/*",)


class Access(StrEnum):
    """What a request without a session meets. The values of the closed ones are those of the load balancer's
    OnUnauthenticatedRequest."""

    OPEN = "open"
    REFUSED = "deny"
    REDIRECTED = "authenticate"


@dataclass(frozen=True)
class AccessRule:
    """A listener rule: requests whose path matches one of `patterns` meet `access` before `service` answers. Lower
    `priority` wins."""

    priority: int
    service: str
    patterns: tuple[str, ...]
    access: Access


_ALWAYS = (
    AccessRule(1, API.name, _PROGRAMS, Access.OPEN),
    AccessRule(9, API.name, _CONSOLE, Access.REFUSED),
    AccessRule(10_000, WEB.name, _ASSETS, Access.OPEN),
    AccessRule(20_000, WEB.name, _EVERYTHING, Access.REDIRECTED),
)
_FOR_READERS = (
    AccessRule(5, API.name, _PUBLIC_CONSOLE, Access.OPEN),
    AccessRule(15_000, WEB.name, _PUBLISHED, Access.OPEN),
)
"""Before and after the priorities of `dify.routes`, which begin at ten and stay far below ten thousand. Each keeps its
own, whatever else is there: a rule that moved would leave a moment without it."""


def access_rules(*, published_open: bool) -> tuple[AccessRule, ...]:
    """The rules that sign-in adds to those of `dify.routes`, in order of priority. `published_open` leaves published
    apps to whoever has their address."""
    wanted = (*_ALWAYS, *_FOR_READERS) if published_open else _ALWAYS
    return tuple(part for rule in sorted(wanted, key=_priority) for part in _parts(rule))


def access_to(path: str, services: Collection[str], *, published_open: bool) -> Access:
    """What a request for `path`, which begins with a slash, meets: decided as the load balancer does with all rules of
    `services`."""
    opened = [AccessRule(route.priority, route.service, route.patterns, Access.OPEN) for route in routes(services)]
    rules = sorted((*access_rules(published_open=published_open), *opened), key=_priority)
    return next(rule.access for rule in rules if any(fnmatchcase(path, pattern) for pattern in rule.patterns))


def _priority(rule: AccessRule) -> int:
    return rule.priority


def _parts(rule: AccessRule) -> list[AccessRule]:
    """`rule` as several, of consecutive priorities, where it has more patterns than the load balancer takes."""
    starts = range(0, len(rule.patterns), MAX_PATTERNS_PER_RULE)
    return [
        replace(rule, priority=rule.priority + number, patterns=rule.patterns[at : at + MAX_PATTERNS_PER_RULE])
        for number, at in enumerate(starts)
    ]
