"""Addresses and security group rules: who may speak to whom at all."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from .graph import Graph
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import DEFAULT_SECURITY_GROUP, EGRESS_RULE, INGRESS_RULE, SECURITY_GROUP, SUBNET, VPC
from .values import UNKNOWN, UndecidedError, is_not_true, items, mapping, number

WEB_PORTS = frozenset({80, 443})
ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
LEVEL_4 = "https://docs.aws.amazon.com/wellarchitected/latest/framework/sec_network_protection_layered.html"


def _by_address(permission: dict[str, Any]) -> bool:
    sources = ("cidrIpv4", "cidrIpv6", "prefixListId", "cidrBlocks", "ipv6CidrBlocks", "prefixListIds")
    return any(permission.get(source) not in (None, "", []) for source in sources)


def _permissions(resource: Resource) -> Iterator[dict[str, Any]]:
    """The rule itself, or the inline ingress rules of a group, with the separate rule's names."""
    if resource.type == INGRESS_RULE:
        yield resource.props
        return
    for inline in resource.entries("ingress"):
        if inline is UNKNOWN:
            raise UndecidedError(("ingress",))
        yield mapping(inline) | {"ipProtocol": mapping(inline).get("protocol")}


@rule(
    "vpc-ingress-must-open-only-web-ports",
    INGRESS_RULE,
    SECURITY_GROUP,
    severity=Severity.CRITICAL,
    description="Ingress from addresses reaches ports 80 and 443 only; everything else names a security group.",
    remediation="Set referencedSecurityGroupId instead of a CIDR, or fromPort and toPort to 443.",
    references=References(fsbp="EC2.18, EC2.19", cis="5.3", checkov="CKV_AWS_24, CKV_AWS_25, CKV_AWS_277"),
)
def only_web_ports_by_address(resource: Resource) -> Iterator[Finding]:
    for permission in _permissions(resource):
        if not _by_address(permission):
            continue
        parts = [permission.get(part) for part in ("ipProtocol", "fromPort", "toPort")]
        if UNKNOWN in parts:
            yield UndecidedError(("fromPort",))
            continue
        protocol, first, last = parts
        if protocol != "tcp" or number(first) not in WEB_PORTS or number(first) != number(last):
            yield f"admits addresses to protocol {protocol}, ports {first} to {last}"


@rule(
    "vpc-ingress-must-name-its-source",
    INGRESS_RULE,
    severity=Severity.HIGH,
    description="Each ingress rule says who it admits and why.",
    remediation="Set one of referencedSecurityGroupId, cidrIpv4, cidrIpv6 or prefixListId, and a description.",
    references=References(checkov="CKV_AWS_23", practice="SEC05-BP02"),
    url=LEVEL_4,
)
def ingress_names_source(resource: Resource) -> Iterator[Finding]:
    if not _by_address(resource.props) and not resource.has("referencedSecurityGroupId"):
        yield "names no source"
    if not resource.has("description"):
        yield "has no description"


@rule(
    "vpc-egress-must-not-be-any-to-anywhere",
    EGRESS_RULE,
    SECURITY_GROUP,
    severity=Severity.HIGH,
    description="No rule lets every protocol out to every address.",
    remediation="Name the port: ipProtocol tcp with fromPort and toPort 443, or a referencedSecurityGroupId.",
    references=References(checkov="CKV_AWS_382", practice="SEC05-BP02"),
    url=LEVEL_4,
)
def egress_names_port(resource: Resource) -> Iterator[Finding]:
    if resource.type == EGRESS_RULE:
        protocol = resource.get("ipProtocol")
        anywhere = ANYWHERE & {str(resource.get("cidrIpv4")), str(resource.get("cidrIpv6"))}
        if protocol is None or (str(protocol) in {"-1", "all"} and anywhere):
            yield "lets every protocol out to every address"
        return
    for inline in resource.entries("egress"):
        blocks = {*items(mapping(inline).get("cidrBlocks")), *items(mapping(inline).get("ipv6CidrBlocks"))}
        if str(mapping(inline).get("protocol")) in {"-1", "all"} and ANYWHERE & blocks:
            yield "lets every protocol out to every address"


@rule(
    "ec2-default-security-group-must-be-closed",
    DEFAULT_SECURITY_GROUP,
    severity=Severity.HIGH,
    description="The default security group admits nothing and lets nothing out.",
    remediation="Leave ingress and egress of the DefaultSecurityGroup empty.",
    references=References(fsbp="EC2.2", cis="5.5", checkov="CKV2_AWS_12"),
)
def default_group_closed(resource: Resource) -> Iterator[Finding]:
    for direction in ("ingress", "egress"):
        if resource.entries(direction):
            yield f"has {direction} rules"


@rule(
    "ec2-vpc-must-own-its-default-security-group",
    VPC,
    severity=Severity.HIGH,
    description="Each VPC has its default security group in the stack, so that it is closed.",
    remediation="Add one DefaultSecurityGroup with this VPC's id and no rules.",
    references=References(fsbp="EC2.2", cis="5.5", checkov="CKV2_AWS_12"),
)
def default_group_adopted(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if len(graph.pointing_at(resource, "vpcId", DEFAULT_SECURITY_GROUP)) != 1:
        yield "does not have exactly one DefaultSecurityGroup"


@rule(
    "ec2-subnet-must-not-give-public-addresses",
    SUBNET,
    severity=Severity.HIGH,
    description="No subnet gives public addresses to what is started in it.",
    remediation="Remove mapPublicIpOnLaunch; load balancers and NAT gateways get their addresses without it.",
    references=References(fsbp="EC2.15", checkov="CKV_AWS_130"),
)
def subnet_gives_no_public_address(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "mapPublicIpOnLaunch", is_not_true, "mapPublicIpOnLaunch is true")
