"""What is known of mutations that the pack does not find (docs/decisions/0027): each was looked at once, as a kind."""

from collections.abc import Iterable
from enum import Enum
from fnmatch import fnmatchcase


class Judgement(Enum):
    """Why a mutation is not found."""

    REFUSED = "AWS or the provider refuses it"
    SAME = "what AWS does is the same, or no less strict"
    CLOSED = "something no longer works; nothing opens"
    WHICH = "only who knows Dify can tell it from what is right"
    OPEN = "a hole that stays"


_OF: dict[Judgement, tuple[str, ...]] = {
    Judgement.REFUSED: (
        "Policy targetTrackingScalingPolicyConfiguration drop",
        "Policy policyType drop",
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
        "TaskDefinition *.initProcessEnabled *",
        "TaskDefinition *.portMappings drop",
        "TaskDefinition *.secrets drop",
        "Vpc assignGeneratedIpv6CidrBlock *",
        "Workgroup forceDestroy flip",
        "WebAcl *ustomResponse.responseHeaders drop",
        "VpcEndpoint vpcEndpointType drop",
    ),
    Judgement.WHICH: ("* link to another", "* remove"),
    Judgement.OPEN: ("*",),
}


def judgement(type_: str, name: str, kind: str) -> Judgement:
    """The first that fits: every mutation has one, and what nobody looked at is a hole."""
    said = " ".join(filter(None, (type_.rsplit(":", 1)[-1], name, kind)))
    return next(found for found, patterns in _OF.items() if _fits(said, patterns))


def _fits(said: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(said, pattern) for pattern in patterns)
