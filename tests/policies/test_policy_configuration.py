"""How strictly a stack may enforce the rules: the bounds, and the decisions of the tracked stacks."""

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy import Severity

from policies.guardrails.configuration import FOLDER, Configured, file_of, is_production, mistakes
from policies.guardrails.rule import RULES

FILES = sorted(FOLDER.glob("config.*.json"))
SEVERITIES = {rule.name: rule.severity for rule in RULES}
CRITICAL = next(name for name, severity in SEVERITIES.items() if severity is Severity.CRITICAL)
HIGH = next(name for name, severity in SEVERITIES.items() if severity is Severity.HIGH)
STRICTNESS = ["disabled", "advisory", "mandatory"]


def levels(path: Path) -> dict[str, str]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        assert len(set(names)) == len(names), "a rule is named twice"
        return dict(pairs)

    return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=once)


def own_level(name: str) -> str:
    return "advisory" if SEVERITIES[name] is Severity.LOW else "mandatory"


def problems(name: str, level: str, *, production: bool = True, options: tuple[str, ...] = ()) -> list[str]:
    return mistakes({name: Configured(level=level, options=options)}, production=production)


@pytest.mark.parametrize("level", ["advisory", "disabled"])
def test_a_critical_rule_stays_mandatory_in_production(level: str) -> None:
    (line,) = problems(CRITICAL, level)
    assert line.startswith(f"policy configuration: {CRITICAL}: a critical rule is mandatory in production, got {level}")
    assert problems(CRITICAL, level, production=False) == []


@pytest.mark.parametrize("level", ["mandatory", "advisory", "disabled"])
def test_any_other_rule_may_be_set_to_any_level(level: str) -> None:
    assert problems(HIGH, level) == []
    assert problems(CRITICAL, "mandatory") == []


@pytest.mark.parametrize("production", [True, False])
def test_a_rule_that_does_not_exist_cannot_be_set(production: bool) -> None:
    (line,) = problems(HIGH[:-1], "advisory", production=production)
    assert line == f"policy configuration: {HIGH[:-1]}: no rule has this name; did you mean {HIGH}?"
    (line,) = problems("zzz", "advisory", production=production)
    assert line == "policy configuration: zzz: no rule has this name; docs/policies.md lists them all"


@pytest.mark.parametrize("production", [True, False])
def test_a_rule_with_a_remedy_may_be_set_to_it_everywhere_and_another_nowhere(production: bool) -> None:
    assert problems("rds-instance-must-not-be-public", "remediate", production=production) == []
    (line,) = problems("vpc-data-tier-must-be-behind-the-tasks", "remediate", production=production)
    assert line.endswith("has no remedy of its own, got remediate; use mandatory, advisory or disabled")


def test_all_rules_at_once_may_be_set_to_remediate_as_the_engine_spreads_it() -> None:
    everything = {name: Configured(level="remediate") for name in ("all", *SEVERITIES)}
    assert mistakes(everything, production=True) == []
    assert mistakes({"all": Configured(level="remediate")}, production=True) == []


def test_no_rule_takes_options() -> None:
    assert "takes enforcementLevel and nothing else, got limit" in problems(HIGH, "mandatory", options=("limit",))[0]


def test_every_mistake_is_told_in_an_order_of_its_own() -> None:
    wrong = {name: Configured(level="advisory") for name in ("zzz", CRITICAL, "aaa")}
    found = mistakes(wrong, production=True)
    assert [line.split(": ")[1] for line in found] == sorted(wrong)
    assert found == mistakes(dict(reversed(wrong.items())), production=True)


@pytest.mark.parametrize(
    ("stack", "settings", "expected"),
    [
        ("prod", {}, True),
        ("", {}, True),
        ("developer", {}, True),
        ("prod", {"dify:environment": "dev"}, True),
        ("dev", {"dify:environment": "prod"}, True),
        ("dev", {}, False),
        ("dev-anna", {"dify:environment": "dev", "dify:region": "eu-central-1"}, False),
        ("staging", {"dify:environment": "staging"}, False),
    ],
)
def test_what_is_not_clearly_a_lesser_stack_has_the_bounds_of_production(
    stack: str, settings: dict[str, str], expected: bool
) -> None:
    assert is_production(stack, settings) is expected


def test_a_stack_is_configured_as_its_family_and_a_stranger_as_production() -> None:
    named = {stack: file_of(stack).name for stack in ("prod", "prod-eu", "staging", "dev", "dev-anna", "developer")}
    assert named == {
        "prod": "config.prod.json",
        "prod-eu": "config.prod.json",
        "staging": "config.staging.json",
        "dev": "config.dev.json",
        "dev-anna": "config.dev.json",
        "developer": "config.prod.json",
    }


def test_prod_staging_and_dev_have_a_configuration() -> None:
    assert [path.name for path in FILES] == ["config.dev.json", "config.prod.json", "config.staging.json"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_tracked_configuration_is_within_the_bounds_of_production(path: Path) -> None:
    """Those of lesser stacks too: no stack of this repository lets a critical rule go."""
    configured = {name: Configured(level=level) for name, level in levels(path).items()}
    assert mistakes(configured, production=True) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_tracked_configuration_says_only_what_the_rules_do_not_say_themselves(path: Path) -> None:
    assert [name for name, level in levels(path).items() if level == own_level(name)] == []


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_in_production_and_staging_every_demand_stops_and_only_the_report_advises(stack: str) -> None:
    set_ = levels(file_of(stack))
    advising = {name for name in SEVERITIES if set_.get(name, own_level(name)) != "mandatory"}
    assert advising == {"pulumi-exemption-must-be-current"}


def test_development_is_nowhere_stricter_and_lowers_nothing_of_high_severity() -> None:
    for name, level in levels(file_of("dev")).items():
        assert STRICTNESS.index(level) < STRICTNESS.index(own_level(name))
        assert SEVERITIES[name] in {Severity.MEDIUM, Severity.LOW}
