"""The pack judges what this program does not write as well as what it does: both shapes of a resource, inside another
and beside it, both families of addresses, both names of a type.

What this does not prove: that it knows every service. Of Aurora and of machines it knows what is said here, no more.
"""

from collections.abc import Callable

import pytest

from policies.guardrails import ALL
from policies.guardrails.rule import RULES
from policies.guardrails.tokens import OTHER_NAMES
from tests.policies import programs_of_others as programs
from tests.policies.any_resource import every_type
from tests.policies.graph_adapter import Verdict, declared, judge
from tests.recorder import record

EXPECTED: dict[Callable[[], None], dict[str, set[str]]] = {
    programs.network_of_old: {
        "inline": {"vpc-ingress-must-open-only-web-ports", "vpc-egress-must-not-be-any-to-anywhere"},
        "ssh-ipv4": {"vpc-ingress-must-open-only-web-ports"},
        "ssh-ipv6": {"vpc-ingress-must-open-only-web-ports"},
        "out-ipv4": {"vpc-egress-must-not-be-any-to-anywhere"},
        "out-ipv6": {"vpc-egress-must-not-be-any-to-anywhere"},
        "store-from-beside": set(),
        "subnet": {"ec2-subnet-must-name-its-zone", "ec2-subnet-must-not-give-public-addresses"},
        "balancer": {
            "cloudwatch-alarm-must-watch-what-can-fail",
            "ec2-placement-must-span-zones",
            "lb-load-balancer-must-drop-invalid-headers",
            "lb-load-balancer-must-have-a-web-acl",
            "lb-load-balancer-must-lead-to-https",
            "lb-load-balancer-must-log-access",
            "lb-load-balancer-must-refuse-deletion",
        },
        "listener": {"lb-listener-must-redirect-http"},
        "route": {"lb-listener-rule-must-belong-to-https"},
        "targets": {
            "cloudwatch-alarm-must-watch-what-can-fail",
            "lb-target-group-must-check-health",
            "lb-target-group-must-have-targets",
        },
        "aurora": {
            "pulumi-stateful-resource-must-be-protected",
            "rds-instance-must-be-encrypted",
            "rds-instance-must-manage-its-password",
            "vpc-data-tier-must-be-behind-the-tasks",
        },
        "writer": {"rds-instance-must-not-be-public"},
        "machine": {"ec2-subnet-must-not-give-public-addresses"},
    },
    programs.roles_of_old: {
        "inline": {
            "iam-policy-must-name-its-actions",
            "iam-policy-must-name-its-resources",
            "iam-policy-must-not-lead-to-more",
            "iam-policy-must-say-whom-it-passes-roles-to",
            "iam-role-must-bound-its-trust",
            "iam-role-must-have-a-boundary",
            "iam-role-must-not-be-administrator",
        }
    },
}
"""Program -> resource -> exactly the rules that speak of it."""


def found(program: Callable[[], None]) -> Verdict:
    return judge(declared(record(program), "prod"), ALL)


@pytest.mark.parametrize("program", EXPECTED, ids=lambda program: program.__name__)
def test_what_is_wrong_in_the_program_is_found_and_nothing_else(program: Callable[[], None]) -> None:
    verdict = found(program)
    assert not verdict.undecided
    said = {name: {rule for rule, resource, _ in verdict.violations if resource == name} for name in EXPECTED[program]}
    assert said == EXPECTED[program]


def test_buckets_are_judged_inside_and_beside_and_by_both_names() -> None:
    messages = {message for _, _, message in found(programs.buckets_of_old).violations}
    assert {
        "inline: acl is public-read",
        "inline: forceDestroy is true",
        "inline: is not encrypted with KMS",
        "inline: versioning is not enabled",
        "second-name: does not have exactly one BucketVersioning",
        "second-name: forceDestroy is true",
        "second-name: is not protected",
        "beside: is not encrypted with KMS",
        "beside: versioning is not enabled",
    } <= messages
    assert not {
        one for one in messages if one.startswith("right-inside") and ("versioning" in one or "encrypted" in one)
    }


def test_a_group_that_old_rules_open_to_the_world_is_no_way_to_the_data() -> None:
    messages = {message for _, _, message in found(programs.network_of_old).violations}
    assert "aurora: store admits beside, which the internet reaches" in messages


def test_a_rule_about_a_resource_knows_it_by_every_name() -> None:
    assert {*OTHER_NAMES, *OTHER_NAMES.values()} <= every_type().keys()
    for rule in RULES:
        if not rule.on_graph:
            assert {other for other, known in OTHER_NAMES.items() if known in rule.types} <= {*rule.types}, rule.name
