"""What rings about the web application firewall, from when on and why."""

from collections.abc import Iterable

from components.alarms import Alarm
from components.metric import Metric
from dify.web_firewall import GROUPS, Outcome, RouteClass, Rule
from settings.severity import Severity

_WINDOW_SECONDS = 300

_SPIKE = 5000
"""Refused requests in five minutes: scanners alone stay well below, an attack or a rule that breaks Dify does not."""

_SIGN_INS = 100
"""Sign-ins refused in five minutes for being too many: one address that goes on after it was told to stop."""


def web_acl_alarms(acl_name: str, rules: Iterable[Rule], *, region: str | None) -> list[Alarm]:
    """Alarms of a web ACL with these rules. `region` is that of a regional ACL, None for a distribution's.

    Source: AWS WAF Developer Guide, "AWS WAF metrics and dimensions": metrics by ACL and rule, and for all but
    CloudFront by region; those of CloudFront are in us-east-1.
    """
    place = {} if region is None else {"Region": region}

    def blocked(rule: str) -> Metric:
        where = {"WebACL": acl_name, "Rule": rule, **place}
        return Metric(namespace="AWS/WAFV2", name="BlockedRequests", statistic="Sum", dimensions=where)

    def more_than(threshold: float, name: str, runbook: str, why: str, found: Iterable[str]) -> Alarm:
        metrics = {f"m{number}": blocked(rule) for number, rule in enumerate(found)}
        return Alarm(
            name=name,
            why=why,
            runbook=f"firewall#{runbook}",
            # What is refused does no harm; whether users are among it is for a person to see.
            severity=Severity.TICKET,
            metrics=metrics,
            expression=_sum(metrics) if len(metrics) > 1 else None,
            threshold=threshold,
            period_seconds=_WINDOW_SECONDS,
            datapoints=1,
            patience="One window: the numbers are sums of five minutes, far above those of a day",
            silence="A rule without matches counts nothing",
        )

    listed = list(rules)
    sign_ins = [
        rule.name
        for rule in listed
        if rule.outcome is Outcome.LIMIT
        and rule.name.startswith((f"limit-{RouteClass.LOGIN}-", f"limit-{RouteClass.WEB_APP_LOGIN}-"))
    ]
    managed = [group.name for group in GROUPS] + [rule.name for rule in listed if rule.name.startswith("counted-")]
    return [
        more_than(
            _SPIKE,
            "waf-blocked",
            "many-requests-refused",
            "The firewall refuses far more requests than it does every day",
            ["ALL"],
        ),
        more_than(_SIGN_INS, "waf-sign-ins", "passwords-tried", "Somebody tries out passwords", sign_ins),
        more_than(
            _SPIKE / 5,
            "waf-managed",
            "managed-rules-refuse",
            "AWS's managed rules refuse many requests: an attack, or Dify",
            managed,
        ),
    ]


def _sum(metrics: Iterable[str]) -> str:
    """A rule without matches has no metric, which counts as nothing."""
    return " + ".join(f"FILL({metric}, 0)" for metric in metrics)
