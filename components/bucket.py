"""An S3 bucket with everything that AWS keeps in resources beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import s3

from components.component import Component
from components.iam import Statement, document
from components.site import Site


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """Days count from an object's creation, for old versions from when they were replaced. `key_arn` None means
    Amazon's own S3 keys, `log_bucket` None no access log, `infrequent_access_after_days` and `expire_after_days` None
    never."""

    site: Site
    key_arn: pulumi.Input[str] | None
    log_bucket: pulumi.Input[str] | None
    abort_uploads_after_days: int
    expire_noncurrent_after_days: int
    infrequent_access_after_days: int | None = None
    expire_after_days: int | None = None


class Bucket(Component):
    """Private, encrypted, versioned, TLS only."""

    type_token = "dify:data:Bucket"  # noqa: S105

    arn: pulumi.Output[str]
    bucket_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: BucketArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        writers: Sequence["LogWriter"] = (),
    ) -> None:
        super().__init__(name, opts)
        bucket = s3.Bucket(
            f"{name}-bucket",
            force_destroy=not args.site.retains,
            opts=self.child(protect=args.site.retains),
        )
        self.arn = bucket.arn
        self.bucket_name = bucket.bucket
        self._close(name, bucket, writers)
        self._preserve(name, bucket, args)
        if args.log_bucket is not None:
            s3.BucketLogging(
                f"{name}-logging",
                bucket=bucket.bucket,
                target_bucket=args.log_bucket,
                target_prefix=f"s3/{name}/",
                opts=self.child(),
            )
        self.done()

    def _close(self, name: str, bucket: s3.Bucket, writers: Sequence["LogWriter"]) -> None:
        block = s3.BucketPublicAccessBlock(
            f"{name}-private",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.child(),
        )
        s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=self.child(),
        )
        s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=document([_tls_only(bucket), *(writer.statement(bucket) for writer in writers)]),
            # S3 refuses two changes of a bucket's access at once.
            opts=self.child(after=[block]),
        )

    def _preserve(self, name: str, bucket: s3.Bucket, args: BucketArgs) -> None:
        versioning = s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=self.child(),
        )
        s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}
                    if args.key_arn is None
                    else {"sse_algorithm": "aws:kms", "kms_master_key_id": args.key_arn},
                    "bucket_key_enabled": args.key_arn is not None,
                }
            ],
            opts=self.child(),
        )
        s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            rules=[
                {
                    "id": "keep-tidy",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": args.abort_uploads_after_days},
                    "noncurrent_version_expiration": {"noncurrent_days": args.expire_noncurrent_after_days},
                    "transitions": None
                    if args.infrequent_access_after_days is None
                    else [{"days": args.infrequent_access_after_days, "storage_class": "STANDARD_IA"}],
                    "expiration": None if args.expire_after_days is None else {"days": args.expire_after_days},
                }
            ],
            opts=self.child(after=[versioning]),
        )


@dataclass(frozen=True, kw_only=True)
class LogWriter:
    """An AWS service that may put its logs below `prefix` of a bucket, on behalf of `account`."""

    service: str
    prefix: str
    account: str

    def statement(self, bucket: s3.Bucket) -> Statement:
        """What the bucket's policy says of this writer."""
        return {
            "Sid": "Logs" + "".join(part.title() for part in self.service.split(".")[:2]),
            "Effect": "Allow",
            "Principal": {"Service": self.service},
            "Action": "s3:PutObject",
            "Resource": bucket.arn.apply(lambda arn: f"{arn}/{self.prefix}/*"),
            "Condition": {"StringEquals": {"aws:SourceAccount": self.account}},
        }


def _tls_only(bucket: s3.Bucket) -> Statement:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:*",
        "Resource": [bucket.arn, bucket.arn.apply(lambda arn: f"{arn}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
