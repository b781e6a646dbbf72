"""The monthly test: that a message from each topic still arrives is known only when one does."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch

from components.alarms import runbook_url
from components.component import Component
from components.notice import RETRIES, Desk, message
from components.site import Site

_FIRST_MONDAY = "cron(0 9 ? * 2#1 *)"
"""09:00 UTC (Amazon EventBridge User Guide, "Cron expressions"; day 2 is Monday)."""


@dataclass(frozen=True, kw_only=True)
class RehearsalArgs:
    """All topics of `desk` are in the site's region."""

    site: Site
    desk: Desk


class Rehearsal(Component):
    """A message to every topic that says it is a test. Whoever misses one finds out on a quiet day."""

    type_token = "dify:observability:Rehearsal"  # noqa: S105

    def __init__(self, name: str, args: RehearsalArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        rule = cloudwatch.EventRule(
            f"{name}-month",
            description="Test every topic once a month",
            schedule_expression=_FIRST_MONDAY,
            opts=self.child(),
        )
        for severity, topic in args.desk.topics.items():
            cloudwatch.EventTarget(
                f"{name}-{severity.value}",
                rule=rule.name,
                arn=topic,
                input=message(
                    f"TEST of {args.site.name}: nothing is wrong",
                    f"This is the monthly test. If you read this, the {severity.value} topic of {args.site.name} in "
                    f"{args.site.region} works.",
                    runbook_url(args.desk.runbooks, "monthly-test#test-message"),
                ),
                retry_policy=RETRIES,
                opts=self.child(),
            )
        self.done()
