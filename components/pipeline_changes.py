"""What the workflow that deploys may change in AWS."""

from collections.abc import Mapping, Sequence

from components.boundary import boundary_arn
from components.iam import Statement, allow, deny, role_path
from components.site import Site

_ENTRY: Mapping[str, Sequence[str]] = {
    "acm": ("AddTagsToCertificate", "DeleteCertificate", "RemoveTagsFromCertificate", "UpdateCertificateOptions"),
    "athena": ("CreateNamedQuery", "CreateWorkGroup", "Delete*", "TagResource", "UntagResource", "Update*"),
    "cloudformation": ("CreateStack", "DeleteStack", "UpdateStack"),
    "cloudfront": (
        *("AllowVendedLogDeliveryForResource", "DeleteDistribution", "DeleteOriginAccessControl", "DeleteVpcOrigin"),
        *("DeleteResponseHeadersPolicy", "TagResource", "UntagResource", "UpdateDistribution"),
        *("UpdateOriginAccessControl", "UpdateResponseHeadersPolicy", "UpdateVpcOrigin"),
    ),
    "ec2": (
        *("AssociateRouteTable", "AttachInternetGateway", "Authorize*", "Create*", "Delete*", "DetachInternetGateway"),
        *("DisassociateRouteTable", "Modify*", "ReleaseAddress", "AllocateAddress", "ReplaceRoute*", "Revoke*"),
        *("UpdateSecurityGroupRuleDescriptions*",),
    ),
    "elasticloadbalancing": ("AddTags", "Create*", "Delete*", "Modify*", "RemoveTags", "Set*"),
    "glue": ("CreateDatabase", "CreateTable", "DeleteDatabase", "DeleteTable", "UpdateDatabase", "UpdateTable"),
    "route53": ("ChangeResourceRecordSets",),
    "route53resolver": (
        *("AssociateFirewallRuleGroup", "AssociateResolverQueryLogConfig", "CreateFirewall*"),
        *("CreateResolverQueryLogConfig", "DeleteFirewall*", "DisassociateFirewallRuleGroup"),
        *("TagResource", "UntagResource", "UpdateFirewall*"),
    ),
    "servicediscovery": ("CreateService", "Delete*", "UpdatePrivateDnsNamespace", "UpdateService"),
    "wafv2": (
        *("AssociateWebACL", "Create*", "Delete*", "DisassociateWebACL", "PutLoggingConfiguration"),
        *("TagResource", "UntagResource", "UpdateIPSet", "UpdateRegexPatternSet", "UpdateRuleGroup", "UpdateWebACL"),
    ),
}
"""Network, names and ways in. What records and watches the account is an administrator's."""

_TIERS: Mapping[str, Sequence[str]] = {
    "application-autoscaling": ("*Scal*", "TagResource", "UntagResource"),
    "backup": (
        *("*RestoreTestingPlan", "*RestoreTestingSelection", "CreateBackup*", "DeleteBackup*", "Put*", "TagResource"),
        *("UntagResource", "UpdateBackupPlan"),
    ),
    "budgets": ("ModifyBudget", "TagResource", "UntagResource"),
    "ce": ("DeleteAnomaly*", "TagResource", "UntagResource", "UpdateAnomaly*"),
    "cloudwatch": (
        *("DeleteAlarms", "DeleteDashboards", "PutCompositeAlarm", "PutDashboard", "PutMetricAlarm"),
        *("TagResource", "UntagResource"),
    ),
    "codeartifact": (
        *("AssociateExternalConnection", "Delete*", "DisassociateExternalConnection", "Put*PermissionsPolicy"),
        *("TagResource", "UntagResource", "UpdateRepository"),
    ),
    "ecr": (
        *("BatchCheckLayerAvailability", "CompleteLayerUpload", "CreateRepository", "DeleteLifecyclePolicy"),
        *("DeleteRepository*", "InitiateLayerUpload", "PutImage*", "PutLifecyclePolicy", "SetRepositoryPolicy"),
        *("TagResource", "UntagResource", "UploadLayerPart"),
    ),
    "ecs": (
        *("CreateCluster", "CreateService", "DeleteCluster", "DeleteService", "PutClusterCapacityProviders"),
        *("RegisterTaskDefinition", "TagResource", "UntagResource", "UpdateCluster*", "UpdateService"),
    ),
    "elasticache": ("AddTagsToResource", "Create*", "Delete*", "*creaseReplicaCount", "Modify*", "RemoveTags*"),
    "es": ("AddTags", "CreateDomain", "DeleteDomain", "RemoveTags", "UpdateDomainConfig", "UpgradeDomain"),
    "events": ("DeleteRule", "DisableRule", "EnableRule", "Put*", "RemoveTargets", "TagResource", "UntagResource"),
    "kms": (
        *("CreateAlias", "DeleteAlias", "EnableKey*", "PutKeyPolicy", "TagResource", "UntagResource"),
        *("UpdateAlias", "UpdateKeyDescription"),
    ),
    "lambda": (
        *("AddPermission", "CreateFunction", "DeleteFunction*", "InvokeFunction", "PutFunctionConcurrency"),
        "PutFunctionEventInvokeConfig",
        *("PutRuntimeManagementConfig", "RemovePermission", "TagResource", "UntagResource", "UpdateFunction*"),
    ),
    "logs": (
        *("AssociateKmsKey", "Create*", "DeleteDelivery*", "DeleteLogGroup", "DeleteMetricFilter"),
        *("PutDelivery*", "PutMetricFilter", "PutRetentionPolicy", "TagResource", "UntagResource", "UpdateDelivery*"),
    ),
    "rds": (
        *("AddTagsToResource", "CreateDB*", "DeleteDB*", "DeregisterDBProxyTargets", "ModifyDB*"),
        *("RebootDBInstance", "RegisterDBProxyTargets", "RemoveTagsFromResource", "ResetDBParameterGroup"),
        *("*DBInstanceAutomatedBackupsReplication", "*Subscription"),
    ),
    "s3": (
        *("CreateBucket", "DeleteBucket*", "PutBucket*", "PutEncryptionConfiguration", "PutLifecycleConfiguration"),
        *("PutReplicationConfiguration",),
    ),
    "secretsmanager": (
        *("CancelRotateSecret", "CreateSecret", "DeleteSecret", "PutResourcePolicy", "RestoreSecret"),
        *("RotateSecret", "TagResource", "UntagResource", "UpdateSecret"),
    ),
    "sns": ("CreateTopic", "DeleteTopic", "SetTopicAttributes", "Subscribe", "TagResource", "UntagResource"),
}
"""What runs and what is kept."""

_WITHOUT_RESOURCE = [
    *("acm:RequestCertificate", "cloudfront:CreateDistribution", "cloudfront:CreateOriginAccessControl"),
    *("cloudfront:CreateResponseHeadersPolicy", "cloudfront:CreateVpcOrigin", "codeartifact:CreateDomain"),
    *("codeartifact:CreateRepository", "ecs:DeregisterTaskDefinition", "elasticloadbalancing:SetWebAcl"),
    *("ce:CreateAnomalyMonitor", "ce:CreateAnomalySubscription"),
    *("logs:DeleteQueryDefinition", "logs:PutQueryDefinition"),
    *("kms:CreateKey", "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DeleteResourcePolicy"),
    *("logs:PutResourcePolicy", "logs:UpdateLogDelivery", "rds:CreateDBProxy"),
    *("servicediscovery:CreatePrivateDnsNamespace", "servicediscovery:TagResource", "servicediscovery:UntagResource"),
    *("sns:SetSubscriptionAttributes", "sns:Unsubscribe"),
]
"""What IAM can only allow for everything (Service Authorization Reference); most of it makes something new."""

PASSED_TO = (
    *("backup.amazonaws.com", "cloudformation.amazonaws.com", "ecs-tasks.amazonaws.com", "lambda.amazonaws.com"),
    *("monitoring.rds.amazonaws.com", "rds.amazonaws.com", "s3.amazonaws.com"),
)
"""Services that act with a role of the stack."""

_IRREVERSIBLE = [
    *(
        "backup:DeleteBackupVault*",
        "codeartifact:DeleteDomain",
        "elasticache:DeleteReplicationGroup",
        "es:DeleteDomain",
    ),
    *("kms:DisableKey", "kms:ScheduleKeyDeletion", "rds:DeleteDBInstance*", "rds:DeleteDBSnapshot"),
    *("s3:DeleteBucket", "secretsmanager:DeleteSecret"),
]
_RECORDS = [
    *("access-analyzer:Delete*", "cloudtrail:Delete*", "cloudtrail:Put*", "cloudtrail:Stop*", "cloudtrail:Update*"),
    *("config:Delete*", "config:Put*", "config:Stop*", "ec2:DeleteFlowLogs", "guardduty:Delete*", "guardduty:Stop*"),
    *("guardduty:Update*", "inspector2:Disable", "securityhub:BatchDisable*", "securityhub:Disable*"),
]


def entry_statements(site: Site) -> list[Statement]:
    """Make and change what surrounds the services."""
    return [*_within(site, _ENTRY), allow("WithoutResource", _WITHOUT_RESOURCE, "*")]


def tier_statements(site: Site) -> list[Statement]:
    """Make and change services and stores."""
    return [*_within(site, _TIERS), *_keys(site)]


def role_statements(site: Site) -> list[Statement]:
    """Roles of the stack's path only, with the stack's boundary only, for services that the stack uses only."""
    roles, boundary = f"arn:aws:iam::{site.account}:role{role_path(site)}*", boundary_arn(site)
    permissions = ("AttachRolePolicy", "CreateRole", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePolicy")
    return [
        allow(
            "BoundedRoles",
            [*(f"iam:{verb}" for verb in permissions), "iam:PutRolePermissionsBoundary"],
            roles,
            condition={"StringEquals": {"iam:PermissionsBoundary": boundary}},
        ),
        allow(
            "Roles",
            [f"iam:{verb}" for verb in ("DeleteRole", "TagRole", "UntagRole", "UpdateAssumeRolePolicy", "UpdateRole")],
            roles,
        ),
        allow("PassRoles", ["iam:PassRole"], roles, condition={"StringEquals": {"iam:PassedToService": [*PASSED_TO]}}),
    ]


def guard_statements(site: Site, regions: Sequence[str], state: Sequence[str]) -> list[Statement]:
    """What a deployment never does, whatever else allows it: an administrator does."""
    return [
        deny("NoWayOut", [*(f"iam:{verb}" for verb in _POLICIES), "iam:DeleteRolePermissionsBoundary"]),
        deny("KeepRecords", _RECORDS),
        *([deny("KeepData", _IRREVERSIBLE)] if site.retains else []),
        deny("NotElsewhere", ["*"], but=state, condition={"StringNotEquals": {"aws:RequestedRegion": list(regions)}}),
    ]


_POLICIES = (
    "CreatePolicy*",
    "DeletePolicy*",
    "SetDefaultPolicyVersion",
    "*OpenIDConnectProvider*",
    "*User*",
    "*Group*",
)


def _within(site: Site, changes: Mapping[str, Sequence[str]]) -> list[Statement]:
    """Named where the program names what it makes, else within the account."""
    places = _places(site)
    return [
        allow(
            "".join(part.title() for part in service.split("-")),
            [f"{service}:{verb}" for verb in verbs],
            places.get(service, f"arn:aws:{service}:*:{site.account}:*"),
        )
        for service, verbs in changes.items()
    ]


def _keys(site: Site) -> list[Statement]:
    keys = f"arn:aws:kms:*:{site.account}:key/*"
    through = {"Null": {"kms:ViaService": "false"}}
    return [
        allow("KeysThroughServices", ["kms:Decrypt", "kms:GenerateDataKey*"], keys, condition=through),
        allow(
            "GrantsForServices", ["kms:CreateGrant"], keys, condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}
        ),
    ]


def _places(site: Site) -> dict[str, Sequence[str]]:
    name = site.name

    def own(service: str, *resources: str) -> list[str]:
        return [f"arn:aws:{service}:*:{site.account}:{resource}" for resource in resources]

    return {
        "budgets": [f"arn:aws:budgets::{site.account}:budget/{name}"],
        "ce": [f"arn:aws:ce::{site.account}:*"],
        "cloudfront": [f"arn:aws:cloudfront::{site.account}:*"],
        "codeartifact": own("codeartifact", f"domain/{name}", f"repository/{name}/*"),
        "ecr": own("ecr", f"repository/{name}/*"),
        "ecs": own("ecs", f"cluster/{name}", f"service/{name}/*", f"task-definition/{name}-*"),
        "lambda": own("lambda", f"function:{name}-*"),
        "route53": ["arn:aws:route53:::hostedzone/*"],
        "s3": ["arn:aws:s3:::*"],
    }
