"""Where records of what happened are kept: those of an auditor, which nobody can delete, and plain access logs."""

from dataclasses import dataclass

import pulumi

from components.bucket import Bucket, BucketArgs, Retention
from components.bucket_policy import LogWriter
from components.component import Component
from components.content_delivery import LOG_PREFIX as CLOUDFRONT
from components.flow_logs import PREFIX as FLOW_LOGS
from components.load_balancer import LOG_PREFIX
from components.site import Site
from settings import Lock
from settings.audit import Audit
from settings.regions import WORLDWIDE
from settings.storage import Storage

TRAIL = "trail"
"""Folder of the locked bucket, beside those of flow logs and CloudFront's logs."""

CONFIG = "config"
"""Folder of the log bucket that takes what AWS Config records."""


@dataclass(frozen=True, kw_only=True)
class AuditStoreArgs:
    """`choices` are those of the locked records, `logs` those of access logs."""

    site: Site
    key_arn: pulumi.Input[str]
    choices: Audit
    logs: Storage


class AuditStore(Component):
    """Two buckets, for not everything can be delivered to a locked one.

    Access logs of S3 go to no bucket with a default lock or a KMS key, those of a load balancer to none with a KMS key
    (Amazon S3 and Elastic Load Balancing User Guides, docs/decisions/0003), and AWS Config delivers to no bucket with
    object lock (AWS CloudFormation Template Reference, `AWS::Config::DeliveryChannel`). They share the log bucket,
    which uses S3's own keys. The trail, flow logs and CloudFront's logs are locked, and encrypted with a key of this
    stack.
    """

    type_token = "dify:security:AuditStore"  # noqa: S105

    audit_arn: pulumi.Output[str]
    audit_bucket: pulumi.Output[str]
    logs_arn: pulumi.Output[str]
    logs_bucket: pulumi.Output[str]

    def __init__(self, name: str, args: AuditStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        logs = Bucket(
            f"{name}-logs",
            BucketArgs(
                site=args.site,
                key_arn=None,
                log_bucket=None,
                abort_uploads_after_days=args.logs.abort_uploads_after_days,
                expire_noncurrent_after_days=args.logs.expire_noncurrent_after_days,
                expire_after_days=args.logs.expire_logs_after_days,
            ),
            self.child(),
            writers=_log_writers(args.site),
        )
        records = Bucket(
            f"{name}-records",
            BucketArgs(
                site=args.site,
                key_arn=args.key_arn,
                log_bucket=logs.bucket_name,
                abort_uploads_after_days=args.logs.abort_uploads_after_days,
                expire_noncurrent_after_days=args.logs.expire_noncurrent_after_days,
                expire_after_days=args.choices.expire_after_days,
                lock=_retention(args.choices),
            ),
            self.child(),
            writers=_record_writers(args.site),
        )
        self.audit_arn, self.audit_bucket = records.arn, records.bucket_name
        self.logs_arn, self.logs_bucket = logs.arn, logs.bucket_name
        self.done()


def trail_arn(site: Site) -> str:
    """ARN of the stack's trail, which the bucket must name before the trail is made."""
    return f"arn:aws:cloudtrail:{site.region}:{site.account}:trail/{site.name}"


def _retention(choices: Audit) -> Retention | None:
    match choices.lock:
        case Lock.OFF:
            return None
        case Lock.COMPLIANCE:
            return Retention(mode="COMPLIANCE", days=choices.lock_days)
        case Lock.GOVERNANCE:
            return Retention(mode="GOVERNANCE", days=choices.lock_days)


def _log_writers(site: Site) -> list[LogWriter]:
    return [
        LogWriter(service="logging.s3.amazonaws.com", prefix="s3", account=site.account),
        LogWriter(service="logdelivery.elasticloadbalancing.amazonaws.com", prefix=LOG_PREFIX, account=site.account),
        LogWriter(
            service="config.amazonaws.com",
            prefix=CONFIG,
            account=site.account,
            looks=("s3:GetBucketAcl", "s3:ListBucket"),
        ),
    ]


def _record_writers(site: Site) -> list[LogWriter]:
    delivery, look = "delivery.logs.amazonaws.com", ("s3:GetBucketAcl",)
    return [
        LogWriter(
            service="cloudtrail.amazonaws.com",
            prefix=TRAIL,
            account=site.account,
            source_arn=trail_arn(site),
            looks=look,
        ),
        LogWriter(
            service=delivery,
            prefix=FLOW_LOGS,
            account=site.account,
            source_arn=f"arn:aws:logs:{site.region}:{site.account}:*",
            looks=look,
        ),
        # CloudFront's logs begin in the region where CloudFront is at home.
        LogWriter(
            service=delivery,
            prefix=CLOUDFRONT,
            account=site.account,
            source_arn=f"arn:aws:logs:{WORLDWIDE}:{site.account}:delivery-source:*",
        ),
    ]
