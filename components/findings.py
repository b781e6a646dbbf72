"""Which findings of AWS's watching services somebody is told at once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

SENDER = "events.amazonaws.com"
"""The service that sends findings: the topic and its key admit it."""

_RETRIES, _OLDEST_SECONDS = 12, 3600
"""A finding that could not be sent for an hour is dropped; it stays in the service that found it."""


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Grave findings of one service. `source` and `kind` are what EventBridge calls service and event, `detail` is what
    an event has inside when it is grave, and `title` is the path to what it is about."""

    name: str
    finder: str
    source: str
    kind: str
    detail: Mapping[str, Any]
    title: str


THREATS = Findings(
    name="threats",
    finder="GuardDuty",
    source="aws.guardduty",
    kind="GuardDuty Finding",
    # From 7 on a finding is of high severity (Amazon GuardDuty User Guide, "Findings severity levels").
    detail={"severity": [{"numeric": [">=", 7]}]},
    title="$.detail.title",
)

CONTROLS = Findings(
    name="controls",
    finder="Security Hub",
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
)

SHARED = Findings(
    name="shared",
    finder="IAM Access Analyzer",
    source="aws.access-analyzer",
    kind="Access Analyzer Finding",
    detail={"status": ["ACTIVE"]},
    title="$.detail.resource",
)

PACKAGES = Findings(
    name="packages",
    finder="Inspector",
    source="aws.inspector2",
    kind="Inspector2 Finding",
    detail={"severity": ["CRITICAL"], "status": ["ACTIVE"]},
    title="$.detail.title",
)


def send(name: str, findings: Findings, topic_arn: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
    """Send `findings` to a topic, each as one sentence."""
    rule = cloudwatch.EventRule(
        f"{name}-{findings.name}",
        description=f"Grave findings of {findings.finder}",
        event_pattern=json.dumps(
            {"source": [findings.source], "detail-type": [findings.kind], "detail": findings.detail}
        ),
        opts=opts,
    )
    cloudwatch.EventTarget(
        f"{name}-{findings.name}-topic",
        rule=rule.name,
        arn=topic_arn,
        input_transformer={
            "input_paths": {"account": "$.account", "region": "$.region", "title": findings.title},
            "input_template": f'"{findings.finder} found in account <account>, region <region>: <title>"',
        },
        retry_policy={"maximum_retry_attempts": _RETRIES, "maximum_event_age_in_seconds": _OLDEST_SECONDS},
        opts=opts,
    )
