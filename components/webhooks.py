"""Endpoints that hear of alarms and whose addresses are secrets: PagerDuty's and Opsgenie's hold a key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import lambda_

from components.component import Component
from components.function import Function, FunctionArgs
from components.iam import allow
from components.site import LogPolicy, Site
from settings.severity import Severity
from settings.subscription import Subscription


@dataclass(frozen=True, kw_only=True)
class WebhooksArgs:
    """`subscriptions` are those with a webhook; `topics` are the stack's, of each region by severity."""

    site: Site
    logs: LogPolicy
    subscriptions: Sequence[Subscription]
    topics: Sequence[Mapping[Severity, pulumi.Input[str]]]


class Webhooks(Component):
    """A function that reads the addresses and subscribes them at every deployment that changes who hears what, so that
    none of them is in the program or its state. Where nobody hears a severity any more, it takes back what it did."""

    type_token = "dify:observability:Webhooks"  # noqa: S105

    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: WebhooksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        every = [arn for topics in args.topics for arn in topics.values()]
        function = Function(
            name,
            FunctionArgs(
                site=args.site,
                logs=args.logs,
                folder="webhooks",
                statements=[
                    allow("ReadAddresses", ["secretsmanager:GetSecretValue"], _secrets(args.subscriptions)),
                    allow("SeeSubscriptions", ["sns:ListSubscriptionsByTopic"], every),
                    allow("Subscribe", ["sns:Subscribe"], every, condition={"StringEquals": {"sns:Protocol": "https"}}),
                    # IAM knows no resource for these (Service Authorization Reference).
                    allow("OwnSubscriptions", ["sns:GetSubscriptionAttributes", "sns:Unsubscribe"], "*"),
                ],
                timeout_seconds=60,
            ),
            self.child(),
        )
        before: list[pulumi.Resource] = []
        for severity in Severity:
            secrets = _secrets([one for one in args.subscriptions if severity in one.severities])
            if secrets:
                # The function runs once at a time.
                request = {"topics": [topics[severity] for topics in args.topics], "secrets": secrets}
                before = [self._heard(f"{name}-{severity.value}", pulumi.Output.json_dumps(request), function, before)]
        self.function_name = function.function_name
        self.done()

    def _heard(
        self, name: str, request: pulumi.Input[str], function: Function, before: list[pulumi.Resource]
    ) -> lambda_.Invocation:
        return lambda_.Invocation(
            name,
            function_name=function.function_name,
            input=request,
            triggers={"code": function.code_sha256},
            lifecycle_scope="CRUD",
            opts=self.child(after=before),
        )


def _secrets(subscriptions: Sequence[Subscription]) -> list[str]:
    return [one.webhook for one in subscriptions if one.webhook is not None]
