"""Names, ids and ARNs as AWS and Docker form them, invented from a seed so that they are the same every time.

Source of the forms: Service Authorization Reference, "Resource types defined by ...", and the import sections of the
AWS provider's documentation, which say what each id looks like.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NAMING: Mapping[str, tuple[str, int]] = {
    "aws:s3/bucket:Bucket": ("bucket", 63),
    "aws:rds/instance:Instance": ("identifier", 63),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("replicationGroupId", 40),
    "aws:opensearch/domain:Domain": ("domainName", 28),
    "aws:lb/loadBalancer:LoadBalancer": ("name", 32),
    "aws:lb/targetGroup:TargetGroup": ("name", 32),
    "aws:iam/role:Role": ("name", 64),
}
"""The property that names a resource and its longest length, where that is not `name` and 255."""

_EC2_PREFIXES = {
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "sg",
    "aws:ec2/eip:Eip": "eipalloc",
    "aws:ec2/flowLog:FlowLog": "fl",
    "aws:ec2/internetGateway:InternetGateway": "igw",
    "aws:ec2/natGateway:NatGateway": "nat",
    "aws:ec2/networkAcl:NetworkAcl": "acl",
    "aws:ec2/route:Route": "r",
    "aws:ec2/routeTable:RouteTable": "rtb",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "rtbassoc",
    "aws:ec2/securityGroup:SecurityGroup": "sg",
    "aws:ec2/subnet:Subnet": "subnet",
    "aws:ec2/vpc:Vpc": "vpc",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "sgr",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "sgr",
}

_ARNS = {
    "aws:acm/certificate:Certificate": "acm:{region}:{account}:certificate/{uuid}",
    "aws:backup/plan:Plan": "backup:{region}:{account}:backup-plan:{uuid}",
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": (
        "backup:{region}:{account}:restore-testing-plan:{name}-{uuid}"
    ),
    "aws:backup/vault:Vault": "backup:{region}:{account}:backup-vault:{name}",
    "aws:cloudwatch/logGroup:LogGroup": "logs:{region}:{account}:log-group:{name}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "aws:ecs/cluster:Cluster": "ecs:{region}:{account}:cluster/{name}",
    "aws:ecs/service:Service": "ecs:{region}:{account}:service/{cluster}/{name}",
    "aws:ecs/taskDefinition:TaskDefinition": "ecs:{region}:{account}:task-definition/{name}:{revision}",
    "aws:elasticache/parameterGroup:ParameterGroup": "elasticache:{region}:{account}:parametergroup:{name}",
    "aws:elasticache/replicationGroup:ReplicationGroup": "elasticache:{region}:{account}:replicationgroup:{name}",
    "aws:elasticache/subnetGroup:SubnetGroup": "elasticache:{region}:{account}:subnetgroup:{name}",
    "aws:elasticache/user:User": "elasticache:{region}:{account}:user:{name}",
    "aws:elasticache/userGroup:UserGroup": "elasticache:{region}:{account}:usergroup:{name}",
    "aws:iam/policy:Policy": "iam::{account}:policy/{name}",
    "aws:iam/role:Role": "iam::{account}:role{path}{name}",
    "aws:kms/alias:Alias": "kms:{region}:{account}:{name}",
    "aws:kms/key:Key": "kms:{region}:{account}:key/{uuid}",
    "aws:lambda/function:Function": "lambda:{region}:{account}:function:{name}",
    "aws:lb/listener:Listener": "elasticloadbalancing:{region}:{account}:listener/app/{hex}/{hex}",
    "aws:lb/listenerRule:ListenerRule": "elasticloadbalancing:{region}:{account}:listener-rule/app/{hex}/{hex}/{hex}",
    "aws:lb/loadBalancer:LoadBalancer": "elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex}",
    "aws:lb/targetGroup:TargetGroup": "elasticloadbalancing:{region}:{account}:targetgroup/{name}/{hex}",
    "aws:opensearch/domain:Domain": "es:{region}:{account}:domain/{name}",
    "aws:rds/instance:Instance": "rds:{region}:{account}:db:{name}",
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": (
        "rds:{region}:{account}:auto-backup:ab-{hex}"
    ),
    "aws:rds/parameterGroup:ParameterGroup": "rds:{region}:{account}:pg:{name}",
    "aws:rds/subnetGroup:SubnetGroup": "rds:{region}:{account}:subgrp:{name}",
    "aws:s3/bucket:Bucket": "s3:::{name}",
    "aws:secretsmanager/secret:Secret": "secretsmanager:{region}:{account}:secret:{name}-{six}",
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": (
        "servicediscovery:{region}:{account}:namespace/ns-{hex}"
    ),
    "aws:servicediscovery/service:Service": "servicediscovery:{region}:{account}:service/srv-{hex}",
    "aws:sns/topic:Topic": "sns:{region}:{account}:{name}",
    "aws:sns/topicSubscription:TopicSubscription": "sns:{region}:{account}:{name}:{uuid}",
    "aws:ssm/parameter:Parameter": "ssm:{region}:{account}:parameter/{name}",
}

_ID_IS_ARN = {
    "aws:acm/certificate:Certificate",
    "aws:acm/certificateValidation:CertificateValidation",
    "aws:ecs/cluster:Cluster",
    "aws:ecs/service:Service",
    "aws:lb/listener:Listener",
    "aws:lb/listenerRule:ListenerRule",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:lb/targetGroup:TargetGroup",
    "aws:opensearch/domain:Domain",
    "aws:secretsmanager/secret:Secret",
    "aws:sns/topic:Topic",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
}

_ID_IS_UUID = {
    "aws:backup/plan:Plan",
    "aws:backup/selection:Selection",
    "aws:cloudfront/distribution:Distribution",
    "aws:kms/key:Key",
}


@dataclass(frozen=True)
class Identity:
    """Who a resource is: everything in it follows from these five."""

    token: str
    name: str
    seed: str
    account: str
    region: str

    def hex(self, length: int, salt: str = "") -> str:
        """Hexadecimal digits of this resource, at most 64."""
        return hashlib.sha256(f"{self.seed}|{salt}".encode()).hexdigest()[:length]

    def uuid(self, salt: str = "") -> str:
        """In the form of a UUID."""
        digits = self.hex(32, f"uuid{salt}")
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def number(self, limit: int, salt: str) -> int:
        """From 1 to `limit`."""
        return int(self.hex(8, salt), 16) % limit + 1


def identify(urn: str, inputs: Mapping[str, Any], *, seed: str, account: str, region: str) -> Identity:
    """`seed` must differ between a resource and its replacement."""
    token = type_token(urn)
    named, _ = NAMING.get(token, ("name", 255))
    keys = (named, "name", "family", "userId", "userGroupId", "clusterId")
    name = next((str(inputs[key]) for key in keys if inputs.get(key)), urn.rsplit("::", 1)[-1])
    return Identity(token, name, seed, account, str(inputs.get("region") or region))


def type_token(urn: str) -> str:
    """The type of a URN: `urn:pulumi:stack::project::parent$type::name`."""
    return urn.split("::")[2].rsplit("$", maxsplit=1)[-1]


def physical_name(urn: str) -> str:
    """The name the provider chooses where none is given: the logical name and seven more characters."""
    _, longest = NAMING.get(type_token(urn), ("name", 255))
    suffix = hashlib.sha256(urn.encode()).hexdigest()[:7]
    return f"{urn.rsplit('::', 1)[-1].lower()[: longest - 8]}-{suffix}"


def arn(identity: Identity, inputs: Mapping[str, Any]) -> str:
    """The ARN of a resource."""
    service, kind = identity.token.split(":")[1].split("/")
    prefix = _EC2_PREFIXES.get(identity.token)
    if prefix is not None:
        form = f"ec2:{{region}}:{{account}}:{kind.lower()}/{resource_id(identity, inputs)}"
    else:
        form = _ARNS.get(identity.token, f"{service}:{{region}}:{{account}}:{kind.lower()}/{{name}}")
    return "arn:aws:" + form.format(
        region=identity.region,
        account=identity.account,
        name=identity.name.removeprefix("/") if "ssm/" in identity.token else identity.name,
        uuid=identity.uuid(),
        hex=identity.hex(16),
        six=identity.hex(6, "secret"),
        path=inputs.get("path") or "/",
        cluster=str(inputs.get("cluster") or "default").rsplit("/", 1)[-1],
        revision=identity.number(900, "revision"),
    )


def image_digest(identity: Identity, salt: str = "manifest") -> str:
    """A digest as registries form it: `sha256:` and 64 hexadecimal digits."""
    return f"sha256:{identity.hex(64, salt)}"


def image_id(identity: Identity, inputs: Mapping[str, Any]) -> str:
    """The id of an image on a Docker host; another image of the same resource has another one."""
    return image_digest(identity, f"image {inputs.get('name')}")


def resource_id(identity: Identity, inputs: Mapping[str, Any]) -> str:
    """The id that Pulumi keeps, which other resources often refer to."""
    if identity.token in _EC2_PREFIXES:
        return f"{_EC2_PREFIXES[identity.token]}-{identity.hex(17, 'id')}"
    if identity.token in _ID_IS_ARN:
        return arn(identity, inputs)
    if identity.token in _ID_IS_UUID:
        return identity.uuid()
    if identity.token in _IDS:
        return _IDS[identity.token](identity, inputs)
    if identity.token.startswith("aws:servicediscovery/"):
        return arn(identity, inputs).rsplit("/", 1)[-1]
    return identity.name


_IDS: Mapping[str, Callable[[Identity, Mapping[str, Any]], str]] = {
    "aws:rds/instance:Instance": lambda one, _: f"db-{one.hex(26, 'id').upper()}",
    "docker:index/registryImage:RegistryImage": lambda one, _: image_digest(one),
    "docker:index/remoteImage:RemoteImage": lambda one, given: f"{image_id(one, given)}{given.get('name')}",
    "docker:index/tag:Tag": lambda _, given: f"{given.get('sourceImage')}.{given.get('targetImage')}",
}
"""Ids with a form of their own."""
