"""One alarm for several causes: an actions suppressor is a single alarm."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch

from components.component import Component
from components.site import Site


@dataclass(frozen=True, kw_only=True)
class CausesArgs:
    """`pager_arns` are the pagers of what others depend on."""

    site: Site
    pager_arns: Sequence[pulumi.Input[str]]


class Causes(Component):
    """Rings while one of its causes does, and tells nobody: the cause itself has. What follows from them is silent
    meanwhile (Amazon CloudWatch User Guide, "Composite alarm action suppression")."""

    type_token = "dify:observability:Causes"  # noqa: S105

    alarm_arn: pulumi.Output[str]

    def __init__(self, name: str, args: CausesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        alarm = cloudwatch.CompositeAlarm(
            f"{name}-alarm",
            alarm_name=f"{args.site.name}-{name}",
            alarm_description="One of the stores has rung. This alarm only keeps what follows from it silent",
            alarm_rule=pulumi.Output.all(*args.pager_arns).apply(
                lambda arns: " OR ".join(f"ALARM({arn})" for arn in arns)
            ),
            opts=self.child(),
        )
        self.alarm_arn = alarm.arn
        self.done()
