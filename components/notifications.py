"""The topics that alarms go to, one for each severity, and who listens."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import sns

from components.component import Component
from components.costs import COST_SENDERS
from components.database_events import EVENTS_SENDER
from components.iam import Statement
from components.notice import SENDER
from components.site import Site
from settings.severity import Severity
from settings.subscription import Subscription

KNOWN_SENDERS = ("cloudwatch.amazonaws.com", EVENTS_SENDER, *COST_SENDERS)
"""Services that say for which account they send alarms, events of databases and news of costs."""

PUBLISHERS = (*KNOWN_SENDERS, SENDER)
"""Whoever publishes also encrypts, so the topics' key admits all of them."""


@dataclass(frozen=True, kw_only=True)
class NotificationsArgs:
    """Of `subscriptions`, mail and plain endpoints are made here; webhooks are subscribed by components/webhooks.py and
    channels by components/chat.py."""

    site: Site
    key_arn: pulumi.Input[str]
    subscriptions: Sequence[Subscription]


class Notifications(Component):
    """Encrypted topics that only alarms, notices and databases publish to."""

    type_token = "dify:observability:Notifications"  # noqa: S105

    topic_arns: dict[Severity, pulumi.Output[str]]

    def __init__(self, name: str, args: NotificationsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.topic_arns = {severity: self._topic(f"{name}-{severity.value}", severity, args) for severity in Severity}
        self.done()

    def _topic(self, name: str, severity: Severity, args: NotificationsArgs) -> pulumi.Output[str]:
        topic = sns.Topic(f"{name}-topic", kms_master_key_id=args.key_arn, opts=self.child())
        sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=topic.arn.apply(lambda arn: json.dumps(_policy(arn, args.site.account))),
            opts=self.child(),
        )
        for told in args.subscriptions:
            if severity in told.severities:
                self._subscribe(name, topic.arn, told)
        return topic.arn

    def _subscribe(self, name: str, topic_arn: pulumi.Output[str], told: Subscription) -> None:
        # Named by the address: whoever is added before it must not have it subscribed, and confirmed, once more.
        if told.email is not None:
            sns.TopicSubscription(
                f"{name}-{told.email}", topic=topic_arn, protocol="email", endpoint=told.email, opts=self.child()
            )
        if told.https is not None:
            sns.TopicSubscription(
                f"{name}-{told.https}",
                topic=topic_arn,
                protocol="https",
                endpoint=told.https,
                # A deployment fails where nobody confirms, instead of leaving a way that leads nowhere.
                endpoint_auto_confirms=True,
                opts=self.child(),
            )


def _policy(topic_arn: str, account: str) -> Statement:
    def publish(sid: str, *services: str) -> Statement:
        principal = {"Service": list(services)}
        return {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": principal,
            "Action": "sns:Publish",
            "Resource": topic_arn,
        }

    known = {**publish("Publish", *KNOWN_SENDERS), "Condition": {"StringEquals": {"aws:SourceAccount": account}}}
    # EventBridge says to no topic for whom it sends: a condition would refuse every notice (docs/decisions/0024).
    return {"Version": "2012-10-17", "Statement": [known, publish("PublishNotices", SENDER)]}
