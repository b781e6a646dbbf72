"""What is known of mutations that the pack does not find (docs/decisions/0027): each was looked at once, as a kind.

Those of Docker's resources are in survivors_docker.py.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from tests.policies.judgement import Judgement, Table
from tests.policies.survivors_docker import OF_DOCKER

_OF_AWS: Table = {
    Judgement.REFUSED: (
        "Policy targetTrackingScalingPolicyConfiguration drop",
        "Policy policyType drop",
        "MetricAlarm comparisonOperator drop",
        "*Policy *.Statement.Condition.*.sts:AWSServiceName drop",
        "*Policy policy*Statement.Resource widen",
        "Domain accessPolicies.Statement.Resource widen",
        "Domain logPublishingOptions.logType drop",
        "Listener port drop",
        "Record records drop",
        "Role assumeRolePolicy.Statement.Action widen",
        "Route destination* drop",
        "Route natGatewayId drop",
        "SecurityGroupEgressRule * drop",
        "Service loadBalancers.containerPort drop",
        "Subnet cidrBlock drop",
        "Subnet *idrBlock widen",
        "TargetGroup port drop",
        "TargetGroup protocol drop",
        "TaskDefinition *.logConfiguration.options.* drop",
        "TaskDefinition *.portMappings.containerPort drop",
        # Containers mount it: "Unknown volume".
        "TaskDefinition volumes drop",
        "User authenticationMode drop",
        "Vpc cidrBlock *",
        "VpcEndpoint serviceName drop",
        "WebAclLoggingConfiguration loggingFilter.* drop",
    ),
    Judgement.SAME: (
        "Account autoEnableControls drop",
        "Account enableDefaultStandards *",
        "AccountPasswordPolicy allowUsersToChangePassword *",
        "Analyzer type drop",
        "BucketServerSideEncryptionConfiguration rules.bucketKeyEnabled *",
        "Bucket objectLockEnabled *",
        "BucketPolicy policy.Statement.Principal widen",
        "Certificate * drop",
        "Detector enable drop",
        "EncryptionByDefault enabled drop",
        "FlowLog logDestinationType drop",
        "FlowLog logFormat drop",
        "Function loggingConfig* drop",
        "CompositeAlarm actionsSuppressor drop",
        "Key policy.Statement.Action widen",
        # Its statements are for this account alone, whose other callers it keeps out.
        "Key policy.Statement.Condition.StringEquals.kms:CallerAccount drop",
        "Key policy.Statement.Principal widen",
        "Listener defaultActions.redirect.port drop",
        "LoadBalancer desyncMitigationMode drop",
        "LogResourcePolicy policyDocument.Statement.Condition.* drop",
        "LogResourcePolicy policyDocument.Statement.Principal widen",
        "ReplicationGroup logDeliveryConfigurations.logFormat drop",
        "ReplicationGroup port drop",
        "ReplicationGroup transitEncryptionMode drop",
        "Instance port drop",
        "Instance allowMajorVersionUpgrade drop",
        "Instance performanceInsightsRetentionPeriod drop",
        "Record allowOverwrite *",
        # AWS Backup deletes at once, and itself chooses what is closed.
        "RestoreTestingSelection validationWindowHours drop",
        "RestoreTestingSelection restoreMetadataOverrides.publiclyAccessible drop",
        # The resource that is left says the account.
        "Role assumeRolePolicy.Statement.Condition.StringEquals.aws:SourceAccount drop",
        "Service deploymentM* drop",
        "Service desiredCount drop",
        "TaskDefinition *.portMappings.hostPort drop",
        "TaskDefinition *.portMappings.protocol drop",
        "TopicPolicy policy.Statement.Principal widen",
        "Trail enableLogging drop",
        "Trail includeGlobalServiceEvents drop",
        "VaultLockConfiguration maxRetentionDays drop",
        "Vpc enableDnsSupport drop",
        "WebAclLoggingConfiguration loggingFilter drop",
        "* *ame drop",
    ),
    Judgement.CLOSED: (
        "BucketPolicy policy.Statement.Condition.* drop",
        "Subnet ipv6CidrBlock drop",
        "WebAcl *sampledRequestsEnabled *",
        "Function environment* drop",
        "Function vpcConfig drop",
        "LoadBalancer internal flip",
        "*Policy *.returnData flip",
        "MetricAlarm metricQueries.returnData flip",
        "QueryDefinition logGroupNames drop",
        "Domain clusterConfig.multiAzWithStandbyEnabled flip",
        "EventRule eventPattern drop",
        "TaskDefinition *.essential *",
        # Only what is exempt may be written to, and is then no more.
        "TaskDefinition *.readonlyRootFilesystem flip",
        # All of production's are writable, so that the other way is from there.
        "TaskDefinition *.mountPoints.readOnly flip",
        "TaskDefinition *.initProcessEnabled *",
        "TaskDefinition *.portMappings drop",
        "TaskDefinition *.secrets drop",
        "Vpc assignGeneratedIpv6CidrBlock *",
        "Workgroup forceDestroy flip",
        "WebAcl *ustomResponse.responseHeaders drop",
        "VpcEndpoint vpcEndpointType drop",
    ),
    Judgement.WHICH: ("* link to another", "* remove"),
}


def judgement(type_: str, name: str, kind: str) -> Judgement:
    """The first that fits: every mutation has one, and what nobody looked at is a hole."""
    package, _, rest = type_.removeprefix("pulumi:providers:").partition(":")
    said = " ".join(filter(None, (rest.rsplit(":", 1)[-1] or "Provider", name, kind)))
    table = OF_DOCKER if package == "docker" else _OF_AWS
    return next((found for found, patterns in table.items() if _fits(said, patterns)), Judgement.OPEN)


def _fits(said: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(said, pattern) for pattern in patterns)
