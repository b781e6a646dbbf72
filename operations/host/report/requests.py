"""How users were served: what nginx' log says."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from operations.host.docker_host import DockerHost
from operations.host.traffic import Count, Traffic
from operations.host.traffic_log import TrafficLog
from operations.output import latency, size
from operations.report_page import Section

_MOST_ROUTES = 10
_LEAST_ANSWERS = 10
"""Of a route that is called slow: fewer are chance."""

_HEAD = ("REQUESTS", "FAILED", "MEDIAN", "95 %", "99 %", "SENT")

_REFUSED = {
    403: "not allowed by `dify:requests`, or a path that only services may open",
    413: "a body that is too large",
    421: "another name than `dify:domain`",
    429: "more often than a limit of `dify:requests` allows",
    444: "another name than `dify:domain`, not answered at all",
}
_MALFORMED = "no valid request"


def request_sections(host: DockerHost, since: datetime) -> list[Section]:
    """Requests by service, by class and by route, and what nginx refused. Raises FailedError."""
    log = TrafficLog(host=host)
    begins = log.begins()
    traffic = Traffic.of(log.requests(since))
    by_service = [("in all", traffic.total), *sorted(traffic.services.items())] if traffic.total.requests else ()
    return [
        _counted("Requests", "SERVICE", by_service, note=_reaches(begins, since)),
        _counted("Requests by class of routes", "CLASS", sorted(traffic.classes.items())),
        _counted("Slowest routes", "ROUTE", _slowest(traffic), nothing=f"none was answered {_LEAST_ANSWERS} times"),
        Section(
            title="Refused by nginx itself",
            head=("STATUS", "WHY", "REQUESTS"),
            rows=[
                (str(status), _REFUSED.get(status, _MALFORMED), f"{requests:,}")
                for status, requests in traffic.refused.most_common()
            ],
            nothing="nothing was refused",
        ),
    ]


def _reaches(begins: datetime | None, since: datetime) -> str:
    said = "Times are those until an answer began; a failure is a status of 500 or more."
    if begins is None or begins <= since:
        return said
    return (
        f"{said} Figures begin on {begins:%Y-%m-%d at %H:%M} UTC: the log reaches no further back "
        "(`dify:logs`; a new container begins a new one)."
    )


def _slowest(traffic: Traffic) -> list[tuple[str, Count]]:
    """By the 95th percentile of their answers."""
    timed = [
        (p95, name, count)
        for name, count in traffic.routes.items()
        if count.answers.count >= _LEAST_ANSWERS and (p95 := count.answers.percentile(95)) is not None
    ]
    return [(name, count) for _, name, count in sorted(timed, key=lambda one: (-one[0], one[1]))[:_MOST_ROUTES]]


def _counted(
    title: str,
    of: str,
    counts: Iterable[tuple[str, Count]],
    *,
    note: str = "",
    nothing: str = "nobody asked for anything",
) -> Section:
    rows = [(name, *_cells(count)) for name, count in counts]
    return Section(title=title, head=(of, *_HEAD), rows=rows, nothing=nothing, note=note)


def _cells(count: Count) -> Sequence[str]:
    times = (count.answers.percentile(percent) for percent in (50, 95, 99))
    share = f" ({100 * count.failed / count.requests:.2f} %)" if count.failed else ""
    return (
        f"{count.requests:,}",
        f"{count.failed:,}{share}",
        *("-" if one is None else latency(one) for one in times),
        size(count.sent),
    )
