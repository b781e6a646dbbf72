"""Slack channels that hear of alarms, through Amazon Q Developer in chat applications (formerly AWS Chatbot)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import chatbot

from components.component import Component
from components.iam import role
from components.site import Site
from settings.severity import Severity
from settings.subscription import Slack, Subscription

_NOTHING = "arn:aws:iam::aws:policy/AWSDenyAll"
"""The most that anybody may do from a channel. Left out, it would be AdministratorAccess (API reference,
CreateSlackChannelConfiguration, GuardrailPolicyArns)."""


@dataclass(frozen=True, kw_only=True)
class ChatArgs:
    """`subscriptions` are those with a Slack channel; `topics` are the stack's, of each region by severity: one channel
    has one configuration, whatever region its topics are in."""

    site: Site
    subscriptions: Sequence[Subscription]
    topics: Sequence[Mapping[Severity, pulumi.Input[str]]]


class Chat(Component):
    """Channels that are told and may do nothing: the role of a channel has no permission."""

    type_token = "dify:observability:Chat"  # noqa: S105

    def __init__(self, name: str, args: ChatArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for told in args.subscriptions:
            if told.slack is not None:
                self._channel(f"{name}-{told.slack.channel}", told.slack, told.severities, args)
        self.done()

    def _channel(self, name: str, slack: Slack, severities: Sequence[Severity], args: ChatArgs) -> None:
        chatbot.SlackChannelConfiguration(
            f"{name}-configuration",
            configuration_name=f"{args.site.name}-{slack.channel}",
            iam_role_arn=role(f"{name}-role", service="chatbot.amazonaws.com", site=args.site, opts=self.child()),
            guardrail_policy_arns=[_NOTHING],
            slack_team_id=slack.workspace,
            slack_channel_id=slack.channel,
            sns_topic_arns=[topics[severity] for topics in args.topics for severity in severities],
            user_authorization_required=True,
            opts=self.child(),
        )
