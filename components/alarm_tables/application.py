"""What rings when Dify's own logs, or its database's, say that something went wrong."""

from components.alarms import Alarm, Band
from components.application_errors import LogFilter, LogFilters
from components.site import Site
from settings.severity import Severity

ERRORS = 25
"""Errors of one service in five minutes, five a minute: a dependency that fails makes one per request, a single bad
request makes one. Our own judgement: Dify states no number."""

DEADLOCKS = 3
"""Deadlocks in a quarter of an hour. PostgreSQL ends one transaction of each, and the other goes on; a few are the
price of concurrency (PostgreSQL documentation, "Deadlocks")."""

FORGOTTEN = 10
"""Failed logins in a quarter of an hour that people make by mistake; Dify refuses an address after five in a row
(LOGIN_MAX_ERROR_LIMITS, api/services/account_service.py)."""

_FOUND_NOTHING = "A service that writes no log is missing, and the alarm on its tasks says so"


def application_alarms(site: Site, filters: LogFilters) -> list[Alarm]:
    """One alarm for each filter, all of them tickets: what hurts users now rings at the load balancer."""
    return [
        *(_errors(site, service, one) for service, one in filters.errors.items()),
        *(_lost(site, service, one) for service, one in filters.lost.items()),
        _deadlocks(site, filters.deadlocks),
        _failed_logins(site, filters.failed_logins),
    ]


def _errors(site: Site, service: str, found: LogFilter) -> Alarm:
    return Alarm(
        name=found.name,
        why=f"{service} logs more than {ERRORS} errors in five minutes",
        runbook="services#application-errors",
        severity=Severity.TICKET,
        metrics={"found": found.metric(site)},
        threshold=ERRORS,
        silence=_FOUND_NOTHING,
        patience="Two of three: errors of a deployment or a failover are over within five minutes",
        period_seconds=300,
        datapoints=2,
        of=3,
    )


def _lost(site: Site, service: str, found: LogFilter) -> Alarm:
    return Alarm(
        name=found.name,
        why=f"{service} lost a process: every request in it ended",
        runbook="services#workers-lost",
        severity=Severity.TICKET,
        metrics={"found": found.metric(site)},
        threshold=0,
        silence=_FOUND_NOTHING,
        patience="At once: no process is ever lost in ordinary work",
        period_seconds=300,
        datapoints=1,
    )


def _deadlocks(site: Site, found: LogFilter) -> Alarm:
    return Alarm(
        name=found.name,
        why=f"The database broke more than {DEADLOCKS} deadlocks in a quarter of an hour",
        runbook="database#deadlocks",
        severity=Severity.TICKET,
        metrics={"found": found.metric(site)},
        threshold=DEADLOCKS,
        silence="A database that writes no log is gone, and another alarm says so",
        patience="The quarter of an hour is the patience",
        period_seconds=900,
        datapoints=1,
    )


def _failed_logins(site: Site, found: LogFilter) -> Alarm:
    return Alarm(
        name=f"{found.name}-unusual",
        why="More logins fail than is usual at this hour: somebody may be guessing passwords",
        runbook="business#failed-logins-unusual",
        severity=Severity.TICKET,
        metrics={"found": found.metric(site)},
        # What people forget is no news, also where it never happened before.
        expression=f"IF(found > {FORGOTTEN}, found, 0)",
        threshold=Band(width=3),
        silence="Nobody signs in while the api is gone, and another alarm says so",
        patience="Half an hour: one person with a forgotten password is done by then",
        period_seconds=900,
        datapoints=2,
    )
