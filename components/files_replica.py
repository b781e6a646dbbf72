"""The other region's copy of what is kept in buckets: its buckets, its key and its access logs."""

from dataclasses import dataclass

import pulumi

from components.bucket import Bucket, BucketArgs
from components.bucket_policy import LogWriter
from components.business_history import BusinessHistory, BusinessHistoryArgs
from components.component import Component
from components.iam import Statement, allow
from components.key import Key, KeyArgs
from components.site import Site
from components.storage import Storage, StorageArgs
from settings.storage import Storage as Choices


@dataclass(frozen=True, kw_only=True)
class FilesReplicaArgs:
    """`site` is of the other region, `choices` are those of the originals: a copy lives as long as they do. Records of
    use are copied, and kept for `history_days`, where they are."""

    site: Site
    choices: Choices
    history_days: int | None = None


class FilesReplica(Component):
    """Complete by itself: nothing here needs the stack's own region, neither to read the copies nor to decrypt them.

    The component's provider must be that of the other region. Old versions stay after a deletion as long as in the
    originals. A key of its own, not a multi-region one: S3 treats those as keys of one region anyway, and whoever takes
    away one key has not taken both (Amazon S3 User Guide, "Replicating encrypted objects").
    """

    type_token = "dify:data:FilesReplica"  # noqa: S105

    arns: dict[str, pulumi.Output[str]]
    buckets: dict[str, pulumi.Output[str]]
    key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FilesReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._region = args.site.region
        key = Key(
            f"{name}-files",
            KeyArgs(site=args.site, purpose="Copies of users' files and plugins", via=("s3",)),
            self.child(),
        )
        logs = Bucket(
            f"{name}-logs",
            BucketArgs(
                site=args.site,
                key_arn=None,
                log_bucket=None,
                abort_uploads_after_days=args.choices.abort_uploads_after_days,
                expire_noncurrent_after_days=args.choices.expire_noncurrent_after_days,
                expire_after_days=args.choices.expire_logs_after_days,
            ),
            self.child(),
            writers=[LogWriter(service="logging.s3.amazonaws.com", prefix="s3", account=args.site.account)],
        )
        copies = Storage(
            f"{name}-storage",
            StorageArgs(site=args.site, key=key, choices=args.choices, log_bucket=logs.bucket_name),
            self.child(),
        )
        self.arns = {"files": copies.files_arn, "plugins": copies.plugins_arn}
        self.buckets = {"files": copies.files_bucket, "plugins": copies.plugins_bucket}
        if args.history_days is not None:
            history = BusinessHistory(
                f"{name}-history",
                BusinessHistoryArgs(site=args.site, key=key, log_bucket=logs.bucket_name, days=args.history_days),
                self.child(),
            )
            self.arns["history"], self.buckets["history"] = history.arn, history.bucket_name
        self.key_arn = key.arn
        self.done()

    def replicate_statements(self, bucket_arn: pulumi.Output[str]) -> list[Statement]:
        """Write copies into one of the buckets, and nothing else: neither read nor delete a version.

        Decrypt and GenerateDataKey are for the bucket's own key, which saves a call of KMS for each object ("Amazon S3
        Bucket Keys and replication"); without a permission to get objects they read none.
        """
        return [
            allow(
                "WriteCopies",
                ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
                bucket_arn.apply(lambda arn: f"{arn}/*"),
            ),
            allow(
                "EncryptCopies",
                ["kms:Encrypt", "kms:GenerateDataKey", "kms:Decrypt"],
                self.key_arn,
                condition={"StringEquals": {"kms:ViaService": f"s3.{self._region}.amazonaws.com"}},
            ),
        ]
