"""What the trail is searched for: the filters of the CIS benchmark, and access that nobody should have."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.iam import role_path
from components.site import Site

NAMESPACE = "Dify/Audit"
"""Where the counts of what was found are kept."""

LONGEST_PATTERN = 1024
"""Characters that CloudWatch Logs takes for a filter pattern (API reference, PutMetricFilter)."""


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """`why` is what it means that something was found. `control` is the number in CIS AWS Foundations 3.0 and 5.0,
    empty for a filter of our own. Up to `tolerates` findings within five minutes ring no alarm."""

    name: str
    why: str
    pattern: str
    control: str = ""
    tolerates: int = 0

    def metric_name(self, site: Site) -> str:
        """Several stacks of one account count apart."""
        return f"{site.name}-{self.name}"


def audit_filters(site: Site) -> list[AuditFilter]:
    """All filters of a stack's trail."""
    return [*_BENCHMARK, *_ACCESS, _secret_read_by_others(site)]


def _named(*names: str) -> str:
    return " || ".join(f"($.eventName={name})" for name in names)


def _calls(*names: str) -> str:
    return f"{{{_named(*names)}}}"


def _calls_of(service: str, *names: str) -> str:
    return f"{{($.eventSource={service}.amazonaws.com) && ({_named(*names)})}}"


def _each(verbs: Sequence[str], nouns: Sequence[str]) -> list[str]:
    return [f"{verb}{noun}" for noun in nouns for verb in verbs]


# Security Hub passes its controls CloudWatch.1 to .14 only for exactly the terms that the benchmark prescribes, none
# more and none fewer (AWS Security Hub User Guide, "CloudWatch controls").
_BENCHMARK: Sequence[AuditFilter] = (
    AuditFilter(
        control="4.1",
        name="calls-refused",
        why="Many calls of AWS were refused: someone tries what they may not do, or a role lost a permission",
        pattern='{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
        tolerates=20,
    ),
    AuditFilter(
        control="4.2",
        name="sign-in-without-mfa",
        why="A user signed in to the console without a second factor",
        pattern='{($.eventName="ConsoleLogin") && ($.additionalEventData.MFAUsed !="Yes") && '
        '($.userIdentity.type="IAMUser") && ($.responseElements.ConsoleLogin="Success")}',
    ),
    AuditFilter(
        control="4.3",
        name="root-use",
        why="The root user of the account did something",
        pattern='{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && '
        '$.eventType !="AwsServiceEvent"}',
    ),
    AuditFilter(
        control="4.4",
        name="permission-changes",
        why="A policy of IAM was changed",
        pattern=_calls_of(
            "iam",
            *_each(("Delete", "Put"), ("GroupPolicy", "RolePolicy", "UserPolicy")),
            *_each(("Create", "Delete"), ("Policy", "PolicyVersion")),
            *_each(("Attach", "Detach"), ("RolePolicy", "UserPolicy", "GroupPolicy")),
        ),
    ),
    AuditFilter(
        control="4.5",
        name="trail-changes",
        why="A trail was changed, stopped or removed",
        pattern=_calls("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),
    ),
    AuditFilter(
        control="4.6",
        name="sign-in-failures",
        why="Several sign-ins to the console failed",
        pattern='{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}',
        tolerates=3,
    ),
    AuditFilter(
        control="4.7",
        name="key-disabled",
        why="A key was disabled or scheduled for deletion: what it encrypts will be lost",
        pattern=_calls_of("kms", "DisableKey", "ScheduleKeyDeletion"),
    ),
    AuditFilter(
        control="4.8",
        name="bucket-policy-changes",
        why="Access to a bucket, or what becomes of its objects, was changed",
        pattern=_calls_of(
            "s3",
            "PutBucketAcl",
            *_each(("Put", "Delete"), ("BucketPolicy", "BucketCors", "BucketLifecycle", "BucketReplication")),
        ),
    ),
    AuditFilter(
        control="4.9",
        name="config-changes",
        why="AWS Config was changed or stopped",
        pattern=_calls_of(
            "config",
            "StopConfigurationRecorder",
            "DeleteDeliveryChannel",
            "PutDeliveryChannel",
            "PutConfigurationRecorder",
        ),
    ),
    AuditFilter(
        control="4.10",
        name="security-group-changes",
        why="A security group was changed",
        pattern=_calls(
            *_each(("Authorize", "Revoke"), ("SecurityGroupIngress", "SecurityGroupEgress")),
            *_each(("Create", "Delete"), ("SecurityGroup",)),
        ),
    ),
    AuditFilter(
        control="4.11",
        name="network-acl-changes",
        why="A network ACL was changed",
        pattern=_calls(
            *_each(("Create", "Delete"), ("NetworkAcl", "NetworkAclEntry")),
            *_each(("Replace",), ("NetworkAclEntry", "NetworkAclAssociation")),
        ),
    ),
    AuditFilter(
        control="4.12",
        name="gateway-changes",
        why="A gateway to another network was changed",
        pattern=_calls(
            *_each(("Create", "Delete"), ("CustomerGateway",)),
            *_each(("Attach", "Create", "Delete", "Detach"), ("InternetGateway",)),
        ),
    ),
    AuditFilter(
        control="4.13",
        name="route-changes",
        why="A route or route table was changed",
        pattern=_calls_of(
            "ec2",
            *_each(("Create", "Replace", "Delete"), ("Route",)),
            *_each(("Create", "Delete"), ("RouteTable",)),
            "ReplaceRouteTableAssociation",
            "DisassociateRouteTable",
        ),
    ),
    AuditFilter(
        control="4.14",
        name="vpc-changes",
        why="A VPC was changed, or connected to another one",
        pattern=_calls(
            *("CreateVpc", "DeleteVpc", "ModifyVpcAttribute"),
            *_each(("Accept", "Create", "Delete", "Reject"), ("VpcPeeringConnection",)),
            *_each(("Attach", "Detach"), ("ClassicLinkVpc",)),
            *_each(("Disable", "Enable"), ("VpcClassicLink",)),
        ),
    ),
    AuditFilter(
        control="4.15",
        name="organization-changes",
        why="The organisation of accounts was changed",
        pattern=_calls_of(
            "organizations",
            *_each(("Accept", "Decline"), ("Handshake",)),
            *_each(("Create", "Update", "Delete"), ("OrganizationalUnit",)),
            *_each(("Attach", "Create", "Delete", "Detach", "Update"), ("Policy",)),
            *_each(("Disable", "Enable"), ("PolicyType",)),
            *_each(("Create", "Move"), ("Account",)),
            *("InviteAccountToOrganization", "LeaveOrganization"),
            *("RemoveAccountFromOrganization", "DeleteOrganization"),
        ),
    ),
)

_ACCESS: Sequence[AuditFilter] = (
    AuditFilter(
        name="object-access-refused",
        why="Someone was refused objects in a bucket of this stack several times",
        pattern='{($.eventSource=s3.amazonaws.com) && ($.eventCategory="Data") && ($.errorCode="AccessDenied")}',
        tolerates=5,
    ),
    AuditFilter(
        name="shell-opened",
        why="Someone opened a shell in a running task",
        pattern=_calls_of("ecs", "ExecuteCommand"),
    ),
    AuditFilter(
        name="detection-stopped",
        why="A service that watches the account was switched off",
        pattern=_calls(
            *("DeleteDetector", "DisableSecurityHub", "BatchDisableStandards", "DeleteAnalyzer"),
            *("DeleteAccountPublicAccessBlock", "DisableEbsEncryptionByDefault"),
        ),
    ),
)


def _secret_read_by_others(site: Site) -> AuditFilter:
    issuer = "$.userIdentity.sessionContext.sessionIssuer.arn"
    ours = f"arn:aws:iam::{site.account}:role{role_path(site)}*"
    services = f"arn:aws:iam::{site.account}:role/aws-service-role/*"
    return AuditFilter(
        name="secret-read-by-others",
        why="A secret was read by someone who is no part of this stack",
        pattern="{($.eventSource=secretsmanager.amazonaws.com) && "
        f"({_named('GetSecretValue', 'BatchGetSecretValue')}) && "
        '($.userIdentity.type !="AWSService") && '
        f'(({issuer} NOT EXISTS) || (({issuer} !="{ours}") && ({issuer} !="{services}")))}}',
    )
