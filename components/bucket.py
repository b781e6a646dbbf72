"""An S3 bucket with everything that AWS keeps in resources beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_aws import s3

from components.bucket_policy import LogWriter, refusals
from components.component import Component
from components.iam import document
from components.site import Site


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long S3 Object Lock keeps each version from deletion. COMPLIANCE: from everybody, the root user included;
    GOVERNANCE: from all who lack `s3:BypassGovernanceRetention` (Amazon S3 User Guide, "Locking objects")."""

    mode: Literal["COMPLIANCE", "GOVERNANCE"]
    days: int


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """Days count from an object's creation, for old versions from when they were replaced. `key_arn` None means
    Amazon's own S3 keys, `log_bucket` None no access log, `infrequent_access_after_days` and `expire_after_days` None
    never, `lock` None that whoever may delete objects can. A log bucket is of the bucket's own region."""

    site: Site
    key_arn: pulumi.Input[str] | None
    log_bucket: pulumi.Input[str] | None
    abort_uploads_after_days: int
    expire_noncurrent_after_days: int
    infrequent_access_after_days: int | None = None
    expire_after_days: int | None = None
    lock: Retention | None = None


class Bucket(Component):
    """Private, encrypted, versioned, for this account and the services that write logs for it.

    Its name and ARN are known only once it is closed, encrypted and locked: who takes one of them may write at once.
    """

    type_token = "dify:data:Bucket"  # noqa: S105

    arn: pulumi.Output[str]
    bucket_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: BucketArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        writers: Sequence[LogWriter] = (),
    ) -> None:
        super().__init__(name, opts)
        bucket = s3.Bucket(
            f"{name}-bucket",
            force_destroy=not args.site.retains,
            object_lock_enabled=True if args.lock is not None else None,
            opts=self.child(protect=args.site.retains),
        )
        sides = [self._close(name, bucket, args, writers), *self._preserve(name, bucket, args)]
        self.arn, self.bucket_name = (
            pulumi.Output.all(known, *(side.id for side in sides)).apply(lambda made: str(made[0]))
            for known in (bucket.arn, bucket.bucket)
        )
        if args.log_bucket is not None:
            s3.BucketLogging(
                f"{name}-logging",
                bucket=bucket.bucket,
                target_bucket=args.log_bucket,
                # Below it account, region, bucket and day: a query reads only what it names.
                target_prefix="s3/",
                target_object_key_format={"partitioned_prefix": {"partition_date_source": "EventTime"}},
                opts=self.child(),
            )
        self.done()

    def _close(
        self, name: str, bucket: s3.Bucket, args: BucketArgs, writers: Sequence[LogWriter]
    ) -> pulumi.CustomResource:
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
        admitted = [statement for writer in writers for statement in writer.statements(bucket.arn)]
        return s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=document([*refusals(bucket.arn, args.key_arn, args.site.account), *admitted]),
            # S3 refuses two changes of a bucket's access at once.
            opts=self.child(after=[block]),
        )

    def _preserve(self, name: str, bucket: s3.Bucket, args: BucketArgs) -> list[pulumi.CustomResource]:
        versioning = s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=self.child(),
        )
        encryption = s3.BucketServerSideEncryptionConfiguration(
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
        if args.lock is None:
            return [encryption]
        lock = s3.BucketObjectLockConfiguration(
            f"{name}-lock",
            bucket=bucket.bucket,
            rule={"default_retention": {"mode": args.lock.mode, "days": args.lock.days}},
            opts=self.child(after=[versioning]),
        )
        return [encryption, lock]
