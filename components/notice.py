"""What somebody is told of an event that no metric shows: EventBridge takes it, as one sentence, to a topic."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from components.alarms import runbook_url
from settings.severity import Severity

SENDER = "events.amazonaws.com"
"""The service that sends notices: topics and their key admit it (docs/decisions/0024)."""

RETRIES = cloudwatch.EventTargetRetryPolicyArgs(maximum_retry_attempts=12, maximum_event_age_in_seconds=3600)
"""A notice that could not be sent for an hour is dropped; what it is about stays in the service that saw it."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """`pattern` is what EventBridge looks for. `paths` are places in the event by a name, and `sentence` has the names
    in angle brackets where what is found there belongs. `runbook` is `<page>#<heading>` below docs/runbooks."""

    name: str
    about: str
    severity: Severity
    pattern: Mapping[str, Any]
    sentence: str
    runbook: str
    paths: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where notices go: `topics` by severity, as ARNs; `runbooks` is the address of the folder docs/runbooks."""

    topics: Mapping[Severity, pulumi.Input[str]]
    runbooks: str


def send(name: str, notice: Notice, desk: Desk, opts: pulumi.ResourceOptions) -> None:
    """A rule for `notice`, and the topic of its severity as the rule's target."""
    rule = cloudwatch.EventRule(
        f"{name}-{notice.name}",
        description=notice.about,
        event_pattern=json.dumps(notice.pattern),
        opts=opts,
    )
    cloudwatch.EventTarget(
        f"{name}-{notice.name}-topic",
        rule=rule.name,
        arn=desk.topics[notice.severity],
        input_transformer={
            "input_paths": {"account": "$.account", "region": "$.region", **notice.paths},
            "input_template": message(
                notice.about,
                f"{notice.sentence} (account <account>, region <region>)",
                runbook_url(desk.runbooks, notice.runbook),
            ),
        },
        retry_policy=RETRIES,
        opts=opts,
    )


def message(title: str, sentence: str, *steps: str) -> str:
    """The text of a message, in the one form of its own that Amazon Q Developer shows in a chat channel; it drops all
    others (its administrator guide, "Custom notifications"). A mail shows the same text as it is."""
    content: dict[str, Any] = {"textType": "client-markdown", "title": title, "description": sentence}
    if steps:
        content["nextSteps"] = list(steps)
    return json.dumps({"version": "1.0", "source": "custom", "content": content})
