"""What rings about the load balancer and what stands behind it."""

from collections.abc import Mapping

import pulumi

from components.alarms import Alarm
from components.metric import Metric
from dify.routes import TIMED
from dify.services import API_WEBSOCKET, PLUGIN_DAEMON
from settings.alarms import Alarms as Limits
from settings.severity import Severity

_INSTALL_MINUTES = 20
"""How long the plugin daemon may install every plugin again when it starts, as long as ECS waits for its first good
health check (components/service.py)."""

_TLS_ERRORS = 500
"""In five minutes: scanners that offer old protocols stay below, a certificate that browsers refuse does not."""

_NO_REQUESTS = "Nobody asks anything at night: no request is no error"
_NO_COUNT = "The load balancer reports the count only when it is not zero"
_MUST_REPORT = "A target group without registered tasks reports nothing: silence is absence"


def load_balancer_alarms(
    limits: Limits, arn_suffix: pulumi.Input[str], target_groups: Mapping[str, pulumi.Input[str]]
) -> list[Alarm]:
    """Errors, slow answers and absence; `target_groups` are the suffixes of their ARNs by service.

    Source: Elastic Load Balancing User Guide for Application Load Balancers, "CloudWatch metrics". Health is watched
    per target group and not per zone: tasks are spread over zones, and a lost zone shows as unhealthy tasks of all
    services.
    """
    of_targets = [_of_target_group(limits, arn_suffix, *each) for each in target_groups.items()]
    return [
        *_errors(limits, arn_suffix),
        *_connections(arn_suffix),
        *(alarm for alarms in of_targets for alarm in alarms),
    ]


def _metric(arn_suffix: pulumi.Input[str], name: str, statistic: str, **more: pulumi.Input[str]) -> Metric:
    where: dict[str, pulumi.Input[str]] = {"LoadBalancer": arn_suffix, **more}
    return Metric(namespace="AWS/ApplicationELB", name=name, statistic=statistic, dimensions=where)


def _errors(limits: Limits, arn_suffix: pulumi.Input[str]) -> list[Alarm]:
    """The whole share pages. Whenever it does, one half of it or the other rings as well and says whose errors they
    are."""
    requests = {"requests": _metric(arn_suffix, "RequestCount", "Sum")}
    target = {"target": _metric(arn_suffix, "HTTPCode_Target_5XX_Count", "Sum")}
    balancer = {"balancer": _metric(arn_suffix, "HTTPCode_ELB_5XX_Count", "Sum")}

    def share(*counts: str) -> str:
        # What the load balancer refuses for want of a target is no part of RequestCount.
        asked = "FILL(requests, 0)"
        both = f"({asked} + FILL(balancer, 0))" if "balancer" in counts else asked
        total = " + ".join(f"FILL({count}, 0)" for count in counts)
        return f"IF({both} > 0, 100 * ({total}) / {both}, 0)"

    return [
        Alarm(
            name="errors",
            why=f"More than {limits.error_percent:g} % of requests end in a server error",
            runbook="edge#server-errors",
            severity=Severity.PAGE,
            metrics={**requests, **target, **balancer},
            expression=share("target", "balancer"),
            threshold=limits.error_percent,
            silence=_NO_REQUESTS,
        ),
        Alarm(
            name="service-errors",
            why=f"Services answer more than {limits.error_percent / 2:g} % of requests with a server error",
            runbook="edge#server-errors",
            severity=Severity.INFO,
            metrics={**requests, **target},
            expression=share("target"),
            threshold=limits.error_percent / 2,
            silence=_NO_REQUESTS,
        ),
        Alarm(
            name="balancer-errors",
            why=f"More than {limits.error_percent / 2:g} % of requests get no answer from a service",
            runbook="edge#server-errors",
            severity=Severity.INFO,
            metrics={**requests, **balancer},
            expression=share("balancer"),
            threshold=limits.error_percent / 2,
            silence=_NO_REQUESTS,
        ),
    ]


def _connections(arn_suffix: pulumi.Input[str]) -> list[Alarm]:
    return [
        Alarm(
            name="rejected",
            why="The load balancer turns connections away: it has as many as it takes",
            runbook="edge#connections-rejected",
            severity=Severity.PAGE,
            metrics={"rejected": _metric(arn_suffix, "RejectedConnectionCount", "Sum")},
            threshold=0,
            datapoints=3,
            patience="Three minutes in a row: a load balancer that grows with its load may refuse some meanwhile",
            silence=_NO_COUNT,
        ),
        Alarm(
            name="target-connections",
            why="The load balancer cannot connect to tasks",
            runbook="edge#connection-errors",
            severity=Severity.TICKET,
            metrics={"errors": _metric(arn_suffix, "TargetConnectionErrorCount", "Sum")},
            threshold=0,
            silence=_NO_COUNT,
        ),
        Alarm(
            name="tls-errors",
            why="Many clients agree with the load balancer on no TLS session",
            runbook="edge#tls-errors",
            severity=Severity.INFO,
            metrics={"errors": _metric(arn_suffix, "ClientTLSNegotiationErrorCount", "Sum")},
            threshold=_TLS_ERRORS,
            period_seconds=300,
            datapoints=3,
            patience="A quarter of an hour: a scan is over sooner",
            silence=_NO_COUNT,
        ),
    ]


def _of_target_group(
    limits: Limits, arn_suffix: pulumi.Input[str], service: str, target_group: pulumi.Input[str]
) -> list[Alarm]:
    def metric(name: str, statistic: str) -> Metric:
        return _metric(arn_suffix, name, statistic, TargetGroup=target_group)

    installs = service == PLUGIN_DAEMON.name
    alarms = [
        Alarm(
            name=f"{service}-unavailable",
            why=f"No healthy {service} task behind the load balancer",
            runbook="edge#service-unavailable",
            # Without live editing everything else works.
            severity=Severity.TICKET if service == API_WEBSOCKET.name else Severity.PAGE,
            # Nodes of the load balancer may see it differently for a moment: one that sees a task is enough.
            metrics={"healthy": metric("HealthyHostCount", "Maximum")},
            threshold=1,
            below=True,
            datapoints=_INSTALL_MINUTES if installs else 2,
            patience="Each start installs all plugins, which a deployment and a rotation bring as well"
            if installs
            else "Two minutes: users see errors meanwhile, and a failed check alone takes no task away",
            missing="breaching",
            silence=_MUST_REPORT,
        ),
        Alarm(
            name=f"{service}-unhealthy",
            why=f"Tasks of {service} fail their health check",
            runbook="edge#unhealthy-tasks",
            severity=Severity.TICKET,
            metrics={"unhealthy": metric("UnHealthyHostCount", "Maximum")},
            threshold=0,
            datapoints=_INSTALL_MINUTES if installs else 10,
            patience="Each start installs all plugins" if installs else "ECS replaces such a task within minutes",
            silence=_MUST_REPORT + ", which another alarm is about",
        ),
    ]
    if service in TIMED:
        alarms.append(
            Alarm(
                name=f"{service}-response",
                why=f"{service} answers slower than {limits.response_seconds:g} s (95th percentile)",
                runbook="edge#slow-answers",
                # Answers of models are slow by nature; what users feel as slow the probe measures, and pages.
                severity=Severity.TICKET,
                metrics={"response": metric("TargetResponseTime", "p95")},
                threshold=limits.response_seconds,
                silence=_NO_REQUESTS,
            )
        )
    return alarms
