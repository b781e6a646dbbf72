"""Properties whose change makes the cloud replace a resource; any other property is updated in place.

Source: the argument references of the AWS provider ("Forces new resource") and the resource schemas of the AWS and
Docker providers. A type that is not listed is replaced by nothing. Sizes, versions and retention of what holds data are
never here, which a test holds fast.
"""

from collections.abc import Mapping
from typing import Any

_ALWAYS = frozenset({"region"})

REPLACES: Mapping[str, frozenset[str]] = {
    token: frozenset(names.split())
    for token, names in {
        "aws:acm/certificate:Certificate": "domainName validationMethod subjectAlternativeNames keyAlgorithm",
        "aws:acm/certificateValidation:CertificateValidation": "certificateArn validationRecordFqdns",
        "aws:appautoscaling/policy:Policy": "name resourceId scalableDimension serviceNamespace",
        "aws:appautoscaling/target:Target": "resourceId scalableDimension serviceNamespace",
        "aws:backup/plan:Plan": "",
        "aws:backup/restoreTestingPlan:RestoreTestingPlan": "name",
        "aws:backup/restoreTestingSelection:RestoreTestingSelection": (
            "name protectedResourceType restoreTestingPlanName"
        ),
        "aws:backup/selection:Selection": "name planId iamRoleArn resources notResources conditions selectionTags",
        "aws:backup/vault:Vault": "name kmsKeyArn",
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration": (
            "backupVaultName changeableForDays maxRetentionDays minRetentionDays"
        ),
        "aws:backup/vaultPolicy:VaultPolicy": "backupVaultName",
        "aws:cloudwatch/eventRule:EventRule": "name namePrefix eventBusName",
        "aws:cloudwatch/eventTarget:EventTarget": "rule targetId eventBusName",
        "aws:cloudwatch/logGroup:LogGroup": "name namePrefix logGroupClass",
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyName",
        "aws:cloudwatch/metricAlarm:MetricAlarm": "name",
        "aws:codeartifact/domain:Domain": "domain encryptionKey",
        "aws:codeartifact/domainPermissions:DomainPermissions": "domain domainOwner",
        "aws:codeartifact/repository:Repository": "repository domain domainOwner",
        "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": "repository domain domainOwner",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "vpcId",
        "aws:ec2/eip:Eip": "domain networkBorderGroup publicIpv4Pool",
        "aws:ec2/flowLog:FlowLog": (
            "vpcId subnetId eniId trafficType logDestination logDestinationType iamRoleArn logFormat "
            "maxAggregationInterval"
        ),
        "aws:ec2/internetGateway:InternetGateway": "",
        "aws:ec2/natGateway:NatGateway": "allocationId subnetId connectivityType privateIp",
        "aws:ec2/route:Route": "routeTableId destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId",
        "aws:ec2/routeTable:RouteTable": "vpcId",
        "aws:ec2/routeTableAssociation:RouteTableAssociation": "subnetId gatewayId",
        "aws:ec2/securityGroup:SecurityGroup": "name namePrefix description vpcId",
        "aws:ec2/subnet:Subnet": "vpcId cidrBlock availabilityZone availabilityZoneId outpostArn ipv6Native",
        "aws:ec2/vpc:Vpc": "cidrBlock ipv4IpamPoolId ipv4NetmaskLength",
        "aws:ec2/vpcEndpoint:VpcEndpoint": "vpcId serviceName serviceRegion vpcEndpointType",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy": "repository policy",
        "aws:ecr/repository:Repository": "name encryptionConfigurations",
        "aws:ecr/repositoryPolicy:RepositoryPolicy": "repository",
        "aws:ecs/cluster:Cluster": "name",
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "clusterName",
        "aws:ecs/service:Service": "name cluster launchType schedulingStrategy enableEcsManagedTags",
        "aws:ecs/taskDefinition:TaskDefinition": (
            "family containerDefinitions cpu memory executionRoleArn taskRoleArn networkMode requiresCompatibilities "
            "runtimePlatform volumes ephemeralStorage placementConstraints ipcMode pidMode proxyConfiguration"
        ),
        "aws:elasticache/parameterGroup:ParameterGroup": "name family description",
        "aws:elasticache/replicationGroup:ReplicationGroup": (
            "replicationGroupId atRestEncryptionEnabled kmsKeyId port subnetGroupName dataTieringEnabled "
            "preferredCacheClusterAzs snapshotArns snapshotName globalReplicationGroupId securityGroupNames"
        ),
        "aws:elasticache/subnetGroup:SubnetGroup": "name",
        "aws:elasticache/user:User": "userId userName",
        "aws:elasticache/userGroup:UserGroup": "userGroupId",
        "aws:iam/role:Role": "name namePrefix path",
        "aws:iam/rolePolicy:RolePolicy": "name namePrefix role",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "role policyArn",
        "aws:kms/alias:Alias": "name namePrefix",
        "aws:kms/key:Key": "customerMasterKeySpec keyUsage multiRegion customKeyStoreId xksKeyId",
        "aws:lambda/function:Function": "name packageType",
        "aws:lambda/invocation:Invocation": "functionName input qualifier triggers lifecycleScope",
        "aws:lambda/permission:Permission": (
            "function action principal statementId statementIdPrefix sourceArn sourceAccount qualifier"
        ),
        "aws:lb/listener:Listener": "loadBalancerArn",
        "aws:lb/listenerRule:ListenerRule": "listenerArn",
        "aws:lb/loadBalancer:LoadBalancer": "name namePrefix internal loadBalancerType customerOwnedIpv4Pool",
        "aws:lb/targetGroup:TargetGroup": (
            "name namePrefix port protocol protocolVersion targetType vpcId ipAddressType"
        ),
        # Other encryption is another domain; switching it on is not, but no domain here ever has it off.
        "aws:opensearch/domain:Domain": "domainName encryptAtRest nodeToNodeEncryption",
        "aws:rds/instance:Instance": (
            "identifierPrefix engine dbName username kmsKeyId storageEncrypted availabilityZone characterSetName "
            "ncharCharacterSetName timezone snapshotIdentifier customIamInstanceProfile restoreToPointInTime s3Import"
        ),
        "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": (
            "sourceDbInstanceArn kmsKeyId retentionPeriod preSignedUrl"
        ),
        "aws:rds/parameterGroup:ParameterGroup": "name namePrefix family description",
        "aws:rds/subnetGroup:SubnetGroup": "name namePrefix",
        "aws:route53/record:Record": "zoneId",
        "aws:s3/bucket:Bucket": "bucket bucketPrefix objectLockEnabled",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "bucket expectedBucketOwner",
        "aws:s3/bucketLogging:BucketLogging": "bucket expectedBucketOwner",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "bucket",
        "aws:s3/bucketPolicy:BucketPolicy": "bucket",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "bucket",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
            "bucket expectedBucketOwner"
        ),
        "aws:s3/bucketVersioning:BucketVersioning": "bucket expectedBucketOwner",
        "aws:secretsmanager/secret:Secret": "name namePrefix",
        "aws:secretsmanager/secretPolicy:SecretPolicy": "secretArn",
        "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": "name vpc",
        "aws:servicediscovery/service:Service": "name namespaceId type healthCheckCustomConfig",
        "aws:sns/topic:Topic": "name namePrefix fifoTopic",
        "aws:sns/topicPolicy:TopicPolicy": "arn",
        "aws:sns/topicSubscription:TopicSubscription": "topic protocol endpoint",
        "aws:ssm/parameter:Parameter": "name",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "securityGroupId",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "securityGroupId",
        "docker:index/registryImage:RegistryImage": "name build triggers",
        "docker:index/remoteImage:RemoteImage": "build platform pullTriggers triggers",
        "docker:index/tag:Tag": "sourceImage targetImage tagTriggers",
    }.items()
}


def replacing(token: str) -> frozenset[str]:
    """Names of the properties of `token` whose change replaces it."""
    return REPLACES.get(token, frozenset()) | _ALWAYS


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Names of the properties that differ; one that is None counts as absent."""
    names = sorted({*before, *after} - {"__defaults"})
    return [name for name in names if before.get(name) != after.get(name)]
