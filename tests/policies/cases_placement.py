"""Cases of the rules about what is in the network, and what is open inside it."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, drop, put, together
from tests.policies.graph_adapter import Declared, Stack


def by_group(resource: Declared) -> bool:
    return "referencedSecurityGroupId" in resource.props


def leave_empty(stack: Stack, subject: Declared) -> None:
    """Have no service register in the target group."""
    for service in stack:
        if subject.urn in service.links.get("loadBalancers", []):
            drop("loadBalancers")(stack, service)
            drop("healthCheckGracePeriodSeconds")(stack, service)


CASES = [
    Case(
        rule="vpc-rule-must-name-its-ports",
        at=t.INGRESS_RULE,
        where=by_group,
        breaks=together(put("ipProtocol", "-1"), drop("fromPort"), drop("toPort")),
        loses="fromPort",
        hides="fromPort",
    ),
    Case(
        rule="ec2-vpc-must-resolve-names",
        at=t.VPC,
        breaks=put("enableDnsSupport", False),
        loses="enableDnsHostnames",
        hides="enableDnsHostnames",
    ),
    Case(
        rule="ec2-placement-must-have-a-security-group",
        at=t.LOAD_BALANCER,
        breaks=drop("securityGroups"),
        loses="securityGroups",
        hides="securityGroups",
        set_when_unknown=True,
    ),
    Case(
        rule="ec2-subnet-must-name-its-zone",
        at=t.SUBNET,
        where=lambda subnet: "data" in subnet.name,
        breaks=drop("availabilityZone"),
        loses="availabilityZone",
        hides="availabilityZone",
        set_when_unknown=True,
    ),
    Case(
        rule="lb-target-group-must-have-targets",
        at=t.TARGET_GROUP,
        breaks=leave_empty,
        loses=leave_empty,
        hides="port",
        set_when_unknown=True,
    ),
]
