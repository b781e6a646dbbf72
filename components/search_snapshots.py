"""Snapshots of the vectors in a bucket of the stack's own: they outlive the domain that they are of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from components.bucket import Bucket, BucketArgs
from components.component import Component
from components.function import Function
from components.iam import Statement, allow, role
from components.key import Key
from components.metric import Metric
from components.schedule import Schedule
from components.search_domain import domain_arn
from components.site import Site
from settings.backup import Backup as Choices

REPOSITORY = "dify"
"""What the domain calls the bucket."""

SNAPSHOTS_ROLE = "search-snapshots-role"
"""What the name of its role begins with; the boundary knows it by that (components/boundary.py)."""

NAMESPACE = "Dify/Search"

SNAPSHOTS_SERVICE = "es.amazonaws.com"
_AGE = "snapshotAgeSeconds"
"""The field of the function's log (functions/search_setup/search_snapshots.py)."""

_EXPIRE_NONCURRENT_DAYS = 30
"""What the domain, or whoever took its role, has deleted can be brought back for so long."""

_LOOK = Schedule(
    role="half-hour",
    purpose="Look for the newest snapshot of the vectors",
    expression="rate(30 minutes)",
    # The next look sees the same snapshots.
    late_seconds=600,
)


@dataclass(frozen=True, kw_only=True)
class SearchSnapshotsArgs:
    """`key` encrypts the snapshots; it is not the domain's, so that losing one loses not both."""

    site: Site
    key: Key
    log_bucket: pulumi.Input[str]
    choices: Choices


class SearchSnapshots(Component):
    """The bucket, and the role that OpenSearch Service reads and writes it with for this stack's domain alone.

    OpenSearch takes and deletes snapshots by itself, by policies of its own (Snapshot Management): no lifecycle ends an
    object, since later snapshots share the files of earlier ones. Uploads name no encryption, so each gets the
    bucket's. The boundary lets no role of the stack delete a version.
    """

    type_token = "dify:data:SearchSnapshots"  # noqa: S105

    arn: pulumi.Output[str]
    bucket_name: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: SearchSnapshotsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._site, self._choices = args.site, args.choices
        bucket = Bucket(
            name,
            BucketArgs(
                site=args.site,
                key_arn=args.key.arn,
                log_bucket=args.log_bucket,
                abort_uploads_after_days=1,
                expire_noncurrent_after_days=_EXPIRE_NONCURRENT_DAYS,
            ),
            self.child(),
        )
        self.arn, self.bucket_name = bucket.arn, bucket.bucket_name
        self.role_arn = role(
            SNAPSHOTS_ROLE,
            service=SNAPSHOTS_SERVICE,
            site=args.site,
            source_arn=domain_arn(args.site),
            statements=[
                allow("ListSnapshots", ["s3:ListBucket"], bucket.arn),
                allow(
                    "Snapshots",
                    ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
                    bucket.arn.apply(lambda arn: f"{arn}/*"),
                ),
                args.key.use_statement("EncryptSnapshots", "s3"),
            ],
            opts=self.child(),
        )
        self.done()

    def statements(self) -> list[Statement]:
        """What the set-up function does at the domain with snapshots, and the one role that it hands to OpenSearch."""
        arn = domain_arn(self._site)
        repository = f"{arn}/_snapshot/{REPOSITORY}"
        return [
            allow(
                "Snapshots",
                ["es:ESHttpGet", "es:ESHttpPost", "es:ESHttpPut"],
                [repository, f"{repository}/*", f"{arn}/_plugins/_sm/policies/*"],
            ),
            allow("DropWhatWasKeptAside", ["es:ESHttpDelete"], f"{repository}/aside-*"),
            allow(
                "PassSnapshotsRole",
                ["iam:PassRole"],
                self.role_arn,
                condition={"StringEquals": {"iam:PassedToService": SNAPSHOTS_SERVICE}},
            ),
        ]

    def request(self, caller_arn: pulumi.Input[str]) -> Mapping[str, Any]:
        """What the set-up function registers for the role `caller_arn`, its own. The last snapshots stay however old
        they are: a domain that takes no more must not delete what there is."""
        kept = self._choices
        return {
            "repository": REPOSITORY,
            "bucket": self.bucket_name,
            "roleArn": self.role_arn,
            "managerRoleArn": caller_arn,
            "policies": [
                {"name": "hourly", "takenAt": "5 * * * *", "keepDays": kept.hourly_retention_days, "keepLast": 24},
                {"name": "daily", "takenAt": "35 1 * * *", "keepDays": kept.daily_retention_days, "keepLast": 7},
            ],
        }

    def watch(self, name: str, function: Function, host: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
        """Let `function` look at the domain each half hour, and make a metric of the age that it writes into its log.
        Its log: the function has a way to the domain and to nothing else, CloudWatch included."""
        request = {"action": "look", "host": host, "region": self._site.region, "repository": REPOSITORY}
        _LOOK.call(f"{name}-look", function, opts, request=pulumi.Output.json_dumps(request))
        metric = snapshot_age(self._site)
        cloudwatch.LogMetricFilter(
            f"{name}-age",
            log_group_name=function.log_group_name,
            pattern=f"{{ $.{_AGE} >= 0 }}",
            metric_transformation={
                "namespace": metric.namespace,
                "name": metric.name,
                "value": f"$.{_AGE}",
                "unit": "Seconds",
            },
            opts=opts,
        )


def snapshot_age(site: Site) -> Metric:
    """Seconds since the newest snapshot that succeeded was begun. Several stacks of one account count apart."""
    return Metric(namespace=NAMESPACE, name=f"{site.name}-snapshot-age", statistic="Minimum", dimensions={})
