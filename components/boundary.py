"""The permissions boundary: the most that any role of a stack may ever do, whatever its own policies say."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam

from components.component import Component
from components.iam import Statement, allow, deny, role_path
from components.restore_testing import BUCKETS_OF_TESTS
from components.search_domain import domain_name
from components.search_snapshots import SNAPSHOTS_ROLE, SNAPSHOTS_SERVICE
from components.site import Site


@dataclass(frozen=True, kw_only=True)
class BoundaryArgs:
    """`regions` are those beside the stack's own that its data is copied to."""

    site: Site
    regions: Sequence[str] = ()


class Boundary(Component):
    """A role has what its policies and the boundary both allow (IAM User Guide, "Permissions boundaries for IAM
    entities"). So nothing that makes roles for this stack can make one that is stronger than the stack."""

    type_token = "dify:security:Boundary"  # noqa: S105

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: BoundaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        policy = iam.Policy(
            f"{name}-policy",
            name=boundary_name(args.site),
            description="The most that a role of this stack may do",
            policy=json.dumps({"Version": "2012-10-17", "Statement": bounds(args.site, args.regions)}),
            opts=self.child(),
        )
        self.arn = policy.arn
        self.done()


def boundary_name(site: Site) -> str:
    """Its name, which whoever makes roles must know beforehand."""
    return f"{site.name}-boundary"


def boundary_arn(site: Site) -> str:
    """Its ARN, before it is made."""
    return f"arn:aws:iam::{site.account}:policy/{boundary_name(site)}"


def bounds(site: Site, regions: Sequence[str] = ()) -> list[Statement]:
    """What tasks, functions and AWS's services may do with a role of this stack, and what none may."""

    def own(service: str, resource: str) -> str:
        # Which regions those are is said once, by the last statement.
        return f"arn:aws:{service}:*:{site.account}:{resource}"

    return [
        *_data(site, own("secretsmanager", "secret:*"), own("kms", "key/*")),
        # One statement for several services: an action is about resources of its own service only.
        allow(
            "OwnServices",
            [
                *("ecs:UpdateService", "elasticache:DescribeUsers", "elasticache:ModifyUser", "es:ESHttp*"),
                # Listener rules that hold a secret are CloudFormation's to make (components/sign_in.py).
                *("elasticloadbalancing:*Rule*", "sns:ListSubscriptionsByTopic", "sns:Subscribe"),
                *("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
                *("codeartifact:GetAuthorizationToken", "codeartifact:GetRepositoryEndpoint"),
                "codeartifact:ReadFromRepository",
            ],
            [
                *(own("ecs", f"service/{site.name}/*"), own("elasticache", f"user:{site.name}-*")),
                *(own("es", f"domain/{domain_name(site)}/*"), own("elasticloadbalancing", "listener*/app/*")),
                *(own("sns", "notifications-*"), own("ecr", f"repository/{site.name}/*")),
                *(own("codeartifact", f"domain/{site.name}"), own("codeartifact", f"repository/{site.name}/*")),
            ],
        ),
        allow(
            "PassSnapshotsRole",
            ["iam:PassRole"],
            snapshots_role(site),
            condition={"StringEquals": {"iam:PassedToService": SNAPSHOTS_SERVICE}},
        ),
        allow(
            "BearerToken",
            ["sts:GetServiceBearerToken"],
            "*",
            condition={"StringEquals": {"sts:AWSServiceName": "codeartifact.amazonaws.com"}},
        ),
        allow(
            "WriteLogs",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [own("logs", f"log-group:{names}") for names in (f"/{site.name}/*", f"/aws/lambda/{site.name}-*", "RDS*")],
        ),
        allow(
            "EnhancedMonitoring",
            ["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:DescribeLogStreams", "logs:GetLogEvents"],
            own("logs", "log-group:RDS*"),
        ),
        allow(
            "Metrics", ["cloudwatch:PutMetricData"], "*", condition={"StringLike": {"cloudwatch:namespace": "Dify/*"}}
        ),
        allow("NetworkInterfaces", _INTERFACES, "*"),
        allow("WithoutResource", _WITHOUT_RESOURCE, "*"),
        *_backups(own("rds", "*"), own("backup", "*"), own("events", "rule/AwsBackupManagedRule*")),
        *_never([site.region, *regions], snapshots_role(site)),
    ]


def snapshots_role(site: Site) -> str:
    """The one role that a role of the stack may pass on, before it is made: to OpenSearch, which reads and writes
    snapshots with it."""
    return f"arn:aws:iam::{site.account}:role{role_path(site)}{SNAPSHOTS_ROLE}-*"


_INTERFACES = [
    *(f"ec2:{verb}NetworkInterface" for verb in ("Create", "Delete")),
    *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"),
    *("ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"),
]
"""What Lambda does for a function inside a network; it knows the resources only when it makes them."""


_WITHOUT_RESOURCE = [
    *("backup:DescribeRestoreJob", "backup:ListRestoreJobs", "cloudwatch:GetMetricData", "ecr:GetAuthorizationToken"),
    *("elasticloadbalancing:DescribeRules", "events:ListRules", "s3:ListAllMyBuckets", "tag:GetResources"),
    *("sns:GetSubscriptionAttributes", "sns:Unsubscribe", "xray:PutTraceSegments"),
]
"""What IAM knows no resource for (Service Authorization Reference): the registry's login, overviews of AWS Backup and
CloudFormation, subscriptions, and traces."""


def _data(site: Site, secrets: str, keys: str) -> list[Statement]:
    return [
        allow(
            "Objects",
            [
                *("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject*", "s3:PutObject*", "s3:Replicate*"),
                *("s3:ListBucket*", "s3:ListMultipartUploadParts", "s3:ListTagsForResource", "s3:GetBucket*"),
                *("s3:*InventoryConfiguration", "s3:PutBucketNotification"),
                *("s3:GetReplicationConfiguration", "s3:PutBucketVersioning"),
            ],
            # A bucket's name says neither its account nor its stack.
            "arn:aws:s3:::*",
            condition={"StringEquals": {"aws:ResourceAccount": site.account}},
        ),
        allow(
            "Secrets",
            [
                *(f"secretsmanager:{verb}" for verb in ("GetSecretValue", "PutSecretValue")),
                *(f"secretsmanager:{verb}" for verb in ("DescribeSecret", "UpdateSecretVersionStage")),
            ],
            secrets,
        ),
        allow(
            "KeysThroughServices",
            ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            keys,
            condition={"Null": {"kms:ViaService": "false"}},
        ),
        allow("DescribeKeys", ["kms:DescribeKey"], keys),
        allow(
            "GrantsForServices", ["kms:CreateGrant"], keys, condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}
        ),
    ]


def _backups(databases: str, vaults: str, rules: str) -> list[Statement]:
    """What AWS Backup's own policies ask for databases and buckets (AWS Managed Policy Reference,
    AWSBackupServiceRolePolicyFor...)."""
    return [
        allow(
            "DatabaseBackups",
            [
                *(
                    f"rds:{verb}"
                    for verb in ("AddTagsToResource", "ListTagsForResource", "DescribeDB*", "ModifyDBInstance")
                ),
                *(f"rds:{verb}DBSnapshot" for verb in ("Create", "Copy", "Delete")),
                *("rds:ModifyDBSnapshotAttribute", "rds:DeleteDBInstanceAutomatedBackup", "rds:CreateDBInstance"),
                *("rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime"),
            ],
            databases,
        ),
        allow(
            "Vaults",
            [
                *("backup:Copy*BackupVault", "backup:DescribeBackupVault", "backup:ListRecoveryPointsByBackupVault"),
                *("backup:StartRestoreJob", "backup:TagResource"),
            ],
            [vaults, databases],
        ),
        allow("BucketEvents", ["events:*Rule", "events:*Target*"], rules),
        # A bucket that is not there yet is of no account: what bounds all others cannot bound its making.
        allow("BucketsOfTests", ["s3:CreateBucket", "s3:PutBucketOwnershipControls"], BUCKETS_OF_TESTS),
    ]


def _never(regions: list[str], passed: str) -> list[Statement]:
    """What would free a role of its bounds, hide what it did, or lose data for good. It stands although nothing above
    allows it: what is added above some day does not lift it."""
    return [
        deny(
            "NotIdentity",
            ["account:*", "iam:*", "organizations:*", "sts:AssumeRole*"],
            # Of that one, too, nothing but passing it on is allowed above.
            but=[passed],
        ),
        deny(
            "NotRecords",
            [
                *("cloudtrail:DeleteTrail", "cloudtrail:StopLogging", "cloudtrail:UpdateTrail"),
                *("config:Delete*", "config:StopConfigurationRecorder", "guardduty:Delete*", "guardduty:Update*"),
                *("logs:DeleteLogGroup", "logs:DeleteLogStream", "ec2:DeleteFlowLogs"),
            ],
        ),
        deny(
            "NotProtection",
            [
                *("backup:DeleteRecoveryPoint", "kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"),
                *("rds:DeleteDBInstance", "s3:DeleteBucket*", "s3:DeleteObjectVersion", "s3:PutBucketPolicy"),
                *("s3:PutBucketPublicAccessBlock", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration"),
                *("secretsmanager:DeleteSecret", "secretsmanager:PutResourcePolicy"),
            ],
        ),
        # A function's code has the role that Lambda makes its network interfaces with, and needs none.
        deny("NotByFunctions", ["ec2:*"], condition={"Null": {"lambda:SourceFunctionArn": "false"}}),
        deny("NotElsewhere", ["*"], condition={"StringNotEquals": {"aws:RequestedRegion": regions}}),
    ]
