"""What stands in a recorded network and where: security groups, subnets, and whether it takes public addresses."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.network.network_index import Index, several
from tests.network.network_shapes import UnknownShapeError
from tests.recorder import Recorded

SUBNET, GROUP = "ec2/subnet:Subnet", "ec2/securityGroup:SecurityGroup"
ENDPOINTS = "AWS by endpoints"


@dataclass(frozen=True)
class Part:
    """`public` are the IP versions with which the internet could address it, if its subnets lead there."""

    name: str
    groups: frozenset[str]
    subnets: frozenset[str]
    public: frozenset[int] = frozenset()


def parts(index: Index) -> list[Part]:
    """Everything with a place. Raises UnknownShapeError when two have one name, or a group has nobody in it."""
    found = [
        place(resource, index)
        for kind, place in _PLACES.items()
        for resource in index.graph.of(kind)
        if not _is_elsewhere(resource)
    ]
    found += _on_demand(index)
    for part in found:
        if not part.groups or not part.subnets:
            raise UnknownShapeError(f"{part.name} leaves its place to the VPC's defaults")
    names = [part.name for part in found if part.name != ENDPOINTS]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UnknownShapeError(f"two parts are called {', '.join(twice)}")
    if empty := {group.name for group in index.graph.of(GROUP)} - {group for part in found for group in part.groups}:
        raise UnknownShapeError(f"nothing stands in {', '.join(sorted(empty))}")
    return found


def outside(index: Index) -> list[str]:
    """Functions that stand in no network of ours: Lambda gives these a way to the internet."""
    return [called(one) for one in index.graph.of("lambda/function:Function") if _is_elsewhere(one)]


def called(resource: Recorded) -> str:
    """The name of the component: `api` of `api-service`."""
    return resource.name.rpartition("-")[0] or resource.name


def _is_elsewhere(resource: Recorded) -> bool:
    if resource.type.endswith("lambda/function:Function"):
        return not resource.inputs.get("vpcConfig")
    if resource.type.endswith("backup/restoreTestingSelection:RestoreTestingSelection"):
        return resource.inputs["protectedResourceType"] != "RDS"
    return resource.type.endswith("ec2/vpcEndpoint:VpcEndpoint") and not is_interface(resource)


def is_interface(endpoint: Recorded) -> bool:
    """Whether it has addresses in subnets, and is not a route, which is the default."""
    kind = endpoint.inputs.get("vpcEndpointType", "Gateway")
    if kind not in {"Gateway", "Interface"}:
        raise UnknownShapeError(f"{endpoint.name}: an endpoint of type {kind}")
    return kind == "Interface"


def _at(resource: Recorded, index: Index, groups: object, subnets: object, *public: int) -> Part:
    return Part(called(resource), index.names(groups, GROUP), index.names(subnets, SUBNET), frozenset(public))


def _nested(name: str, groups: str, subnets: str) -> Callable[[Recorded, Index], Part]:
    def place(resource: Recorded, index: Index) -> Part:
        found: dict[str, Any] = resource.inputs.get(name, {})
        if not found:
            raise UnknownShapeError(f"{resource.name} stands outside the network")
        # In a subnet with IPv6 a task gets such an address, which is always public.
        versions = (4, 6) if found.get("assignPublicIp") else (6,)
        return _at(resource, index, found.get(groups), found.get(subnets), *versions)

    return place


def _database(resource: Recorded, index: Index) -> Part:
    group = index.get(resource.inputs.get("dbSubnetGroupName"), "rds/subnetGroup:SubnetGroup")
    public = (4, 6) if resource.inputs.get("publiclyAccessible") else ()
    return _at(resource, index, resource.inputs.get("vpcSecurityGroupIds"), group.inputs["subnetIds"], *public)


def _restored(resource: Recorded, index: Index) -> Part:
    """The database that a restore test makes, for as long as it is kept; `True` and `true` are one to AWS Backup."""
    given = resource.inputs.get("restoreMetadataOverrides", {})
    group = index.get(given.get("dbSubnetGroupName"), "rds/subnetGroup:SubnetGroup")
    public = () if str(given.get("publiclyAccessible", "false")).lower() == "false" else (4, 6)
    return _at(resource, index, json.loads(given["vpcSecurityGroupIds"]), group.inputs["subnetIds"], *public)


def _proxy(resource: Recorded, index: Index) -> Part:
    return _at(resource, index, resource.inputs.get("vpcSecurityGroupIds"), resource.inputs.get("vpcSubnetIds"))


def _cache(resource: Recorded, index: Index) -> Part:
    group = index.get(resource.inputs.get("subnetGroupName"), "elasticache/subnetGroup:SubnetGroup")
    return _at(resource, index, resource.inputs.get("securityGroupIds"), group.inputs["subnetIds"])


def _endpoint(resource: Recorded, index: Index) -> Part:
    given = resource.inputs
    place = _at(resource, index, given.get("securityGroupIds"), given.get("subnetIds"))
    return Part(ENDPOINTS, place.groups, place.subnets)


def _load_balancer(resource: Recorded, index: Index) -> Part:
    given = resource.inputs
    if given.get("loadBalancerType", "application") != "application" or "subnetMappings" in given:
        raise UnknownShapeError(f"{resource.name} is no application load balancer in subnets")
    stack = given.get("ipAddressType", "ipv4")
    versions = {"ipv4": (4,), "dualstack": (4, 6), "dualstack-without-public-ipv4": (6,)}.get(stack)
    if versions is None:
        raise UnknownShapeError(f"{resource.name}: addresses of type {stack}")
    public = () if given.get("internal") is True else versions
    return _at(resource, index, given.get("securityGroups"), given.get("subnets"), *public)


def _on_demand(index: Index) -> list[Part]:
    """Tasks that an operator starts, where the stack's outputs say."""
    outputs = index.graph.stack_outputs if index.graph.component_outputs else {}
    end = "_security_group"
    return [
        Part(name.removesuffix(end), index.names([group], GROUP), index.names(outputs.get("private_subnets"), SUBNET))
        for name, group in outputs.items()
        if name.endswith(end)
    ]


_PLACES: dict[str, Callable[[Recorded, Index], Part]] = {
    "ecs/service:Service": _nested("networkConfiguration", "securityGroups", "subnets"),
    "lambda/function:Function": _nested("vpcConfig", "securityGroupIds", "subnetIds"),
    "opensearch/domain:Domain": _nested("vpcOptions", "securityGroupIds", "subnetIds"),
    "rds/instance:Instance": _database,
    "rds/proxy:Proxy": _proxy,
    "backup/restoreTestingSelection:RestoreTestingSelection": _restored,
    "elasticache/replicationGroup:ReplicationGroup": _cache,
    "ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "lb/loadBalancer:LoadBalancer": _load_balancer,
}
"""Type -> where one of it stands."""

__all__ = ["ENDPOINTS", "GROUP", "SUBNET", "Part", "called", "is_interface", "outside", "parts", "several"]
