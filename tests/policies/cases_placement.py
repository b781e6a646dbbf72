"""Cases of the rules about what is in the network, and what is open inside it."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, drop, put, together
from tests.policies.graph_adapter import Declared


def by_group(resource: Declared) -> bool:
    return "referencedSecurityGroupId" in resource.props


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
]
