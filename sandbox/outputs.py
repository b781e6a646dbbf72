"""What a created resource answers with: its inputs and the values that the cloud computes.

In a preview the computed values are unknown, as they are in the cloud. In an update they follow from the resource's
identity alone, so the same program makes the same stack every time.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from pulumi.runtime.rpc import UNKNOWN

from sandbox.identifiers import Identity, arn, image_digest, image_id
from sandbox.properties import Properties, canonical
from sandbox.schema import ResourceSchema

_FUNCTION = "aws:lambda/function:Function"
_REMOTE_IMAGE = "docker:index/remoteImage:RemoteImage"
_IMAGE = "docker:index/image:Image"

_FOLLOWS: Mapping[str, tuple[str, frozenset[str]]] = {
    _FUNCTION: (
        "code",
        frozenset({"codeSha256", "sourceCodeHash", "sourceCodeSize", "lastModified", "version", "qualifiedArn"}),
    ),
    _REMOTE_IMAGE: ("name", frozenset({"imageId", "repoDigest"})),
    _IMAGE: ("imageName", frozenset({"repoDigest"})),
}
"""An input that is changed in place, and the outputs that change with it."""


def previewed(schema: ResourceSchema, inputs: Mapping[str, Any], before: Mapping[str, Any]) -> Properties:
    """Outputs of a create (`before` empty) or an update that has not happened."""
    return {**dict.fromkeys(schema.computed, UNKNOWN), **_kept(schema, inputs, before), **_given(schema, inputs)}


def made(
    schema: ResourceSchema, identity: Identity, inputs: Mapping[str, Any], before: Mapping[str, Any]
) -> Properties:
    """Outputs of a create (`before` empty) or an update that has happened."""
    kept = _kept(schema, inputs, before)
    missing = schema.computed - kept.keys() - inputs.keys()
    invented = {name: invent(identity, name, schema.outputs[name], inputs) for name in sorted(missing)}
    return {**invented, **kept, **_given(schema, inputs)}


def _given(schema: ResourceSchema, inputs: Mapping[str, Any]) -> Properties:
    return {name: value for name, value in inputs.items() if name in schema.outputs}


def _kept(schema: ResourceSchema, inputs: Mapping[str, Any], before: Mapping[str, Any]) -> Properties:
    """Computed values outlive an update, except those that follow from what changed."""
    leading, following = _FOLLOWS.get(schema.token, ("", frozenset[str]()))
    gone = following if canonical(inputs.get(leading)) != canonical(before.get(leading)) else frozenset[str]()
    return {name: value for name, value in before.items() if name in schema.computed - gone}


def tags_all(schema: ResourceSchema, inputs: Mapping[str, Any], default_tags: Mapping[str, str]) -> Properties:
    """The output `tagsAll`, where the type has it: the provider's default tags and the resource's own."""
    return {"tagsAll": {**default_tags, **(inputs.get("tags") or {})}} if "tagsAll" in schema.outputs else {}


def invent(identity: Identity, name: str, shape: Any, inputs: Mapping[str, Any]) -> Any:
    """A well-formed value of the computed output `name`."""
    special = _SPECIAL.get((identity.token, name))
    if special is not None:
        return special(identity, inputs)
    if shape is bool:
        return False
    if shape in (int, float):
        return _NUMBERS.get(name, 0)
    if shape is list:
        return []
    if shape is dict:
        return {}
    return _text(identity, name, inputs)


def _text(identity: Identity, name: str, inputs: Mapping[str, Any]) -> str:
    plain = {
        "arn": lambda: arn(identity, inputs),
        "region": lambda: identity.region,
        "ownerId": lambda: identity.account,
        "accountId": lambda: identity.account,
        "registryId": lambda: identity.account,
        "name": lambda: identity.name,
        "namePrefix": lambda: "",
    }.get(name)
    if plain is not None:
        return plain()
    if name.endswith(("Arn", "arn")):
        return f"{arn(identity, inputs)}:{name.removesuffix('Arn').lower()}"
    if name.endswith(("Id", "id")):
        return identity.hex(17, name)
    if name.endswith(("dnsName", "Endpoint", "endpoint", "address", "Address", "DomainName")):
        return f"{identity.name}.{identity.hex(12, name)}.{identity.region}.amazonaws.com"
    return f"{name}-{identity.hex(8, name)}"


_NUMBERS = {"port": 5432, "revision": 1, "timeout": 3, "memorySize": 128, "version": 1}


def _database_host(identity: Identity, _inputs: Mapping[str, Any]) -> str:
    return f"{identity.name}.{identity.hex(12, 'host')}.{identity.region}.rds.amazonaws.com"


def _master_secret(identity: Identity, inputs: Mapping[str, Any]) -> list[Properties]:
    if not inputs.get("manageMasterUserPassword"):
        return []
    name = f"rds!db-{identity.uuid('secret')}-{identity.hex(6, 'secret')}"
    secret = f"arn:aws:secretsmanager:{identity.region}:{identity.account}:secret:{name}"
    key = str(
        inputs.get("masterUserSecretKmsKeyId") or f"arn:aws:kms:{identity.region}:{identity.account}:alias/aws/rds"
    )
    return [{"secretArn": secret, "secretStatus": "active", "kmsKeyId": key}]


def _cache_host(kind: str) -> Callable[[Identity, Mapping[str, Any]], str]:
    return lambda identity, _: f"{kind}.{identity.name}.{identity.hex(6, 'host')}.cache.amazonaws.com"


def _domain_host(identity: Identity, inputs: Mapping[str, Any]) -> str:
    where = "vpc" if inputs.get("vpcOptions") else "search"
    return f"{where}-{identity.name}-{identity.hex(26, 'host')}.{identity.region}.es.amazonaws.com"


def _validations(identity: Identity, inputs: Mapping[str, Any]) -> list[Properties]:
    """One record for each name; a wildcard shares that of its parent (ACM User Guide, DNS validation)."""
    names = [str(inputs.get("domainName")), *map(str, inputs.get("subjectAlternativeNames") or [])]
    return [
        {
            "domainName": name,
            "resourceRecordName": f"_{identity.hex(32, name.removeprefix('*.'))}.{name.removeprefix('*.')}.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": f"_{identity.hex(32, 'to' + name)}.acm-validations.aws.",
        }
        for name in dict.fromkeys(names)
    ]


def _code_hash(identity: Identity, inputs: Mapping[str, Any]) -> str:
    digest = Identity(identity.token, "", canonical(inputs.get("code")), "", "").hex(64)
    return base64.b64encode(bytes.fromhex(digest)).decode()


def _task_without_revision(identity: Identity, inputs: Mapping[str, Any]) -> str:
    return arn(identity, inputs).rsplit(":", 1)[0]


def _registry_path(identity: Identity, _inputs: Mapping[str, Any]) -> str:
    return f"{identity.account}.dkr.ecr.{identity.region}.amazonaws.com/{identity.name}"


def _repo_digest(identity: Identity, inputs: Mapping[str, Any]) -> str:
    """In the form `repository@sha256:...`: the image's name without its tag."""
    named = str(inputs.get("name") or inputs.get("imageName")).partition("@")[0]
    folder, slash, last = named.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}@{image_digest(identity, f'repository {named}')}"


def _route(identity: Identity, inputs: Mapping[str, Any]) -> str:
    return f"{inputs.get('name')}" if inputs.get("name") else identity.name


_LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
_DATABASE = "aws:rds/instance:Instance"
_CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
_DOMAIN = "aws:opensearch/domain:Domain"
_REPOSITORY = "aws:ecr/repository:Repository"
_TASK = "aws:ecs/taskDefinition:TaskDefinition"

_SPECIAL: Mapping[tuple[str, str], Callable[[Identity, Mapping[str, Any]], Any]] = {
    (_DATABASE, "address"): _database_host,
    (_DATABASE, "endpoint"): lambda one, given: f"{_database_host(one, given)}:{given.get('port') or 5432}",
    (_DATABASE, "masterUserSecrets"): _master_secret,
    (_DATABASE, "engineVersionActual"): lambda _, given: str(given.get("engineVersion")),
    (_DATABASE, "resourceId"): lambda one, _: f"db-{one.hex(26, 'id').upper()}",
    (_DOMAIN, "endpoint"): _domain_host,
    (_CACHE, "primaryEndpointAddress"): _cache_host("master"),
    (_CACHE, "readerEndpointAddress"): _cache_host("replica"),
    (_CACHE, "configurationEndpointAddress"): lambda _, __: "",
    (_LOAD_BALANCER, "dnsName"): lambda one, _: f"{one.name}-{one.number(10**9, 'dns')}.{one.region}.elb.amazonaws.com",
    (_LOAD_BALANCER, "arnSuffix"): lambda one, given: arn(one, given).split(":loadbalancer/", 1)[1],
    (_LOAD_BALANCER, "zoneId"): lambda one, _: f"Z{one.hex(13, 'zone').upper()}",
    ("aws:lb/targetGroup:TargetGroup", "arnSuffix"): lambda one, given: arn(one, given).rsplit(":", 1)[1],
    ("aws:acm/certificate:Certificate", "domainValidationOptions"): _validations,
    ("aws:kms/key:Key", "keyId"): lambda one, _: one.uuid(),
    ("aws:s3/bucket:Bucket", "bucketDomainName"): lambda one, _: f"{one.name}.s3.amazonaws.com",
    ("aws:s3/bucket:Bucket", "bucketRegionalDomainName"): lambda one, _: f"{one.name}.s3.{one.region}.amazonaws.com",
    (_FUNCTION, "codeSha256"): _code_hash,
    (_FUNCTION, "sourceCodeHash"): _code_hash,
    ("aws:lambda/invocation:Invocation", "result"): lambda _, __: '{"status": "ok"}',
    (_TASK, "arnWithoutRevision"): _task_without_revision,
    (_TASK, "revision"): lambda one, _: one.number(900, "revision"),
    (_REPOSITORY, "repositoryUrl"): _registry_path,
    (_REMOTE_IMAGE, "imageId"): image_id,
    (_REMOTE_IMAGE, "repoDigest"): _repo_digest,
    ("docker:index/registryImage:RegistryImage", "sha256Digest"): lambda one, _: image_digest(one),
    ("docker:index/tag:Tag", "sourceImageId"): lambda one, _: image_digest(one, "source"),
    (_IMAGE, "repoDigest"): _repo_digest,
    ("aws:route53/record:Record", "fqdn"): _route,
    ("aws:ec2/eip:Eip", "publicIp"): lambda one, _: f"203.0.113.{one.number(254, 'ip')}",
    ("aws:ec2/vpc:Vpc", "defaultSecurityGroupId"): lambda one, _: f"sg-{one.hex(17, 'default')}",
    ("aws:ec2/vpc:Vpc", "defaultRouteTableId"): lambda one, _: f"rtb-{one.hex(17, 'default')}",
    ("aws:ec2/subnet:Subnet", "ipv6CidrBlock"): lambda _, __: "",
    ("aws:ec2/vpc:Vpc", "ipv6CidrBlock"): lambda one, _: f"2600:1f18:{one.hex(4, 'range')}:{one.hex(2, 'net')}00::/56",
    ("aws:ec2/vpc:Vpc", "defaultNetworkAclId"): lambda one, _: f"acl-{one.hex(17, 'default')}",
}
"""Computed outputs that others read and that have a form of their own."""
