"""The rules of security groups, separate or inline, in one form."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from tests.network.network_index import Index, several
from tests.network.network_parts import GROUP, is_interface
from tests.network.network_shapes import AddressList, Group, Peer, Ports, UnknownShapeError, address_range
from tests.recorder import Recorded

CLOUDFRONT = "cloudfront"
CLOUDFRONT_LIST = "pl-cloudfront"
"""The id of com.amazonaws.global.cloudfront.origin-facing, the addresses from which CloudFront asks origins, as
tests/recorder.py answers the lookup."""

_COMMON = frozenset({"description", "fromPort", "toPort", "region", "tags"})
_SEPARATE = {"cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"}
_INLINE = {"cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups"}


@dataclass(frozen=True)
class Permission:
    """`group` lets `ports` in from `peer`, or out to it where it is `outgoing`."""

    group: str
    outgoing: bool
    ports: Ports
    peer: Peer


def permissions(index: Index) -> list[Permission]:
    """All of the graph. Raises UnknownShapeError for a rule that says more, or less, than this reads."""
    found: list[Permission] = []
    for direction, outgoing in (("Ingress", False), ("Egress", True)):
        for rule in index.graph.of(f"vpc/securityGroup{direction}Rule:SecurityGroup{direction}Rule"):
            found += _separate(rule, index, outgoing=outgoing)
        for group in index.graph.of(GROUP):
            for entry in several(group.inputs.get(direction.lower())):
                found += _inline(group, cast("dict[str, Any]", entry), index, outgoing=outgoing)
    for default in index.graph.of("ec2/defaultSecurityGroup:DefaultSecurityGroup"):
        if default.inputs.get("ingress") or default.inputs.get("egress"):
            raise UnknownShapeError(f"{default.name} has rules")
    return found


def _separate(rule: Recorded, index: Index, *, outgoing: bool) -> Iterator[Permission]:
    given = rule.inputs
    _require_known(rule, given, _COMMON | _SEPARATE | {"ipProtocol", "securityGroupId"})
    ends = [(name, given[name]) for name in _SEPARATE if given.get(name) is not None]
    if len(ends) != 1:
        raise UnknownShapeError(f"{rule.name} names {len(ends)} other ends")
    ports = Ports.of(given.get("ipProtocol"), given.get("fromPort"), given.get("toPort"))
    group = index.get(given.get("securityGroupId"), GROUP).name
    for peer in _peers(*ends[0], index):
        yield Permission(group, outgoing, ports, peer)


def _inline(group: Recorded, entry: dict[str, Any], index: Index, *, outgoing: bool) -> Iterator[Permission]:
    _require_known(group, entry, _COMMON | _INLINE | {"protocol", "self"})
    ports = Ports.of(entry.get("protocol"), entry.get("fromPort"), entry.get("toPort"))
    ends = [(name, value) for name in _INLINE for value in several(entry.get(name))]
    peers = [peer for end in ends for peer in _peers(*end, index)]
    if entry.get("self"):
        peers.append(Group(group.name))
    if not peers:
        raise UnknownShapeError(f"{group.name} has a rule without another end")
    for peer in peers:
        yield Permission(group.name, outgoing, ports, peer)


def _peers(name: str, value: object, index: Index) -> list[Peer]:
    if name in {"referencedSecurityGroupId", "securityGroups"}:
        return [Group(index.get(value, GROUP).name)]
    if name in {"prefixListId", "prefixListIds"}:
        return _listed(value, index)
    return [address_range(value)]


def _listed(value: object, index: Index) -> list[Peer]:
    """What a prefix list stands for: a service of AWS, or the addresses of a list of the graph."""
    if value == CLOUDFRONT_LIST:
        return [AddressList(CLOUDFRONT)]
    for endpoint in index.graph.of("ec2/vpcEndpoint:VpcEndpoint"):
        if endpoint.outputs.get("prefixListId") == value and not is_interface(endpoint):
            return [AddressList(service_of(endpoint))]
    given = index.get(value, "ec2/managedPrefixList:ManagedPrefixList").inputs
    return [address_range(cast("dict[str, Any]", entry).get("cidr")) for entry in several(given.get("entries"))]


def service_of(endpoint: Recorded) -> str:
    """`s3` of `com.amazonaws.eu-central-1.s3`."""
    name = str(endpoint.inputs.get("serviceName"))
    if not name.startswith("com.amazonaws."):
        raise UnknownShapeError(f"{endpoint.name}: whose service is {name}?")
    return name.split(".", maxsplit=3)[3]


def _require_known(owner: Recorded, given: dict[str, Any], known: set[str] | frozenset[str]) -> None:
    if strange := set(given) - known:
        raise UnknownShapeError(f"{owner.name} has a rule with {', '.join(sorted(strange))}")
