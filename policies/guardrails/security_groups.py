"""Who reaches whom through security groups: the group of a rule admits addresses or another group."""

from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from .graph import Graph, once_per_graph
from .resource import Resource
from .tokens import EGRESS_RULE, INGRESS_RULE, PREFIX_LIST, SECURITY_GROUP, SECURITY_GROUP_RULE, VPC_ENDPOINT
from .values import UNKNOWN, UndecidedError, items, mapping


@dataclass
class Admission:
    """What one security group lets in: URNs of groups, addresses at all, public addresses."""

    groups: set[str] = field(default_factory=set[str])
    by_address: bool = False
    from_world: bool = False


@once_per_graph
def admissions(graph: Graph) -> dict[str, Admission]:
    """For the URN of each security group what it admits, by separate and by inline rules. One answer for all
    resources that a rule judges in the same graph."""
    found = {group.urn: Admission() for group in graph.of(SECURITY_GROUP)}
    for permission in graph.of(INGRESS_RULE):
        sources = {group.urn for group in graph.linked(permission, "referencedSecurityGroupId", SECURITY_GROUP)}
        blocks = [permission.props[name] for name in ("cidrIpv4", "cidrIpv6") if permission.has(name)]
        if permission.has("prefixListId"):
            blocks += _listed(graph, permission, "prefixListId")
        for group in graph.linked(permission, "securityGroupId", SECURITY_GROUP):
            _admit(found[group.urn], sources, blocks)
    for classic in graph.of(SECURITY_GROUP_RULE):
        if classic.props.get("type") == "egress":
            continue
        sources = {group.urn for group in graph.linked(classic, "sourceSecurityGroupId", SECURITY_GROUP)}
        for group in graph.linked(classic, "securityGroupId", SECURITY_GROUP):
            _admit(found[group.urn], sources, _blocks(graph, classic, classic.props, "prefixListIds"))
    for group in graph.of(SECURITY_GROUP):
        sources = {source.urn for source in graph.linked(group, "ingress", SECURITY_GROUP)}
        for inline in items(group.props.get("ingress")):
            # An inline rule that cannot be read may admit anyone.
            blocks = [UNKNOWN] if inline is UNKNOWN else _blocks(graph, group, mapping(inline), "ingress")
            _admit(found[group.urn], sources, blocks)
    return found


def _blocks(graph: Graph, resource: Resource, entry: dict[str, Any], listing: str) -> list[Any]:
    """The addresses in an entry of the older form; the property `listing` of its resource leads to prefix lists."""
    found: list[Any] = []
    for name in ("cidrBlocks", "ipv6CidrBlocks"):
        found += [UNKNOWN] if entry.get(name) is UNKNOWN else items(entry.get(name))
    return found + (_listed(graph, resource, listing) if entry.get("prefixListIds") else [])


def leaves_by_address(graph: Graph, group: Resource) -> bool:
    """Whether a rule of `group`, separate or inline, opens a way to addresses other than those of a gateway endpoint,
    whose prefix list is one service of AWS."""
    for permission in graph.pointing_at(group, "securityGroupId", EGRESS_RULE):
        listed = permission.has("prefixListId") and not graph.linked(permission, "prefixListId", VPC_ENDPOINT)
        if listed or any(permission.has(name) for name in ("cidrIpv4", "cidrIpv6")):
            return True
    names = ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds")
    for classic in graph.pointing_at(group, "securityGroupId", SECURITY_GROUP_RULE):
        if classic.props.get("type") != "ingress" and any(classic.has(name) for name in names):
            return True
    # An inline rule that cannot be read may lead anywhere.
    return group.props.get("egress") is UNKNOWN or any(
        inline is UNKNOWN or any(mapping(inline).get(name) for name in names)
        for inline in items(group.props.get("egress"))
    )


def groups_of(graph: Graph, resource: Resource, name: str) -> list[Resource]:
    """The security groups in the property `name`. Raises UndecidedError if it is unknown and links none."""
    groups = graph.linked(resource, name, SECURITY_GROUP)
    if not groups and resource.props.get(name) is UNKNOWN:
        raise UndecidedError((name,))
    return groups


def _listed(graph: Graph, resource: Resource, name: str) -> list[Any]:
    """The addresses of the prefix list that the property `name` leads to. Only a list of this stack says which they
    are: CloudFront's, like any other, stands for addresses of the internet."""
    lists = graph.linked(resource, name, PREFIX_LIST)
    return [mapping(entry).get("cidr", UNKNOWN) for one in lists for entry in one.entries("entries")] or [UNKNOWN]


def _admit(admission: Admission, sources: set[str], blocks: list[Any]) -> None:
    admission.groups |= sources
    admission.by_address |= bool(blocks)
    admission.from_world |= any(_is_public(block) for block in blocks)


def _is_public(block: Any) -> bool:
    try:
        return not ip_network(str(block), strict=False).is_private
    except ValueError:
        return True
