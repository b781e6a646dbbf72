"""Which findings of AWS's watching services somebody is told at once."""

from collections.abc import Mapping
from typing import Any

from components.notice import Notice
from settings.severity import Severity


def _findings(
    name: str, finder: str, *, source: str, kind: str, detail: Mapping[str, Any], title: str, severity: Severity
) -> Notice:
    """`source` and `kind` are what EventBridge calls service and event, `detail` is what an event has inside when it is
    grave, and `title` is the path to what it is about."""
    return Notice(
        name=name,
        about=f"Grave findings of {finder}",
        severity=severity,
        pattern={"source": [source], "detail-type": [kind], "detail": detail},
        paths={"title": title},
        sentence=f"{finder} found: <title>",
        runbook=f"findings#{name}",
    )


THREATS = _findings(
    "threats",
    "GuardDuty",
    source="aws.guardduty",
    kind="GuardDuty Finding",
    # From 7 on a finding is of high severity (Amazon GuardDuty User Guide, "Findings severity levels").
    detail={"severity": [{"numeric": [">=", 7]}]},
    title="$.detail.title",
    severity=Severity.PAGE,
)

CONTROLS = _findings(
    "controls",
    "Security Hub",
    source="aws.securityhub",
    kind="Security Hub Findings - Imported",
    # Only what the hub itself found: the other services speak for themselves.
    detail={
        "findings": {
            "ProductName": ["Security Hub"],
            "Severity": {"Label": ["CRITICAL"]},
            "Workflow": {"Status": ["NEW"]},
            "RecordState": ["ACTIVE"],
            "Compliance": {"Status": ["FAILED"]},
        }
    },
    title="$.detail.findings[0].Title",
    severity=Severity.TICKET,
)

SHARED = _findings(
    "shared",
    "IAM Access Analyzer",
    source="aws.access-analyzer",
    kind="Access Analyzer Finding",
    detail={"status": ["ACTIVE"]},
    title="$.detail.resource",
    severity=Severity.TICKET,
)

PACKAGES = _findings(
    "packages",
    "Inspector",
    source="aws.inspector2",
    kind="Inspector2 Finding",
    detail={"severity": ["CRITICAL"], "status": ["ACTIVE"]},
    title="$.detail.title",
    severity=Severity.TICKET,
)
