"""The buckets of users' files and of plugins."""

from dataclasses import dataclass

import pulumi

from components.bucket import Bucket, BucketArgs
from components.component import Component
from components.iam import Statement, allow
from components.key import Key
from components.site import Site
from settings.storage import Storage as Choices


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """`log_bucket` takes the access logs of both buckets."""

    site: Site
    key: Key
    choices: Choices
    log_bucket: pulumi.Input[str]


class Storage(Component):
    """Files and plugins are kept for ever."""

    type_token = "dify:data:Storage"  # noqa: S105

    files_arn: pulumi.Output[str]
    files_bucket: pulumi.Output[str]
    plugins_arn: pulumi.Output[str]
    plugins_bucket: pulumi.Output[str]

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        chosen, self._key = args.choices, args.key
        files, plugins = (
            Bucket(
                f"{name}-{purpose}",
                BucketArgs(
                    site=args.site,
                    key_arn=args.key.arn,
                    log_bucket=args.log_bucket,
                    abort_uploads_after_days=chosen.abort_uploads_after_days,
                    expire_noncurrent_after_days=chosen.expire_noncurrent_after_days,
                    infrequent_access_after_days=chosen.infrequent_access_after_days,
                ),
                self.child(),
            )
            for purpose in ("files", "plugins")
        )
        self.files_arn, self.files_bucket = files.arn, files.bucket_name
        self.plugins_arn, self.plugins_bucket = plugins.arn, plugins.bucket_name
        self.done()

    def files_statements(self) -> list[Statement]:
        """Read, write and delete users' files."""
        return self._object_statements("Files", self.files_arn)

    def plugins_statements(self) -> list[Statement]:
        """Read, write and delete packages of plugins."""
        return self._object_statements("Plugins", self.plugins_arn)

    def _object_statements(self, what: str, bucket_arn: pulumi.Output[str]) -> list[Statement]:
        return [
            allow(f"List{what}", ["s3:ListBucket"], bucket_arn),
            allow(
                what,
                ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
                bucket_arn.apply(lambda arn: f"{arn}/*"),
            ),
            self._key.use_statement(f"Encrypt{what}", "s3"),
        ]
