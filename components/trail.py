"""The trail: who did what in the account, in every region, and who touched which object."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudtrail, cloudwatch

from components.audit_filters import NAMESPACE, audit_filters
from components.audit_store import TRAIL
from components.component import Component
from components.iam import role
from components.log_group import log_group, write_statement
from components.site import LogPolicy, Site


@dataclass(frozen=True, kw_only=True)
class TrailArgs:
    """`bucket` is that of the audit store. `data_bucket_arns` are, by purpose, the buckets whose objects are watched;
    the one that the trail writes to must not be among them, or each record would make another."""

    site: Site
    logs: LogPolicy
    key_arn: pulumi.Input[str]
    bucket: pulumi.Input[str]
    data_bucket_arns: Mapping[str, pulumi.Input[str]]
    insights: bool


class Trail(Component):
    """All management events of all regions and all reads and writes of the stack's objects, in files that show when
    one was changed, and in a log group that filters search.

    The first copy of management events is free; AWS bills events of objects, insights and the log group by volume (AWS
    CloudTrail and Amazon CloudWatch pricing).
    """

    type_token = "dify:security:Trail"  # noqa: S105

    arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: TrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        logs = log_group(f"{name}-logs", f"{args.logs.path}/trail", args.logs, self.child())
        writes = role(
            f"{name}-role",
            service="cloudtrail.amazonaws.com",
            site=args.site,
            statements=[write_statement(logs)],
            opts=self.child(),
        )
        trail = cloudtrail.Trail(
            f"{name}-trail",
            name=args.site.name,
            enable_logging=True,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            s3_bucket_name=args.bucket,
            s3_key_prefix=TRAIL,
            kms_key_id=args.key_arn,
            cloud_watch_logs_group_arn=logs.arn.apply(lambda arn: f"{arn}:*"),
            cloud_watch_logs_role_arn=writes,
            advanced_event_selectors=_selectors(args.data_bucket_arns),
            insight_selectors=[{"insight_type": "ApiCallRateInsight"}, {"insight_type": "ApiErrorRateInsight"}]
            if args.insights
            else None,
            opts=self.child(),
        )
        for found in audit_filters(args.site):
            cloudwatch.LogMetricFilter(
                f"{name}-{found.name}",
                log_group_name=logs.name,
                pattern=found.pattern,
                metric_transformation={"namespace": NAMESPACE, "name": found.metric_name(args.site), "value": "1"},
                opts=self.child(),
            )
        self.arn = trail.arn
        self.log_group_name = logs.name
        self.done()


def _selectors(
    bucket_arns: Mapping[str, pulumi.Input[str]],
) -> list[cloudtrail.TrailAdvancedEventSelectorArgs]:
    def field(name: str, value: str) -> cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs:
        return cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs(field=name, equals=[value])

    management = cloudtrail.TrailAdvancedEventSelectorArgs(
        name="Management events", field_selectors=[field("eventCategory", "Management")]
    )
    objects = cloudtrail.TrailAdvancedEventSelectorArgs(
        name="Objects of the stack's buckets",
        field_selectors=[
            field("eventCategory", "Data"),
            field("resources.type", "AWS::S3::Object"),
            cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs(
                field="resources.ARN",
                starts_withs=[pulumi.Output.format("{0}/", arn) for arn in bucket_arns.values()],
            ),
        ],
    )
    return [management, objects]
