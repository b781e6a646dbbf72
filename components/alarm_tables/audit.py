"""What rings when the trail shows what should not happen."""

from collections.abc import Mapping

from components.alarms import Alarm
from components.audit_filters import NAMESPACE, audit_filters
from components.metric import Metric
from components.site import Site
from settings.severity import Severity

_GRAVE, _UNUSUAL, _CHANGE = Severity.PAGE, Severity.TICKET, Severity.INFO
"""What an intruder does who does not wait for the morning; what a person should explain; what a deployment does too."""

_JUDGED: Mapping[str, tuple[Severity, str]] = {
    "calls-refused": (_UNUSUAL, "calls-refused"),
    "sign-in-without-mfa": (_UNUSUAL, "sign-ins"),
    "root-use": (_GRAVE, "root-user-used"),
    "permission-changes": (_CHANGE, "permissions-changed"),
    "trail-changes": (_GRAVE, "records-or-guards-switched-off"),
    "sign-in-failures": (_UNUSUAL, "sign-ins"),
    "key-disabled": (_GRAVE, "key-disabled"),
    "bucket-policy-changes": (_CHANGE, "permissions-changed"),
    "config-changes": (_UNUSUAL, "records-or-guards-switched-off"),
    "security-group-changes": (_CHANGE, "network-changed"),
    "network-acl-changes": (_CHANGE, "network-changed"),
    "gateway-changes": (_CHANGE, "network-changed"),
    "route-changes": (_CHANGE, "network-changed"),
    "vpc-changes": (_CHANGE, "network-changed"),
    "organization-changes": (_UNUSUAL, "permissions-changed"),
    "object-access-refused": (_UNUSUAL, "calls-refused"),
    "shell-opened": (_UNUSUAL, "shell-opened"),
    "detection-stopped": (_GRAVE, "records-or-guards-switched-off"),
    "secret-read-by-others": (_GRAVE, "secret-read-by-others"),
}
"""Severity and runbook heading of every filter."""


def audit_alarms(site: Site) -> list[Alarm]:
    """One alarm for each filter of the trail."""
    return [
        Alarm(
            name=found.name,
            why=found.why,
            runbook=f"audit#{_JUDGED[found.name][1]}",
            severity=_JUDGED[found.name][0],
            metrics={
                "found": Metric(namespace=NAMESPACE, name=found.metric_name(site), statistic="Sum", dimensions={})
            },
            threshold=found.tolerates,
            period_seconds=300,
            datapoints=1,
            patience="What is done is done: it is not less grave for being over",
            silence="A filter that finds nothing counts nothing",
        )
        for found in audit_filters(site)
    ]
