"""What RDS says about the database and no metric does: that it was changed, failed over, or could not recover."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import rds

from components.component import Component

EVENTS_SENDER = "events.rds.amazonaws.com"
"""The service that sends them: the topic and its key admit it ("Granting permissions to publish notifications to an
Amazon SNS topic", Amazon RDS User Guide)."""

_OF_INSTANCE = ("configuration change", "deletion", "failover", "failure", "low storage", "maintenance", "recovery")
_OF_PARAMETERS = ("configuration change",)
""""Amazon RDS event categories and event messages", Amazon RDS User Guide. Backups are AWS Backup's to report."""


@dataclass(frozen=True, kw_only=True)
class DatabaseEventsArgs:
    """`after` lets RDS publish to the topic, which it tries before it takes a subscription."""

    topic_arn: pulumi.Input[str]
    instance_identifier: pulumi.Input[str]
    parameters_name: pulumi.Input[str]
    after: Sequence[pulumi.Resource]


class DatabaseEvents(Component):
    """The instance's and its parameters' events, to the topic of what waits for a working day."""

    type_token = "dify:observability:DatabaseEvents"  # noqa: S105

    def __init__(self, name: str, args: DatabaseEventsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for role, source, identifier, categories in (
            ("instance", "db-instance", args.instance_identifier, _OF_INSTANCE),
            ("parameters", "db-parameter-group", args.parameters_name, _OF_PARAMETERS),
        ):
            rds.EventSubscription(
                f"{name}-{role}",
                sns_topic=args.topic_arn,
                source_type=source,
                source_ids=[identifier],
                event_categories=list(categories),
                opts=self.child(after=list(args.after)),
            )
        self.done()
