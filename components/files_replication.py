"""S3 Replication of users' files and plugins to another region, as they are written."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import s3

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
class FilesReplicationArgs:
    """`key` encrypts `storage`; both are of the region of `site`, `replica` is of another one."""

    site: Site
    storage: Storage
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
        source, replica = args.storage, args.replica
        self._args = args
        self.role_arns = {
            "files": self._copy(f"{name}-files", source.files_bucket, source.files_arn, replica.files_arn),
            "plugins": self._copy(f"{name}-plugins", source.plugins_bucket, source.plugins_arn, replica.plugins_arn),
        }
        self.done()

    def _copy(
        self,
        name: str,
        source_bucket: pulumi.Output[str],
        source_arn: pulumi.Output[str],
        replica_arn: pulumi.Output[str],
    ) -> pulumi.Output[str]:
        args = self._args
        acts_as = role(
            f"{name}-role",
            service="s3.amazonaws.com",
            site=args.site,
            statements=[
                allow("ReadRule", ["s3:GetReplicationConfiguration", "s3:ListBucket"], source_arn),
                allow(
                    "ReadOriginals",
                    ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
                    source_arn.apply(lambda arn: f"{arn}/*"),
                ),
                args.key.decrypt_statement("DecryptOriginals", "s3"),
                *args.replica.replicate_statements(replica_arn),
            ],
            opts=self.child(),
        )
        s3.BucketReplicationConfig(
            name,
            bucket=source_bucket,
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
            opts=self.child(after=[args.storage, args.replica]),
        )
        return acts_as
