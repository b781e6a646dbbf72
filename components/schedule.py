"""A function that is called again and again."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, lambda_

from components.function import Function
from components.iam import Statement, allow


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """`expression` says when (Amazon EventBridge User Guide, "Rate and cron expressions") and `purpose` why; `role` is
    what the rule is called beside the function. A call that is `late_seconds` late is not made, and none twice."""

    role: str
    purpose: str
    expression: str
    late_seconds: int

    def call(
        self,
        name: str,
        function: Function,
        opts: pulumi.ResourceOptions,
        *,
        request: pulumi.Input[str] | None = None,
    ) -> None:
        """Let EventBridge call `function` with the JSON text `request`, or EventBridge's own, and nobody else through
        this rule."""
        rule = cloudwatch.EventRule(
            f"{name}-{self.role}", description=self.purpose, schedule_expression=self.expression, opts=opts
        )
        lambda_.Permission(
            f"{name}-may-call",
            function=function.function_name,
            action="lambda:InvokeFunction",
            principal="events.amazonaws.com",
            source_arn=rule.arn,
            opts=opts,
        )
        cloudwatch.EventTarget(
            f"{name}-target",
            rule=rule.name,
            arn=function.arn,
            input=request,
            retry_policy={"maximum_event_age_in_seconds": self.late_seconds, "maximum_retry_attempts": 0},
            opts=opts,
        )


def publish_statements(namespace: str) -> Sequence[Statement]:
    """Publish metrics of one namespace: IAM knows no smaller resource."""
    return [
        allow(
            "PublishMetrics",
            ["cloudwatch:PutMetricData"],
            "*",
            condition={"StringEquals": {"cloudwatch:namespace": namespace}},
        )
    ]
