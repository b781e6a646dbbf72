"""Every rule on the real production graph: silent as it stands, and the only one to speak when its promise is broken.

What this does not prove: that AWS answers as the property says. That is the provider's and the engine tests' part.
"""

from collections import Counter
from functools import cache

import pytest

from policies.guardrails import ALL, exemptions
from policies.guardrails.rule import RULES
from tests.policies import cases_compute, cases_data, cases_network
from tests.policies.case import Case, Change, drop, hide
from tests.policies.graph_adapter import Declared, Stack, declared, judge
from tests.recorder import record_program

CASES = [*cases_network.CASES, *cases_compute.CASES, *cases_data.CASES]
EXEMPTIONS = "pulumi-exemption-must-be-current"
BY_NAME = {rule.name: rule for rule in RULES}


@cache
def recorded(name: str, mode: str) -> Stack:
    return declared(record_program(name, preview=mode == "preview"), name)


def stack_of(name: str, *, preview: bool = False) -> Stack:
    return recorded(name, "preview" if preview else "update")


def of_rule(case: Case) -> pytest.ParameterSet:
    return pytest.param(case, id=case.rule)


each_case = pytest.mark.parametrize("case", [of_rule(case) for case in CASES])


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
@pytest.mark.parametrize("name", ["prod", "staging", "dev"])
def test_a_tracked_stack_breaks_no_rule(name: str, preview: bool) -> None:
    verdict = judge(stack_of(name, preview=preview), ALL)
    assert verdict.violations == []


@pytest.mark.parametrize("name", ["prod", "staging", "dev"])
def test_a_preview_puts_off_only_what_is_known_to_come_late(name: str) -> None:
    assert judge(stack_of(name, preview=True), ALL).undecided == set()


def test_an_update_leaves_no_rule_undecided() -> None:
    verdict = judge(stack_of("prod"), ALL)
    assert not verdict.undecided | verdict.not_applicable


def test_every_rule_has_exactly_one_case() -> None:
    counted = Counter(case.rule for case in CASES)
    assert counted == Counter({policy.name: 1 for policy in ALL if policy.name != EXEMPTIONS})


@each_case
def test_breaking_one_thing_fires_exactly_its_rule(case: Case) -> None:
    verdict = judge(case.applied(stack_of("prod"), case.breaks), ALL)
    assert verdict.rules == {case.rule} | case.also


@each_case
def test_a_missing_property_fires_unless_aws_starts_out_right(case: Case) -> None:
    change: Change = drop(case.loses) if isinstance(case.loses, str) else case.loses
    fired = case.rule in judge(case.applied(stack_of("prod"), change), [BY_NAME[case.rule].policy]).rules
    assert fired is not case.safe_when_missing


@each_case
def test_an_unknown_property_is_no_violation_and_is_said(case: Case) -> None:
    verdict = judge(case.applied(stack_of("prod"), hide(case.hides)), [BY_NAME[case.rule].policy])
    assert verdict.violations == []
    assert bool(verdict.undecided | verdict.not_applicable) is not case.set_when_unknown


@each_case
def test_an_unknown_property_hides_no_finding_about_another_resource(case: Case) -> None:
    """The broken stack, with one more resource of the same type that cannot be judged."""
    rule = BY_NAME[case.rule]
    broken = case.applied(stack_of("prod"), case.breaks)
    twin_type = next((one.type for one in broken if one.type in rule.types), rule.types[0])
    twin = Declared(type=twin_type, name="twin", protect=True)
    twin.props = {case.hides.split(".")[0]: "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}
    assert case.rule in judge([twin, *broken], [rule.policy]).rules


@each_case
def test_a_resource_of_another_type_is_none_of_its_business(case: Case) -> None:
    others = [Declared(type="aws:ssm/parameter:Parameter", name="other")]
    assert judge(others, [BY_NAME[case.rule].policy]).violations == []


@pytest.mark.parametrize("case", [of_rule(case) for case in CASES if BY_NAME[case.rule].production_only])
@pytest.mark.parametrize("family", ["staging", "dev"])
def test_a_rule_for_production_is_silent_elsewhere(case: Case, family: str) -> None:
    stack = case.applied(stack_of("prod"), case.breaks)
    for resource in stack:
        resource.provider = None
    assert case.rule in judge(stack, [BY_NAME[case.rule].policy]).rules
    moved = [moved_to(resource, family) for resource in stack]
    assert judge(moved, [BY_NAME[case.rule].policy]).violations == []


def moved_to(resource: Declared, family: str) -> Declared:
    def urn(old: str) -> str:
        return old.replace("urn:pulumi:prod::", f"urn:pulumi:{family}::")

    links = {name: [urn(one) for one in urns] for name, urns in resource.links.items()}
    return Declared(
        type=resource.type,
        name=resource.name,
        props=resource.props,
        links=links,
        protect=resource.protect,
        stack=family,
        urn=urn(resource.urn),
    )


def test_an_exemption_that_matches_nothing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "exemptions: [{rule: kms-key-must-rotate, resource: none, reason: gone, expires: 2999-01-01}]"
    monkeypatch.setattr(exemptions, "ACTIVE", exemptions.parse(text))
    assert judge(stack_of("prod"), ALL).rules == {EXEMPTIONS}
