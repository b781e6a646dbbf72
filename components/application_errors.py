"""What the logs of Dify and of its database are searched for: errors, processes lost, deadlocks, failed logins."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch

from components.component import Component
from components.metric import Metric
from components.site import LogPolicy, Site
from dify.plan import Deployment
from dify.services import API, API_WEBSOCKET, PLUGIN_DAEMON

NAMESPACE = "Dify/Application"
"""Where the counts of what was found are kept."""

ERROR = '{ ($.severity = "ERROR") && (($.error_source NOT EXISTS) || ($.error_source != "workflow")) }'
"""An error of Dify itself. Both the backend and the plugin daemon write `severity`, and the backend says of newer
releases' errors whether the system or a user's own workflow made them (api/core/logging/structured_formatter.py of
langgenius/dify, pkg/utils/log/handler.go of langgenius/dify-plugin-daemon, both with LOG_OUTPUT_FORMAT=json)."""

LOST = '?"WORKER TIMEOUT" ?"was sent SIGKILL"'
"""gunicorn's words for a process that answered nothing for GUNICORN_TIMEOUT, or that the kernel took for its memory
(gunicorn/arbiter.py, murder_workers and reap_workers). A Celery worker has none to lose: it runs its jobs in one
process (`-P gevent`, api/docker/entrypoint.sh), and ends together with its task."""

DEADLOCK = '"ERROR:  deadlock detected"'
"""PostgreSQL's words; RDS writes them in English (PostgreSQL source, backend/storage/lmgr/deadlock.c)."""

FAILED_LOGIN = '{ $.message = "Console login failed:*" }'
"""A wrong password, an unknown address or too many attempts at Dify's own sign-in
(api/controllers/console/auth/login.py of langgenius/dify 1.16 and later)."""


@dataclass(frozen=True, kw_only=True)
class LogFilter:
    """Counts the events of the log group `group` that `pattern` finds (Amazon CloudWatch Logs User Guide, "Filter
    pattern syntax")."""

    name: str
    group: str
    pattern: str

    def metric(self, site: Site) -> Metric:
        """How often it found something. Several stacks of one account count apart."""
        return Metric(namespace=NAMESPACE, name=f"{site.name}-{self.name}", statistic="Sum", dimensions={})


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The logs there are: of `services` by name, below `path`, and of the `database` by its identifier."""

    path: str
    services: Sequence[str]
    database: str


@dataclass(frozen=True, kw_only=True)
class LogFilters:
    """All filters of a stack, by what they mean."""

    errors: dict[str, LogFilter]
    lost: dict[str, LogFilter]
    deadlocks: LogFilter
    failed_logins: LogFilter

    @property
    def all(self) -> list[LogFilter]:
        return [*self.errors.values(), *self.lost.values(), self.deadlocks, self.failed_logins]


def sources(logs: LogPolicy, deployments: Sequence[Deployment], database: str) -> Sources:
    """The services whose log is understood: the backend's processes and the plugin daemon."""
    understood = [
        one.name for one in deployments if one.service.runs_api_image or one.service.kind == PLUGIN_DAEMON.kind
    ]
    return Sources(path=logs.path, services=understood, database=database)


def log_filters(found: Sources) -> LogFilters:
    """Errors of every service, processes lost by those that answer requests, deadlocks and failed logins."""

    def group(service: str) -> str:
        return f"{found.path}/{service}"

    answering = [name for name in found.services if name in (API.name, API_WEBSOCKET.name)]
    return LogFilters(
        errors={name: LogFilter(name=f"{name}-errors", group=group(name), pattern=ERROR) for name in found.services},
        lost={name: LogFilter(name=f"{name}-workers-lost", group=group(name), pattern=LOST) for name in answering},
        deadlocks=LogFilter(name="deadlocks", group=f"/aws/rds/instance/{found.database}/postgresql", pattern=DEADLOCK),
        failed_logins=LogFilter(name="failed-logins", group=group(API.name), pattern=FAILED_LOGIN),
    )


@dataclass(frozen=True, kw_only=True)
class ApplicationErrorsArgs:
    """`after` are what makes the log groups: the application and the database."""

    site: Site
    sources: Sources
    after: Sequence[pulumi.Resource] = ()


class ApplicationErrors(Component):
    """A metric for every kind of line that means trouble. A log in which nothing is wrong counts as 0, so that silence
    of the metric is silence of the log."""

    type_token = "dify:observability:ApplicationErrors"  # noqa: S105

    def __init__(self, name: str, args: ApplicationErrorsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for one in log_filters(args.sources).all:
            metric = one.metric(args.site)
            cloudwatch.LogMetricFilter(
                f"{name}-{one.name}",
                log_group_name=one.group,
                pattern=one.pattern,
                metric_transformation={
                    "namespace": metric.namespace,
                    "name": metric.name,
                    "value": "1",
                    "default_value": "0",
                    "unit": "Count",
                },
                opts=self.child(after=list(args.after)),
            )
        self.done()
