"""Flow logs: who sent how much to whom in the network, and what the security groups refused."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components.component import Component
from components.site import Site

FIELDS = (
    *("version", "account-id", "region", "vpc-id", "subnet-id", "az-id", "interface-id", "instance-id"),
    *("srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end"),
    *("action", "log-status", "tcp-flags", "type", "pkt-srcaddr", "pkt-dstaddr"),
    *("pkt-src-aws-service", "pkt-dst-aws-service", "flow-direction", "traffic-path", "reject-reason"),
    *("ecs-cluster-name", "ecs-service-name", "ecs-task-definition-arn", "ecs-task-id"),
)
"""What is recorded of each flow. `srcaddr` and `dstaddr` are those of the interface that was watched, `pkt-srcaddr` and
`pkt-dstaddr` those in the packet: they differ where a NAT gateway or load balancer stands between. The `ecs-` fields
name the service, which an address of Fargate does not (Amazon VPC User Guide, "Flow log records"). As columns of
Parquet files the names have underscores for hyphens (same guide, "Query flow logs using Amazon Athena")."""

PREFIX = "flow-logs"
"""Where in the bucket they begin; AWS goes on with AWSLogs/ and partitions of account, service, region and hour."""


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """`bucket_arn` is a bucket that lets delivery.logs.amazonaws.com write below PREFIX."""

    site: Site
    vpc_id: pulumi.Input[str]
    bucket_arn: pulumi.Input[str]


class FlowLogs(Component):
    """All traffic of a VPC, accepted and refused, minute by minute, as Parquet files in partitions of one hour.

    They name no DNS names and hold no content; queries of names are logged by components/dns_logs.py. Traffic to
    Amazon's own DNS servers, DHCP and instance metadata is never recorded (Amazon VPC User Guide, "Flow log
    limitations").
    """

    type_token = "dify:network:FlowLogs"  # noqa: S105

    flow_log_id: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        log = ec2.FlowLog(
            f"{name}-vpc",
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="s3",
            log_destination=pulumi.Output.format("{0}/{1}/", args.bucket_arn, PREFIX),
            destination_options={
                "file_format": "parquet",
                "hive_compatible_partitions": True,
                "per_hour_partition": True,
            },
            log_format=" ".join(f"${{{field}}}" for field in FIELDS),
            max_aggregation_interval=60,
            tags={"Name": args.site.name},
            opts=self.child(),
        )
        self.flow_log_id = log.id
        self.done()
