"""Cases of the rules about network, tiers and edge."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, Change, add, drop, named, put, remove, remove_all, together, unlink
from tests.policies.graph_adapter import Declared, Stack


def by_address(resource: Declared) -> bool:
    return "cidrIpv4" in resource.props


def by_group(resource: Declared) -> bool:
    return "referencedSecurityGroupId" in resource.props


def http(resource: Declared) -> bool:
    return resource.props.get("protocol") == "HTTP"


def https(resource: Declared) -> bool:
    return resource.props.get("protocol") == "HTTPS"


def through_nat(resource: Declared) -> bool:
    return "natGatewayId" in resource.props


def admit_world(name: str) -> Change:
    """Open the first security group that the resource names in `name`."""

    def change(stack: Stack, subject: Declared) -> None:
        groups = {one.urn for one in stack if one.type == t.SECURITY_GROUP}
        (group, *_rest) = [urn for urn in subject.links[name] if urn in groups]
        props = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0", "description": "all"}
        stack.append(Declared(type=t.INGRESS_RULE, name="added", props=props, links={"securityGroupId": [group]}))

    return change


def route_to_internet(stack: Stack, _: Declared) -> None:
    """Give the route table of the first database subnet a route to the internet gateway."""
    by_urn = {one.urn: one for one in stack}
    subnets = next(one for one in stack if one.type == t.DATABASE_SUBNETS).links["subnetIds"]
    association = next(
        one for one in stack if one.type == t.ROUTE_TABLE_ASSOCIATION and set(one.links["subnetId"]) & set(subnets)
    )
    table = next(urn for urn in association.links["routeTableId"] if by_urn[urn].type == t.ROUTE_TABLE)
    gateway = next(one.urn for one in stack if one.type == t.INTERNET_GATEWAY)
    links = {"routeTableId": [table], "gatewayId": [gateway]}
    stack.append(Declared(type=t.ROUTE, name="added", props={"destinationCidrBlock": "0.0.0.0/0"}, links=links))


def other_gateway(stack: Stack, route: Declared) -> None:
    """Lead the route to a NAT gateway that it does not lead to now."""
    gateways = [one.urn for one in stack if one.type == t.NAT_GATEWAY]
    route.links["natGatewayId"] = [next(urn for urn in gateways if urn not in route.links["natGatewayId"])]


def data_subnet(resource: Declared) -> bool:
    return resource.props["tags"]["tier"] == "data"


def ipv6_out(stack: Stack, _: Declared) -> None:
    """Give the route table of the data subnets a way out that nothing comes in by."""
    gateway = Declared(type="aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway", name="added")
    table = next(one.urn for one in stack if one.type == t.ROUTE_TABLE and one.name.endswith("-data"))
    links = {"routeTableId": [table], "egressOnlyGatewayId": [gateway.urn]}
    route = Declared(type=t.ROUTE, name="added", props={"destinationIpv6CidrBlock": "::/0"}, links=links)
    stack.extend((gateway, route))


def one_zone(stack: Stack, subject: Declared) -> None:
    """Leave the subject in its first subnet only."""
    subnets = {one.urn for one in stack if one.type == t.SUBNET}
    (first, *rest) = [urn for urn in subject.links["subnetIds"] if urn in subnets]
    subject.links["subnetIds"] = [urn for urn in subject.links["subnetIds"] if urn == first or urn not in rest]


CASES = [
    Case(
        rule="vpc-ingress-must-open-only-web-ports",
        at=t.INGRESS_RULE,
        where=by_address,
        breaks=together(put("fromPort", 22), put("toPort", 22)),
        loses="fromPort",
        hides="toPort",
    ),
    Case(
        rule="vpc-ingress-must-name-its-source",
        at=t.INGRESS_RULE,
        where=by_group,
        breaks=drop("description"),
        loses="referencedSecurityGroupId",
        hides="referencedSecurityGroupId",
        set_when_unknown=True,
    ),
    Case(
        rule="vpc-egress-must-not-be-any-to-anywhere",
        at=t.EGRESS_RULE,
        breaks=together(put("ipProtocol", "-1"), put("cidrIpv4", "0.0.0.0/0")),
        loses="ipProtocol",
        hides="ipProtocol",
    ),
    Case(
        rule="ec2-default-security-group-must-be-closed",
        at=t.DEFAULT_SECURITY_GROUP,
        breaks=put("ingress", [{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}]),
        loses="ingress",
        hides="egress",
        safe_when_missing=True,
    ),
    Case(
        rule="ec2-vpc-must-own-its-default-security-group",
        at=t.DEFAULT_SECURITY_GROUP,
        breaks=remove,
        loses="vpcId",
        hides="vpcId",
        set_when_unknown=True,
    ),
    Case(
        rule="ec2-subnet-must-not-give-public-addresses",
        at=t.SUBNET,
        breaks=put("mapPublicIpOnLaunch", True),
        loses="mapPublicIpOnLaunch",
        hides="mapPublicIpOnLaunch",
        safe_when_missing=True,
    ),
    Case(
        rule="ec2-security-group-must-say-what-it-is-for",
        at=t.SECURITY_GROUP,
        breaks=put("description", "Managed by Pulumi"),
        loses="description",
        hides="description",
    ),
    Case(
        rule="ec2-vpc-must-log-flows",
        at=t.FLOW_LOG,
        breaks=put("trafficType", "REJECT"),
        loses="trafficType",
        hides="trafficType",
    ),
    Case(
        rule="ec2-address-must-be-in-use",
        at=t.ADDRESS,
        breaks=add(t.ADDRESS, {"domain": "vpc"}),
        loses=remove_all(t.NAT_GATEWAY),
        hides="domain",
        set_when_unknown=True,
    ),
    Case(
        rule="vpc-network-acl-must-not-open-remote-access",
        at=t.VPC,
        breaks=add(
            t.NETWORK_ACL_RULE,
            {"ruleAction": "allow", "protocol": "tcp", "fromPort": 0, "toPort": 1023, "cidrBlock": "0.0.0.0/0"},
        ),
        loses=add(t.NETWORK_ACL_RULE, {"ruleAction": "allow", "ipv6CidrBlock": "::/0"}),
        hides="cidrBlock",
        set_when_unknown=True,
    ),
    Case(
        rule="ec2-private-subnet-must-have-no-ipv6",
        at=t.SUBNET,
        where=data_subnet,
        breaks=put("ipv6CidrBlock", "2001:db8:1234:1aff::/64"),
        loses="ipv6CidrBlock",
        hides="ipv6CidrBlock",
        safe_when_missing=True,
        set_when_unknown=True,
    ),
    Case(
        rule="ec2-ipv6-route-must-leave-public-subnets-only",
        at=t.ROUTE,
        where=through_nat,
        breaks=ipv6_out,
        loses="destinationIpv6CidrBlock",
        hides="destinationIpv6CidrBlock",
        safe_when_missing=True,
    ),
    Case(
        rule="vpc-data-tier-must-be-behind-the-tasks",
        at=t.DATABASE,
        breaks=admit_world("vpcSecurityGroupIds"),
        loses="vpcSecurityGroupIds",
        hides="vpcSecurityGroupIds",
        set_when_unknown=True,
    ),
    Case(
        rule="ecs-service-must-be-behind-the-load-balancer",
        at=t.SERVICE,
        where=named("web-service"),  # which reaches no store
        breaks=admit_world("networkConfiguration"),
        loses=unlink("networkConfiguration"),
        hides="networkConfiguration",
        set_when_unknown=True,
    ),
    Case(
        rule="ec2-private-subnet-must-not-lead-to-the-internet",
        at=t.DATABASE_SUBNETS,
        breaks=route_to_internet,
        loses=remove_all(t.ROUTE_TABLE_ASSOCIATION),
        hides="subnetIds",
        set_when_unknown=True,
    ),
    Case(
        rule="ec2-placement-must-span-zones",
        at=t.DATABASE_SUBNETS,
        breaks=one_zone,
        loses="subnetIds",
        hides="subnetIds",
        set_when_unknown=True,
    ),
    Case(
        rule="ec2-nat-gateway-must-serve-its-own-zone",
        at=t.ROUTE,
        where=through_nat,
        breaks=other_gateway,
        loses=remove_all(t.ROUTE_TABLE_ASSOCIATION),
        hides="natGatewayId",
        set_when_unknown=True,
    ),
    Case(
        rule="lb-listener-must-redirect-http",
        at=t.LISTENER,
        where=http,
        breaks=put("defaultActions", [{"type": "forward"}]),
        loses="defaultActions",
        hides="defaultActions",
    ),
    Case(
        rule="lb-listener-must-use-modern-tls",
        at=t.LISTENER,
        where=https,
        breaks=put("sslPolicy", "ELBSecurityPolicy-2016-08"),
        loses="sslPolicy",
        hides="sslPolicy",
    ),
    Case(
        rule="lb-load-balancer-must-drop-invalid-headers",
        at=t.LOAD_BALANCER,
        breaks=put("desyncMitigationMode", "monitor"),
        loses="dropInvalidHeaderFields",
        hides="dropInvalidHeaderFields",
    ),
    Case(
        rule="lb-load-balancer-must-log-access",
        at=t.LOAD_BALANCER,
        breaks=put("accessLogs.enabled", False),
        loses="accessLogs.enabled",
        hides="accessLogs.enabled",
    ),
    Case(
        rule="lb-load-balancer-must-refuse-deletion",
        at=t.LOAD_BALANCER,
        breaks=put("enableDeletionProtection", False),
        loses="enableDeletionProtection",
        hides="enableDeletionProtection",
    ),
    Case(
        rule="lb-target-group-must-check-health",
        at=t.TARGET_GROUP,
        breaks=put("healthCheck.enabled", False),
        loses="healthCheck",
        hides="healthCheck.path",
    ),
    Case(
        rule="iam-user-must-not-exist",
        at=t.VPC,
        breaks=add(t.USER, {}),
        loses=add(t.ACCESS_KEY, {}),
        hides="cidrBlock",
        set_when_unknown=True,
    ),
]
