"""Saved questions to the logs, as the runbooks ask them (CloudWatch Logs Insights).

Answers about requests that took long stand in the load balancer's access logs, which Athena reads: Dify writes none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch

from components.component import Component
from components.site import Site
from components.web_acl import LOG_NAME
from dify.plan import Deployment
from dify.services import AGENT_SSRF_PROXY, API, PLUGIN_DAEMON, SSRF_PROXY, WORKER

REPLACE = "REPLACE-ME"
"""What whoever asks puts the identifier in for that they look for."""


@dataclass(frozen=True, kw_only=True)
class LogQuery:
    """A `question` about a `topic`, both as words of its name, to the log groups `groups`. `text` is in the Logs
    Insights query language (Amazon CloudWatch Logs User Guide, "CloudWatch Logs Insights query syntax")."""

    topic: str
    question: str
    groups: Sequence[str]
    text: str


@dataclass(frozen=True, kw_only=True)
class Logged:
    """What writes logs: `deployments` below `path`, and the `database` by its identifier. `firewall` is the group of
    the web ACL, None where it is in another region; `names_guarded` says whether names are refused."""

    path: str
    deployments: Sequence[Deployment]
    database: str
    firewall: str | None = None
    names_guarded: bool = False


def firewall_group(site: Site) -> str:
    """The log group of the web ACL."""
    return LOG_NAME.format(site=site.name)


def log_queries(logged: Logged) -> list[LogQuery]:
    """Every saved question of a stack."""

    def groups(*kinds: str) -> list[str]:
        return [f"{logged.path}/{one.name}" for one in logged.deployments if not kinds or one.service.kind in kinds]

    backend = [f"{logged.path}/{one.name}" for one in logged.deployments if one.service.runs_api_image]
    structured = [*backend, *groups(PLUGIN_DAEMON.kind)]
    proxies = groups(SSRF_PROXY.kind, AGENT_SSRF_PROXY.kind)
    database = [f"/aws/rds/instance/{logged.database}/postgresql"]
    return [
        LogQuery(topic="services", question="errors-by-message", groups=structured, text=_ERRORS),
        LogQuery(topic="services", question="one-trace", groups=structured, text=_TRACE),
        LogQuery(topic="services", question="processes-lost", groups=backend, text=_LOST),
        LogQuery(topic="workers", question="slow-jobs", groups=groups(WORKER.kind), text=_SLOW_JOBS),
        LogQuery(topic="workflows", question="failed-runs", groups=backend, text=_FAILED_RUNS),
        LogQuery(topic="plugins", question="start-up", groups=groups(PLUGIN_DAEMON.kind), text=_PLUGINS),
        LogQuery(topic="database", question="slow-statements", groups=database, text=_SLOW_STATEMENTS),
        LogQuery(topic="database", question="deadlocks", groups=database, text=_DEADLOCKS),
        LogQuery(topic="sandbox", question="denied-by-proxy", groups=proxies, text=_DENIED),
        LogQuery(topic="sandbox", question="slow-requests", groups=proxies, text=_SLOW_REQUESTS),
        LogQuery(topic="sign-in", question="failed-logins", groups=groups(API.kind), text=_FAILED_LOGINS),
        *_of_firewalls(logged),
    ]


def _of_firewalls(logged: Logged) -> list[LogQuery]:
    found: list[LogQuery] = []
    if logged.firewall is not None:
        found.append(LogQuery(topic="firewall", question="refused", groups=[logged.firewall], text=_REFUSED))
    if logged.names_guarded:
        found.append(LogQuery(topic="names", question="refused", groups=[f"{logged.path}/dns"], text=_NAMES))
    return found


@dataclass(frozen=True, kw_only=True)
class LogQueriesArgs:
    """`after` are what makes the log groups."""

    site: Site
    logged: Logged
    after: Sequence[pulumi.Resource] = ()


class LogQueries(Component):
    """Saved queries, in folders by stack and topic. Saving one costs nothing; each run is billed by the gigabytes that
    it reads (Amazon CloudWatch pricing)."""

    type_token = "dify:observability:LogQueries"  # noqa: S105

    def __init__(self, name: str, args: LogQueriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for query in log_queries(args.logged):
            cloudwatch.QueryDefinition(
                f"{name}-{query.topic}-{query.question}",
                name=f"{args.site.name}/{query.topic}/{query.question}",
                log_group_names=query.groups,
                query_string=query.text,
                opts=self.child(after=list(args.after)),
            )
        self.done()


def _query(*commands: str) -> str:
    return "\n| ".join(commands)


_ERRORS = _query(
    "fields @timestamp, message",
    'filter severity = "ERROR"',
    "stats count(*) as errors, max(@timestamp) as last by message",
    "sort errors desc",
    "limit 50",
)

_TRACE = _query(
    "fields @timestamp, @log, severity, message, stack_trace",
    f'filter trace_id = "{REPLACE}" or attributes.trace_id = "{REPLACE}"',
    "sort @timestamp asc",
    "limit 1000",
)

_LOST = _query(
    "fields @timestamp, @log, @logStream, @message",
    'filter @message like "WORKER TIMEOUT" or @message like "was sent SIGKILL"',
    "sort @timestamp desc",
    "limit 100",
)

# "Task <name>[<id>] succeeded in <seconds>s: <result>" (celery/app/trace.py).
_SLOW_JOBS = _query(
    "fields @timestamp, message",
    'filter message like " succeeded in "',
    'parse message "Task *[*] succeeded in *s: *" as task, id, seconds, result',
    "stats count(*) as jobs, max(seconds) as longest, avg(seconds) as usual by task",
    "sort longest desc",
    "limit 50",
)

# `error_source` and `context` are of api/core/logging/structured_formatter.py (langgenius/dify).
_FAILED_RUNS = _query(
    "fields @timestamp, message",
    'filter severity = "ERROR" and error_source = "workflow"',
    "stats count(*) as failures, max(@timestamp) as last by context.app_id, context.node_id, message",
    "sort failures desc",
    "limit 50",
)

# The daemon's words before and after a plugin's environment is made (langgenius/dify-plugin-daemon#647).
_PLUGINS = _query(
    "fields @timestamp, message",
    'filter message = "local runtime starting" or message = "local runtime ready" or severity = "ERROR"',
    "stats count(*) as lines, min(@timestamp) as began, max(@timestamp) as last by attributes.plugin, message",
    "sort last desc",
    "limit 100",
)

# Statements over log_min_duration_statement (components/database.py).
_SLOW_STATEMENTS = _query(
    "fields @timestamp, @message",
    'filter @message like "duration: "',
    'parse @message "duration: * ms  *: *" as ms, how, statement',
    "stats count(*) as times, max(ms) as longest, sum(ms) as together by statement",
    "sort together desc",
    "limit 25",
)

_DEADLOCKS = _query(
    "fields @timestamp, @message",
    'filter @message like "deadlock detected" or @message like "still waiting for"',
    "sort @timestamp desc",
    "limit 100",
)

# Fields of images/ssrf_proxy/squid.conf; squid's results of refused requests end with DENIED.
_DENIED = _query(
    "fields @timestamp, host, port, client",
    'filter result like "DENIED"',
    "stats count(*) as refused, max(@timestamp) as last by host, port, client",
    "sort refused desc",
    "limit 50",
)

_SLOW_REQUESTS = _query(
    "fields @timestamp, host, ms",
    "filter ms > 5000",
    "stats count(*) as requests, max(ms) as longest by host",
    "sort longest desc",
    "limit 50",
)

_FAILED_LOGINS = _query(
    "fields @timestamp, message",
    'filter message like "Console login failed:"',
    'parse message "email=* reason=* ip_address=*" as email, reason, address',
    "stats count(*) as failures, count_distinct(email) as accounts, max(@timestamp) as last by address, reason",
    "sort failures desc",
    "limit 50",
)

# AWS WAF Developer Guide, "Log fields".
_REFUSED = _query(
    "fields @timestamp, httpRequest.clientIp, httpRequest.uri, terminatingRuleId",
    'filter action = "BLOCK"',
    "stats count(*) as refused, max(@timestamp) as last "
    "by terminatingRuleId, httpRequest.clientIp, httpRequest.country, httpRequest.uri",
    "sort refused desc",
    "limit 50",
)

# Route 53 Developer Guide, "Values that appear in VPC Resolver query logs".
_NAMES = _query(
    "fields @timestamp, query_name, srcaddr",
    'filter firewall_rule_action = "BLOCK" or firewall_rule_action = "ALERT"',
    "stats count(*) as refused, max(@timestamp) as last by query_name, firewall_rule_action, srcaddr",
    "sort refused desc",
    "limit 50",
)
