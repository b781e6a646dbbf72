"""What the workflows of a repository may look at: how a stack is set, never what it holds."""

from collections.abc import Mapping, Sequence

from components.iam import Statement, allow, deny

_SETTINGS: Mapping[str, Sequence[str]] = {
    "access-analyzer": ("GetAnalyzer", "ListArchiveRules", "ListTagsForResource"),
    "acm": ("DescribeCertificate", "ListTagsForCertificate"),
    "application-autoscaling": ("Describe*", "ListTagsForResource"),
    "athena": ("GetDataCatalog", "GetNamedQuery", "GetWorkGroup", "ListTagsForResource"),
    "backup": ("Describe*", "GetBackup*", "GetRestoreTesting*", "ListTags"),
    "budgets": ("ListTagsForResource", "ViewBudget"),
    "ce": ("GetAnomalyMonitors", "GetAnomalySubscriptions", "ListTagsForResource"),
    "chatbot": ("DescribeSlackChannelConfigurations", "ListTagsForResource"),
    "cloudformation": ("DescribeStack*", "GetTemplate", "ListStackResources"),
    "cloudfront": ("DescribeFunction", "Get*", "ListTagsForResource"),
    "cloudtrail": ("DescribeTrails", "GetEventSelectors", "GetInsightSelectors", "GetTrail*", "ListTags"),
    "cloudwatch": ("Describe*", "GetDashboard", "ListTagsForResource"),
    "codeartifact": (
        "Describe*",
        "GetDomainPermissionsPolicy",
        "GetRepositoryPermissionsPolicy",
        "ListTagsForResource",
    ),
    "config": ("DescribeConfig*", "DescribeDelivery*", "ListTagsForResource"),
    "ec2": ("Describe*", "GetEbsEncryptionByDefault", "GetManagedPrefixListEntries"),
    "ecr": (
        *("BatchCheckLayerAvailability", "BatchGetImage", "Describe*", "GetAuthorizationToken"),
        *("GetLifecyclePolicy", "GetRepositoryPolicy", "ListTagsForResource"),
    ),
    "ecs": ("Describe*", "ListTagsForResource"),
    "elasticache": ("Describe*", "ListTagsForResource"),
    "elasticloadbalancing": ("Describe*",),
    "es": ("DescribeDomain*", "ListTags"),
    "events": ("Describe*", "ListTagsForResource", "ListTargetsByRule"),
    "glue": ("GetDatabase", "GetPartitionIndexes", "GetTable", "GetTags"),
    "guardduty": ("GetDetector", "GetFilter", "ListTagsForResource"),
    "iam": (
        *("GetAccountPasswordPolicy", "GetOpenIDConnectProvider", "GetPolicy*", "GetRole*"),
        *("ListAttachedRolePolicies", "ListInstanceProfilesForRole", "ListPolicyVersions", "ListRolePolicies"),
    ),
    "inspector2": ("BatchGetAccountStatus",),
    "kms": ("DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListAliases", "ListResourceTags"),
    "lambda": ("GetFunction*", "GetPolicy", "GetRuntimeManagementConfig", "ListTags", "ListVersionsByFunction"),
    "logs": ("Describe*", "GetDelivery*", "ListTagsForResource"),
    "rds": ("Describe*", "ListTagsForResource"),
    "route53": ("GetChange", "GetHostedZone", "ListResourceRecordSets", "ListTagsForResource"),
    "route53resolver": ("Get*", "ListFirewall*", "ListResolver*", "ListTagsForResource"),
    "s3": (
        *(
            "GetAccelerateConfiguration",
            "GetAccountPublicAccessBlock",
            "GetBucket*",
            "GetEncryptionConfiguration",
            "GetLifecycleConfiguration",
        ),
        *("GetReplicationConfiguration", "ListBucket"),
    ),
    "secretsmanager": ("DescribeSecret", "GetResourcePolicy", "ListSecretVersionIds"),
    "securityhub": ("DescribeHub", "DescribeStandards*", "GetEnabledStandards"),
    "servicediscovery": ("Get*", "ListTagsForResource"),
    "sns": ("GetSubscriptionAttributes", "GetTopicAttributes", "ListTagsForResource"),
    "wafv2": (
        *("DescribeManagedRuleGroup", "GetIPSet", "GetLoggingConfiguration", "GetRegexPatternSet", "GetRuleGroup"),
        *("GetWebACL*", "ListTagsForResource"),
    ),
}
"""What the AWS provider reads of the resources that it knows (Service Authorization Reference)."""

_CONTENTS = [
    *("athena:GetQueryResults*", "athena:StartQueryExecution", "cloudtrail:LookupEvents"),
    *("codeartifact:GetAuthorizationToken", "codeartifact:ReadFromRepository", "ecr:GetDownloadUrlForLayer"),
    *("ecs:ExecuteCommand", "elasticache:Connect", "es:ESHttp*", "rds-db:connect"),
    *("logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetLogRecord", "logs:GetQueryResults", "logs:StartLiveTail"),
    *("logs:StartQuery", "logs:Unmask", "rds:DownloadCompleteDBLogFile", "rds:DownloadDBLogFilePortion"),
    *("secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"),
    *("ssm:GetParameter*", "ssm:StartSession", "sts:AssumeRole", "wafv2:GetSampledRequests"),
]
"""Ways to what users wrote, to what was logged of them, and to what services sign in with."""

_OBJECTS = ["s3:DeleteObject*", "s3:GetObject*", "s3:PutObject*"]


def look_statements() -> list[Statement]:
    """Read how things are set, to compare it with the program. Many of these actions know no resource."""
    return [
        allow("LookAtSettings", [f"{service}:{verb}" for service, verbs in _SETTINGS.items() for verb in verbs], "*")
    ]


def closed_statements(state: Sequence[str]) -> list[Statement]:
    """Keep contents closed, whatever else is allowed; objects too, but for Pulumi's own `state`."""
    return [deny("NoContents", _CONTENTS), deny("NoObjects", _OBJECTS, but=state)]
