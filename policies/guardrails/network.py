"""Addresses and security group rules: who may speak to whom at all."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from .graph import Graph
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import (
    ADDRESS,
    BUCKET,
    DEFAULT_SECURITY_GROUP,
    EGRESS_RULE,
    FLOW_LOG,
    INGRESS_RULE,
    LOG_GROUP,
    MACHINE,
    NAT_GATEWAY,
    NETWORK_ACL,
    NETWORK_ACL_RULE,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    SUBNET,
    VPC,
)
from .values import UNKNOWN, UndecidedError, is_not_true, is_true, items, mapping, number

WEB_PORTS = frozenset({80, 443})
EVERY_PORT = (0, 65535)
REMOTE_ACCESS_PORTS = (22, 3389)
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
    if resource.type == SECURITY_GROUP_RULE:
        if resource.get("type") == "ingress":
            yield resource.props | {"ipProtocol": resource.get("protocol")}
        return
    for inline in resource.entries("ingress"):
        if inline is UNKNOWN:
            raise UndecidedError(("ingress",))
        yield mapping(inline) | {"ipProtocol": mapping(inline).get("protocol")}


@rule(
    "vpc-ingress-must-open-only-web-ports",
    INGRESS_RULE,
    SECURITY_GROUP_RULE,
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
    "vpc-rule-must-name-its-ports",
    INGRESS_RULE,
    EGRESS_RULE,
    severity=Severity.HIGH,
    description="A rule between security groups opens the ports of one protocol, not everything.",
    remediation="Set ipProtocol to tcp or udp, and fromPort and toPort to what is listened on.",
    references=References(fsbp="EC2.19", practice="SEC05-BP02"),
    url=LEVEL_4,
)
def names_ports(resource: Resource) -> Iterator[Finding]:
    if _by_address(resource.props):
        return
    protocol, first, last = (resource.get(part) for part in ("ipProtocol", "fromPort", "toPort"))
    if str(protocol) in {"-1", "all", "None"} or first is None or last is None:
        yield "does not name its protocol and ports"
    elif (number(first), number(last)) == EVERY_PORT:
        yield "opens every port"


@rule(
    "vpc-egress-must-not-be-any-to-anywhere",
    EGRESS_RULE,
    SECURITY_GROUP_RULE,
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
    classic = [resource.props] if resource.get("type") == "egress" else []
    for inline in classic if resource.type == SECURITY_GROUP_RULE else resource.entries("egress"):
        lists = (mapping(inline).get(name) for name in ("cidrBlocks", "ipv6CidrBlocks"))
        blocks = {str(block) for listed in lists for block in items(listed)}
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
    "ec2-security-group-must-say-what-it-is-for",
    SECURITY_GROUP,
    severity=Severity.LOW,
    description="Each security group says whose it is.",
    remediation="Set description; without one Pulumi writes its own name there, and it cannot be changed later.",
    references=References(checkov="CKV_AWS_23", practice="SEC05-BP02"),
    url=LEVEL_4,
)
def group_described(resource: Resource) -> Iterator[Finding]:
    def says(description: object) -> bool:
        return bool(description) and not str(description).startswith("Managed by")

    yield from expect(resource, "description", says, "does not say what it is for")


@rule(
    "ec2-subnet-must-not-give-public-addresses",
    SUBNET,
    MACHINE,
    severity=Severity.HIGH,
    description="No subnet gives public addresses, of IPv4 or IPv6, to what is started in it; no machine asks for one.",
    remediation="Remove mapPublicIpOnLaunch and assignIpv6AddressOnCreation; load balancers and NAT gateways get their "
    "addresses without them. Of a machine, set associatePublicIpAddress to false.",
    references=References(fsbp="EC2.15", checkov="CKV_AWS_130"),
)
def subnet_gives_no_public_address(resource: Resource) -> Iterator[Finding]:
    for name in ("associatePublicIpAddress", "mapPublicIpOnLaunch", "assignIpv6AddressOnCreation", "ipv6Native"):
        yield from expect(resource, name, is_not_true, f"{name} is true")


@rule(
    "ec2-vpc-must-log-flows",
    VPC,
    severity=Severity.HIGH,
    description="All traffic of each network is recorded, accepted and refused, in a bucket or log group of the stack.",
    remediation="Add a FlowLog with this VPC's id, trafficType ALL and the ARN of the stack's log bucket.",
    references=References(fsbp="EC2.6", cis="3.7", checkov="CKV2_AWS_11"),
)
def flows_logged(resource: Resource, graph: Graph) -> Iterator[Finding]:
    logs = graph.pointing_at(resource, "vpcId", FLOW_LOG)
    kept = [log for log in logs if graph.linked(log, "logDestination", BUCKET, LOG_GROUP)]
    if not any(log.get("trafficType") == "ALL" for log in kept):
        yield "has no FlowLog of all its traffic that ends in the stack"


@rule(
    "ec2-vpc-must-resolve-names",
    VPC,
    severity=Severity.MEDIUM,
    description="The network's resolver answers, with the private addresses of endpoints; else calls go around them.",
    remediation="Set enableDnsHostnames to true and leave enableDnsSupport on.",
    references=References(practice="SEC05-BP01"),
    url="https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html",
)
def resolves_names(resource: Resource) -> Iterator[Finding]:
    # AWS starts out with the second on and the first off.
    yield from expect(resource, "enableDnsHostnames", is_true, "enableDnsHostnames is not true")
    yield from expect(resource, "enableDnsSupport", lambda value: value is not False, "enableDnsSupport is false")


@rule(
    "ec2-address-must-be-in-use",
    ADDRESS,
    severity=Severity.LOW,
    description="Each public address belongs to a NAT gateway: one that nothing uses costs, and is missed when taken.",
    remediation="Give its id to a NAT gateway as allocationId, or remove it.",
    references=References(fsbp="EC2.12", checkov="CKV2_AWS_19"),
)
def address_in_use(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if not graph.pointing_at(resource, "allocationId", NAT_GATEWAY):
        yield "belongs to no NAT gateway"


@rule(
    "vpc-network-acl-must-not-open-remote-access",
    NETWORK_ACL_RULE,
    NETWORK_ACL,
    severity=Severity.HIGH,
    description="No network ACL of the stack's own admits any address to SSH or RDP.",
    remediation="Name the ports or the addresses, or leave it to security groups: AWS's own network ACL will do.",
    references=References(fsbp="EC2.21", cis="5.2", checkov="CKV_AWS_231, CKV_AWS_232"),
)
def acl_opens_no_remote_access(resource: Resource) -> Iterator[Finding]:
    for entry in _acl_entries(resource):
        needed = [
            entry.get(name) for name in ("action", "protocol", "fromPort", "toPort", "cidrBlock", "ipv6CidrBlock")
        ]
        if UNKNOWN in needed:
            yield UndecidedError(("cidrBlock",))
            continue
        action, protocol, first, last, *blocks = needed
        if action == "deny" or not ANYWHERE & {str(block) for block in blocks}:
            continue
        every_port = str(protocol) in {"-1", "all", "None"} or first is None
        if every_port or any(number(first) <= port <= number(last) for port in REMOTE_ACCESS_PORTS):
            yield f"admits any address to ports {first} to {last} of protocol {protocol}"


def _acl_entries(resource: Resource) -> Iterator[dict[str, Any]]:
    """Ingress entries, with the names of inline ones."""
    if resource.type == NETWORK_ACL_RULE:
        if resource.get("egress") is not True:
            yield resource.props | {"action": resource.props.get("ruleAction")}
        return
    for inline in resource.entries("ingress"):
        if inline is UNKNOWN:
            raise UndecidedError(("ingress",))
        yield mapping(inline)


@rule(
    "ec2-subnet-must-name-its-zone",
    SUBNET,
    severity=Severity.MEDIUM,
    description="Each subnet names its zone: AWS else picks one, and two subnets may meet in the zone that is lost.",
    remediation="Set availabilityZone or availabilityZoneId.",
    references=References(practice="REL10-BP01"),
    url="https://docs.aws.amazon.com/wellarchitected/latest/framework/rel_fault_isolation_multiaz_region_system.html",
)
def names_its_zone(resource: Resource) -> Iterator[Finding]:
    if not resource.has("availabilityZone") and not resource.has("availabilityZoneId"):
        yield "names no availability zone"
