"""Every rule on the real production graph: silent as it stands, and the only one to speak when its promise is broken.

What this does not prove: that AWS answers as the property says. That is the provider's and the engine tests' part.
"""

import importlib
import pkgutil
from collections import Counter

import pytest

from policies.guardrails import ALL, exemptions
from policies.guardrails.rule import RULES
from tests import policies as cases
from tests.policies.case import Case, Change, drop, hide
from tests.policies.graph_adapter import Declared, Stack, judge
from tests.policies.stacks import NAMES, Stacks

CASES: list[Case] = [
    case
    for module in pkgutil.iter_modules(cases.__path__)
    if module.name.startswith("cases_")
    for case in importlib.import_module(f"{cases.__name__}.{module.name}").CASES
]
EXEMPTIONS = "pulumi-exemption-must-be-current"
DEMANDS = [policy for policy in ALL if policy.name != EXEMPTIONS]
"""What a stack can break; the report on exemptions says which of them are in use."""
BY_NAME = {rule.name: rule for rule in RULES}


def of_rule(case: Case) -> pytest.ParameterSet:
    return pytest.param(case, id=case.rule)


each_case = pytest.mark.parametrize("case", [of_rule(case) for case in CASES])


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
@pytest.mark.parametrize("name", NAMES)
def test_a_tracked_stack_breaks_no_rule(stack_of: Stacks, name: str, preview: bool) -> None:
    verdict = judge(stack_of(name, preview=preview), DEMANDS)
    assert verdict.violations == []


@pytest.mark.parametrize("name", NAMES)
def test_a_preview_puts_off_only_what_is_known_to_come_late(stack_of: Stacks, name: str) -> None:
    assert judge(stack_of(name, preview=True), ALL).undecided == set()


def test_an_update_leaves_no_rule_undecided(stack_of: Stacks) -> None:
    verdict = judge(stack_of("prod"), ALL)
    assert not verdict.undecided | verdict.not_applicable


def test_every_rule_has_exactly_one_case() -> None:
    counted = Counter(case.rule for case in CASES)
    assert counted == Counter({policy.name: 1 for policy in ALL if policy.name != EXEMPTIONS})


@each_case
def test_breaking_one_thing_fires_exactly_its_rule(stack_of: Stacks, case: Case) -> None:
    verdict = judge(case.applied(stack_of(case.source), case.breaks), DEMANDS)
    assert verdict.rules == {case.rule} | case.also


@each_case
def test_a_missing_property_fires_unless_aws_starts_out_right(stack_of: Stacks, case: Case) -> None:
    change: Change = drop(case.loses) if isinstance(case.loses, str) else case.loses
    fired = case.rule in judge(case.applied(stack_of(case.source), change), [BY_NAME[case.rule].policy]).rules
    assert fired is not case.safe_when_missing


@each_case
def test_an_unknown_property_is_no_violation_and_is_said(stack_of: Stacks, case: Case) -> None:
    verdict = judge(case.applied(stack_of(case.source), hide(case.hides)), [BY_NAME[case.rule].policy])
    assert verdict.violations == []
    assert bool(verdict.undecided | verdict.not_applicable) is not case.set_when_unknown


@each_case
def test_an_unknown_property_hides_no_finding_about_another_resource(stack_of: Stacks, case: Case) -> None:
    """The broken stack, with one more resource of the same type that cannot be judged."""
    rule = BY_NAME[case.rule]
    broken = case.applied(stack_of(case.source), case.breaks)
    twin_type = next((one.type for one in broken if one.type in rule.types), rule.types[0])
    twin = Declared(type=twin_type, name="twin", protect=True)
    twin.props = {case.hides.split(".")[0]: "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}
    violations = judge([twin, *broken], [rule.policy]).violations
    assert any(resource != "twin" for _, resource, _ in violations)


@each_case
def test_a_resource_of_another_type_is_none_of_its_business(case: Case) -> None:
    others = [Declared(type="aws:ssm/parameter:Parameter", name="other")]
    assert judge(others, [BY_NAME[case.rule].policy]).violations == []


@pytest.mark.parametrize("case", [of_rule(case) for case in CASES if BY_NAME[case.rule].production_only])
@pytest.mark.parametrize("family", ["staging", "dev"])
def test_a_rule_for_production_is_silent_elsewhere(stack_of: Stacks, case: Case, family: str) -> None:
    stack = case.applied(stack_of(case.source), case.breaks)
    for resource in stack:
        resource.provider = None
    assert case.rule in judge(stack, [BY_NAME[case.rule].policy]).rules
    moved = [moved_to(resource, family) for resource in stack]
    assert judge(moved, [BY_NAME[case.rule].policy]).violations == []


def moved_to(resource: Declared, family: str) -> Declared:
    def urn(old: str) -> str:
        return old.replace(f"urn:pulumi:{resource.stack}::", f"urn:pulumi:{family}::")

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


def fresh(monkeypatch: pytest.MonkeyPatch, more: str = "") -> exemptions.Exemptions:
    """The tracked file, and more, on a day on which all of it holds."""
    text = exemptions.FILE.read_text(encoding="utf-8") + more
    today = min(entry.expires for entry in exemptions.parse(text).entries)
    found = exemptions.parse(text, today)
    monkeypatch.setattr(exemptions, "ACTIVE", found)
    assert not found.mistakes(list(BY_NAME))
    return found


def said_of_exemptions(stack: Stack) -> list[str]:
    return [message for rule, _, message in judge(stack, ALL).violations if rule == EXEMPTIONS]


def test_every_exemption_of_the_file_is_needed_by_production(stack_of: Stacks, monkeypatch: pytest.MonkeyPatch) -> None:
    found = fresh(monkeypatch)
    said = said_of_exemptions(stack_of("prod"))
    assert len(said) == len(found.entries)
    assert all(exemptions.IN_USE in message for message in said)


STALE = """
  - rule: kms-key-must-rotate
    resource: none
    reason: gone
    owner: platform
    expires: 2027-06-30
"""


@pytest.mark.parametrize("preview", [True, False])
def test_an_exemption_that_matches_nothing_is_reported(
    stack_of: Stacks, monkeypatch: pytest.MonkeyPatch, preview: bool
) -> None:
    fresh(monkeypatch, STALE)
    said = said_of_exemptions(stack_of("prod", preview=preview))
    assert sum("exemption of none from kms-key-must-rotate matches no finding" in message for message in said) == 1


@pytest.mark.parametrize("name", ["prod", "staging", "dev"])
def test_a_first_preview_calls_no_exemption_of_the_file_superfluous(
    stack_of: Stacks, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fresh(monkeypatch)
    assert not [message for message in said_of_exemptions(stack_of(name, preview=True)) if "delete it" in message]
