"""What was asked of the stack, counted from nginx's log in constant memory."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from dify.web_firewall import RouteClass
from operations.host.condition import ServiceTraffic, TrafficCondition
from operations.host.durations import Durations
from operations.host.traffic_log import Request

_MOST_ROUTES = 1000
_LONGEST_ROUTE = 120
"""Routes that are counted one by one, and characters of one: a scan of paths must not fill the memory."""

_UNTIMED = (RouteClass.PAGES, RouteClass.SOCKETS)
"""Pages come from a build, and their files have names without number; a socket.io poll waits for news by design."""

_IDENTIFIER = re.compile(r"(?!v\d+$).*\d|.{33,}")
"""A part of a path that names one thing: no word of a route has a digit, but for versions, or is as long."""

_SERVER_ERROR = 500


@dataclass
class Count:
    """Requests that were passed on. `failed` are those that ended in a server error, be it the service's or nginx' own
    for want of one; `sent` in bytes; `answers` are the seconds until they began."""

    requests: int = 0
    failed: int = 0
    sent: int = 0
    answers: Durations = field(default_factory=Durations)

    def add(self, request: Request) -> None:
        """Count one."""
        self.requests += 1
        self.failed += request.status >= _SERVER_ERROR
        self.sent += request.sent
        if request.seconds is not None:
            self.answers.add(request.seconds)


@dataclass
class Traffic:
    """Requests that services were asked, by service, by class of routes and by route; `refused` are those that nginx
    refused by itself, by status."""

    total: Count = field(default_factory=Count)
    services: defaultdict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    classes: defaultdict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    routes: dict[str, Count] = field(default_factory=dict[str, Count])
    refused: Counter[int] = field(default_factory=Counter[int])

    @classmethod
    def of(cls, requests: Iterable[Request]) -> "Traffic":
        """All of `requests`."""
        counted = cls()
        for request in requests:
            counted.add(request)
        return counted

    def add(self, request: Request) -> None:
        """Count one."""
        if not request.passed_on:
            if request.status >= 400:
                self.refused[request.status] += 1
            return
        for count in self._counts(request):
            count.add(request)

    def _counts(self, request: Request) -> Iterator[Count]:
        yield self.total
        yield self.services[request.service]
        yield self.classes[request.route_class]
        # What is not there is no route, and scanners ask for a lot that is not there.
        found = request.status < 400 or request.status >= _SERVER_ERROR
        if found and request.route_class not in _UNTIMED:
            name = route_of(request)
            if name in self.routes or len(self.routes) < _MOST_ROUTES:
                yield self.routes.setdefault(name, Count())


def route_of(request: Request) -> str:
    """The method and the path with `*` for what names one thing, in printable characters. Of a webhook's path only the
    first part is shown: whoever knows the rest may call it."""
    first, *others = request.path.strip("/").split("/")
    if request.route_class == RouteClass.WEBHOOKS:
        others = ["*"]
    parts = [first, *("*" if _IDENTIFIER.match(one) else one for one in others)]
    named = f"{request.method} /{'/'.join(parts)}"
    return "".join(one if one.isprintable() else "?" for one in named[:_LONGEST_ROUTE])


def traffic_condition(traffic: Traffic, since: datetime) -> TrafficCondition:
    """The figures of `traffic`, which is that since then."""
    return TrafficCondition(
        since=since,
        requests=traffic.total.requests,
        failed=traffic.total.failed,
        refused=traffic.refused.total(),
        services=tuple(
            ServiceTraffic(
                service=name,
                requests=count.requests,
                failed=count.failed,
                answers=count.answers.count,
                median=count.answers.percentile(50),
                p95=count.answers.percentile(95),
                p99=count.answers.percentile(99),
            )
            for name, count in sorted(traffic.services.items())
        ),
    )
