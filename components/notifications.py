"""The topic that alarms go to, and who listens."""

import json
from dataclasses import dataclass

import pulumi
from pulumi_aws import sns

from components.component import Component
from components.database_events import EVENTS_SENDER
from components.findings import SENDER
from components.site import Site


@dataclass(frozen=True, kw_only=True)
class NotificationsArgs:
    """Each of `emails` gets a message that asks to confirm the subscription."""

    site: Site
    key_arn: pulumi.Input[str]
    emails: tuple[str, ...]


class Notifications(Component):
    """An encrypted topic that only this account's alarms, findings and databases may publish to."""

    type_token = "dify:observability:Notifications"  # noqa: S105

    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: NotificationsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        topic = sns.Topic(f"{name}-topic", kms_master_key_id=args.key_arn, opts=self.child())
        sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=topic.arn.apply(lambda arn: json.dumps(_policy(arn, args.site.account))),
            opts=self.child(),
        )
        for number, email in enumerate(args.emails):
            sns.TopicSubscription(
                f"{name}-email-{number}", topic=topic.arn, protocol="email", endpoint=email, opts=self.child()
            )
        self.topic_arn = topic.arn
        self.done()


PUBLISHERS = ("cloudwatch.amazonaws.com", SENDER, EVENTS_SENDER)
"""The services that send alarms, grave findings and events of databases; they also encrypt them, so the topic's key
admits them."""


def _policy(topic_arn: str, account: str) -> dict[str, object]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Publish",
                "Effect": "Allow",
                "Principal": {"Service": list(PUBLISHERS)},
                "Action": "sns:Publish",
                "Resource": topic_arn,
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            }
        ],
    }
