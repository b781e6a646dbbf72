"""S3 Replication of what is kept in buckets to another region, as it is written."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import s3

from components.business_history import BusinessHistory
from components.component import Component
from components.files_replica import FilesReplica
from components.iam import allow, role
from components.key import Key
from components.site import Site
from components.storage import Storage

RULE = "everything"
"""Id of each bucket's only rule; the metrics of a replication carry it."""

MINUTES = 15
"""Within which S3 promises a copy, the only value of Replication Time Control (Amazon S3 API, ReplicationTimeValue)."""


@dataclass(frozen=True, kw_only=True)
class Original:
    """A bucket, by name and ARN; `kept_by` is the component that sees to it that it keeps versions."""

    bucket: pulumi.Output[str]
    arn: pulumi.Output[str]
    kept_by: pulumi.Resource


@dataclass(frozen=True, kw_only=True)
class FilesReplicationArgs:
    """`originals` by what they hold; `key` encrypts all of them. `replica` is of another region than `site`."""

    site: Site
    originals: Mapping[str, Original]
    key: Key
    replica: FilesReplica


class FilesReplication(Component):
    """Every object and every deletion, with a role for each bucket.

    What is deleted disappears in the copy too, but as in the original its versions stay: S3 never replicates the
    deletion of a version. Objects older than the rule are copied once, by S3 Batch Replication (docs/operate.md).
    """

    type_token = "dify:data:FilesReplication"  # noqa: S105

    role_arns: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: FilesReplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self.role_arns = {
            purpose: self._copy(f"{name}-{purpose}", original, args.replica.arns[purpose])
            for purpose, original in args.originals.items()
        }
        self.done()

    def _copy(self, name: str, original: Original, replica_arn: pulumi.Output[str]) -> pulumi.Output[str]:
        args = self._args
        acts_as = role(
            f"{name}-role",
            service="s3.amazonaws.com",
            site=args.site,
            statements=[
                allow("ReadRule", ["s3:GetReplicationConfiguration", "s3:ListBucket"], original.arn),
                allow(
                    "ReadOriginals",
                    ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
                    original.arn.apply(lambda arn: f"{arn}/*"),
                ),
                args.key.decrypt_statement("DecryptOriginals", "s3"),
                *args.replica.replicate_statements(replica_arn),
            ],
            opts=self.child(),
        )
        s3.BucketReplicationConfig(
            name,
            bucket=original.bucket,
            role=acts_as,
            rules=[
                {
                    "id": RULE,
                    "status": "Enabled",
                    "priority": 1,
                    "filter": {"prefix": ""},
                    "delete_marker_replication": {"status": "Enabled"},
                    "source_selection_criteria": {"sse_kms_encrypted_objects": {"status": "Enabled"}},
                    "destination": {
                        "bucket": replica_arn,
                        "encryption_configuration": {"replica_kms_key_id": args.replica.key_arn},
                        "metrics": {"status": "Enabled", "event_threshold": {"minutes": MINUTES}},
                        "replication_time": {"status": "Enabled", "time": {"minutes": MINUTES}},
                    },
                }
            ],
            # S3 replicates only between buckets that both keep versions, which is set beside them.
            opts=self.child(after=[original.kept_by, args.replica]),
        )
        return acts_as


def originals_of(storage: Storage, history: BusinessHistory | None = None) -> dict[str, Original]:
    """The buckets of the stack's own region whose objects nothing can make again."""
    found = {
        "files": Original(bucket=storage.files_bucket, arn=storage.files_arn, kept_by=storage),
        "plugins": Original(bucket=storage.plugins_bucket, arn=storage.plugins_arn, kept_by=storage),
    }
    if history is not None:
        found["history"] = Original(bucket=history.bucket_name, arn=history.arn, kept_by=history)
    return found
