"""Every type that a stack has: those of which no resource may be missing unnoticed, and those that protect nothing."""

from policies.guardrails import tokens as t
from policies.guardrails.alarm_coverage import OF_MASTERS, OF_REPLICAS, SIGNS

_ASIDE = "the bucket is open, unversioned, unencrypted or unlogged without it"
_KEPT = "evidence of what happened"
_WATCH = "nobody is told"

GUARDS: dict[str, str] = {
    "accessanalyzer/analyzer:Analyzer": _WATCH,
    "acm/certificate:Certificate": "HTTPS has nothing to show",
    "acm/certificateValidation:CertificateValidation": "the listener may come up before the certificate is issued",
    "backup/plan:Plan": "nothing is backed up",
    "backup/restoreTestingPlan:RestoreTestingPlan": "nobody knows whether a backup can be restored",
    "backup/restoreTestingSelection:RestoreTestingSelection": "nobody knows whether a backup can be restored",
    "backup/selection:Selection": "nothing is backed up",
    "backup/vault:Vault": "backups have no place",
    "backup/vaultLockConfiguration:VaultLockConfiguration": "backups can be deleted",
    "backup/vaultPolicy:VaultPolicy": "backups can be deleted while the lock can be lifted",
    "budgets/budget:Budget": "nobody hears before the money is spent",
    "cfg/deliveryChannel:DeliveryChannel": _KEPT,
    "cfg/recorder:Recorder": _KEPT,
    "cfg/recorderStatus:RecorderStatus": "the recorder stands still",
    "cloudfront/distribution:Distribution": "users have no way in",
    "cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": "browsers are not told to stay with HTTPS",
    "cloudtrail/trail:Trail": _KEPT,
    "cloudwatch/compositeAlarm:CompositeAlarm": _WATCH,
    "cloudwatch/logDelivery:LogDelivery": _KEPT,
    "cloudwatch/logDeliveryDestination:LogDeliveryDestination": _KEPT,
    "cloudwatch/logDeliverySource:LogDeliverySource": _KEPT,
    "cloudwatch/logGroup:LogGroup": "AWS makes one without key and end, or the log is lost",
    "cloudwatch/logMetricFilter:LogMetricFilter": _WATCH,
    "cloudwatch/logResourcePolicy:LogResourcePolicy": "the writer is refused, and is silent about it",
    "cloudwatch/metricAlarm:MetricAlarm": _WATCH,
    "ebs/encryptionByDefault:EncryptionByDefault": "a volume that somebody adds is in the clear",
    "ec2/defaultSecurityGroup:DefaultSecurityGroup": "what names no group is in one that admits",
    "ec2/flowLog:FlowLog": _KEPT,
    "ec2/securityGroup:SecurityGroup": "what was in it is in the VPC's default one",
    "ec2/vpcEndpoint:VpcEndpoint": "calls go around the bounded way, or nowhere",
    "ecr/lifecyclePolicy:LifecyclePolicy": "images with old holes stay for ever",
    "elasticache/userGroup:UserGroup": "the cache asks nobody for a login",
    "guardduty/detector:Detector": _WATCH,
    "guardduty/detectorFeature:DetectorFeature": _WATCH,
    "iam/accountPasswordPolicy:AccountPasswordPolicy": "passwords of people may be weak",
    "iam/policy:Policy boundary": "a role may be given more than the boundary",
    "inspector2/enabler:Enabler": _WATCH,
    "kms/key:Key": "data is encrypted with a key that others rule",
    "lb/listener:Listener": "HTTP is not sent to HTTPS",
    "rds/eventSubscription:EventSubscription": _WATCH,
    "rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": "a lost region is a lost database",
    "rds/parameterGroup:ParameterGroup": "the database takes connections without TLS",
    "rds/subnetGroup:SubnetGroup": "the database stands in the default VPC",
    "route53/record:Record CAA": "any authority may issue a certificate for the domain",
    "route53/resolverFirewallDomainList:ResolverFirewallDomainList": "a rule about names has none",
    "route53/resolverFirewallRule:ResolverFirewallRule": "names leave that should not",
    "route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation": "names leave that should not",
    "route53/resolverQueryLogConfig:ResolverQueryLogConfig": _KEPT,
    "route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation": _KEPT,
    "s3/accountPublicAccessBlock:AccountPublicAccessBlock": "a bucket may be opened",
    "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "abandoned uploads stay",
    "s3/bucketLogging:BucketLogging": _ASIDE,
    "s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": "records can be deleted",
    "s3/bucketOwnershipControls:BucketOwnershipControls": _ASIDE,
    "s3/bucketPolicy:BucketPolicy": _ASIDE,
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _ASIDE,
    "s3/bucketReplicationConfig:BucketReplicationConfig": "a lost region is a lost file",
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _ASIDE,
    "s3/bucketVersioning:BucketVersioning": _ASIDE,
    "secretsmanager/secretRotation:SecretRotation": "a login that leaked stays good",
    "securityhub/account:Account": _WATCH,
    "securityhub/standardsSubscription:StandardsSubscription": _WATCH,
    "sns/topic:Topic": _WATCH,
    "sns/topicPolicy:TopicPolicy": "who may publish is left to AWS's default",
    "sns/topicSubscription:TopicSubscription": _WATCH,
    "wafv2/ipSet:IpSet": "who is let in or kept out is nobody",
    "wafv2/webAcl:WebAcl": "every request reaches Dify",
    "wafv2/webAclAssociation:WebAclAssociation": "every request reaches Dify",
    "wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": _KEPT,
}
"""Type -> what happens without one of it. Taking out any one must make the pack, or a test of a whole stack, speak."""

_WAY = "a connection less; tests/network/test_reachability.py states all that there are"
_LESS = "a permission less: something stops, nothing opens"
_WORK = "the work itself, whose absence is not a hole"
_NAME = "a name"
_SAID_TWICE = "without it only roles of this account get in, as with it"
_SCALE = "capacity"
_OPTION = "an option of the stack, gone as a whole; nothing is left that seems to be guarded by it"
_ASK = "it asks the records, which are there without it"

PROTECT_NOTHING: dict[str, str] = {
    "appautoscaling/policy:Policy": _SCALE,
    "appautoscaling/target:Target": _SCALE,
    "athena/namedQuery:NamedQuery": _ASK,
    "athena/workgroup:Workgroup": _ASK,
    "cloudformation/stack:Stack": f"{_OPTION}, and tests/network/test_reachability.py states what people sign in for",
    "cloudfront/vpcOrigin:VpcOrigin": _WAY,
    "cloudwatch/compositeAlarm:CompositeAlarm cause": "the same fault is told more than once",
    "cloudwatch/dashboard:Dashboard": "it shows what is measured without it, too",
    "cloudwatch/eventRule:EventRule": _WORK,
    "cloudwatch/eventTarget:EventTarget": _WORK,
    "cloudwatch/metricAlarm:MetricAlarm early": "what it warns of has an alarm of its own",
    "cloudwatch/queryDefinition:QueryDefinition": _ASK,
    "codeartifact/domain:Domain": _WORK,
    "codeartifact/domainPermissions:DomainPermissions": _SAID_TWICE,
    "codeartifact/repository:Repository": _WORK,
    "codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": _SAID_TWICE,
    "ec2/eip:Eip": _WAY,
    "ec2/internetGateway:InternetGateway": _WAY,
    "ec2/natGateway:NatGateway": _WAY,
    "ec2/route:Route": _WAY,
    "ec2/routeTable:RouteTable": _WAY,
    "ec2/routeTableAssociation:RouteTableAssociation": _WAY,
    "ec2/subnet:Subnet": "a place less; what stands in too few is a rule's matter (ec2-placement-must-span-zones)",
    "ec2/vpc:Vpc": "there is no network without it",
    "ecr/repository:Repository": _WORK,
    "ecs/cluster:Cluster": _WORK,
    "ecs/clusterCapacityProviders:ClusterCapacityProviders": _SCALE,
    "ecs/service:Service": _WORK,
    "ecs/taskDefinition:TaskDefinition": _WORK,
    "elasticache/parameterGroup:ParameterGroup": "what the cache does when it is full; TLS and logins are not in it",
    "elasticache/replicationGroup:ReplicationGroup": _WORK,
    "elasticache/subnetGroup:SubnetGroup": "a place; no rule of the cache's security group depends on it",
    "elasticache/user:User": _LESS,
    "glue/catalogDatabase:CatalogDatabase": _ASK,
    "glue/catalogTable:CatalogTable": _ASK,
    "iam/openIdConnectProvider:OpenIdConnectProvider": _LESS,
    "iam/policy:Policy": _LESS,
    "iam/role:Role": _LESS,
    "iam/rolePolicy:RolePolicy": _LESS,
    "iam/rolePolicyAttachment:RolePolicyAttachment": _LESS,
    "kms/alias:Alias": _NAME,
    "lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": "a figure may count twice, and opens nothing",
    "lambda/function:Function": _WORK,
    "lambda/invocation:Invocation": _WORK,
    "lambda/permission:Permission": _LESS,
    "lb/listenerRule:ListenerRule": "tests/network/test_reachability.py states where every path leads",
    "lb/loadBalancer:LoadBalancer": _WORK,
    "lb/targetGroup:TargetGroup": _WORK,
    "opensearch/domain:Domain": _WORK,
    "rds/instance:Instance": _WORK,
    "rds/proxy:Proxy": _WORK,
    "rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": _SCALE,
    "rds/proxyTarget:ProxyTarget": _WORK,
    "route53/record:Record": _NAME,
    "route53/resolverFirewallConfig:ResolverFirewallConfig": "without it AWS answers no name while the firewall fails",
    "route53/resolverFirewallRule:ResolverFirewallRule ALLOW": "fewer names are answered",
    "route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup": _OPTION,
    "s3/bucket:Bucket": "what would be in it; logs that have no bucket are their writers' rules",
    "secretsmanager/secret:Secret": _WORK,
    "servicediscovery/privateDnsNamespace:PrivateDnsNamespace": _NAME,
    "servicediscovery/service:Service": _NAME,
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": _WAY,
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": _WAY,
}
"""Type -> why no rule need notice that one is gone."""

_SENT_IN = {
    t.BUCKET_REPLICATION: "AWS/S3",
    t.CACHE: "AWS/ElastiCache",
    t.DATABASE: "AWS/RDS",
    t.DATABASE_PROXY: "AWS/RDS",
    t.DISTRIBUTION: "AWS/CloudFront",
    t.FUNCTION: "AWS/Lambda",
    t.LOAD_BALANCER: "AWS/ApplicationELB",
    t.NAT_GATEWAY: "AWS/NATGateway",
    t.SEARCH: "AWS/ES",
    t.SERVICE: "ECS/ContainerInsights",
    t.TARGET_GROUP: "AWS/ApplicationELB",
    t.VAULT: "AWS/Backup",
}

ASKED_FOR = frozenset(
    {(_SENT_IN[type_], name) for type_, names in SIGNS.items() for name in names}
    | {(_SENT_IN[t.SEARCH], name) for name in OF_MASTERS}
    | {(_SENT_IN[t.CACHE], name) for name in OF_REPLICAS}
    | {("AWS/CertificateManager", "DaysToExpiry"), ("AWS/WAFV2", "BlockedRequests"), ("Dify/Queues", "Reachable")}
    | {("AWS/Backup", "NumberOfRestoreJobsCompleted")}
)
"""Metrics on which a rule asks for an alarm, besides all that a filter of the trail counts."""
