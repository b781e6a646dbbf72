"""What Dify was used for, day by day: a bucket of records.

They outlive the rows that they were counted from, which Dify's clean-up removes.
"""

from dataclasses import dataclass

import pulumi

from components.bucket import Bucket, BucketArgs
from components.component import Component
from components.iam import Statement, allow
from components.key import Key
from components.site import Site
from functions.business_metrics.daily_columns import ROOT


@dataclass(frozen=True, kw_only=True)
class BusinessHistoryArgs:
    """`key` encrypts the records, `days` is how long they are kept."""

    site: Site
    key: Key
    log_bucket: pulumi.Input[str]
    days: int


class BusinessHistory(Component):
    """Only the function that counts adds to it, and nobody changes what is there."""

    type_token = "dify:data:BusinessHistory"  # noqa: S105

    arn: pulumi.Output[str]
    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: BusinessHistoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._key = args.key
        bucket = Bucket(
            f"{name}-records",
            BucketArgs(
                site=args.site,
                key_arn=args.key.arn,
                log_bucket=args.log_bucket,
                abort_uploads_after_days=1,
                expire_noncurrent_after_days=30,
                expire_after_days=args.days,
            ),
            self.child(),
        )
        self.arn, self.bucket_name = bucket.arn, bucket.bucket_name
        self.done()

    def keep_statements(self) -> list[Statement]:
        """See which days are there, and add one."""
        return [
            allow("FindDays", ["s3:ListBucket"], self.arn, condition={"StringEquals": {"s3:prefix": ROOT}}),
            allow("KeepDays", ["s3:PutObject"], pulumi.Output.concat(self.arn, f"/{ROOT}*")),
            self._key.use_statement("EncryptDays", "s3"),
        ]
