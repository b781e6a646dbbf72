"""The pack as a whole: complete metadata, a current page, nothing of the program in it."""

import ast
import re
from pathlib import Path

import pytest
import yaml
from pulumi_policy import EnforcementLevel, Severity

from policies.guardrails import ALL, document, rule
from policies.guardrails.rule import RULES, References
from policies.guardrails.tokens import BUCKET

ROOT = Path(__file__).parent.parent.parent
PACK = ROOT / "policies"

DOCUMENTATION = ("https://docs.aws.amazon.com/", "https://docs.docker.com/", "https://www.pulumi.com/")
"""Of whoever makes what the rules are about."""


@pytest.mark.parametrize("policy", ALL, ids=lambda policy: policy.name)
def test_a_rule_says_what_why_and_how(policy: rule.Policy) -> None:
    assert re.fullmatch(r"[a-z0-9-]+-must-[a-z0-9-]+", policy.name)
    assert policy.description.endswith(".")
    assert policy.remediation_steps
    assert policy.severity in Severity
    assert policy.tags
    assert policy.framework is not None
    assert policy.framework.reference
    assert policy.url is not None
    assert policy.url.startswith(DOCUMENTATION)


@pytest.mark.parametrize("policy", ALL, ids=lambda policy: policy.name)
def test_only_a_low_rule_is_advisory(policy: rule.Policy) -> None:
    advisory = policy.enforcement_level is EnforcementLevel.ADVISORY
    assert advisory is (policy.severity is Severity.LOW)


def test_the_pack_is_as_large_as_promised() -> None:
    assert len(ALL) >= 36
    assert sum(one.on_graph for one in RULES) >= 8


def test_the_report_on_exemptions_comes_last() -> None:
    assert ALL[-1].name == "pulumi-exemption-must-be-current"


@pytest.mark.parametrize("part", ["description", "remediation", "references", "name", "url"])
def test_a_rule_without_a_part_of_its_metadata_is_refused(part: str) -> None:
    name = "nonsense" if part == "name" else "s3-bucket-must-be-complete"
    references = References() if part == "references" else References(practice="SEC01-BP01")
    with pytest.raises(ValueError, match=part):
        rule.rule(
            name,
            BUCKET,
            severity=Severity.LOW,
            description="" if part == "description" else "A bucket.",
            remediation="" if part == "remediation" else "Fix it.",
            references=references,
            url="" if part == "url" else "https://docs.aws.amazon.com/",
        )


def test_two_rules_cannot_share_a_name() -> None:
    with pytest.raises(ValueError, match="a name of its own"):
        rule.rule(
            RULES[0].name,
            BUCKET,
            severity=Severity.LOW,
            description="A bucket.",
            remediation="Fix it.",
            references=References(fsbp="S3.1"),
        )


def test_the_page_about_the_rules_is_current() -> None:
    assert document.FILE.read_text(encoding="utf-8") == document.page()


def test_the_page_names_every_rule_once() -> None:
    assert [document.page().count(f"| `{policy.name}` |") for policy in ALL] == [1] * len(ALL)


def test_the_pack_imports_nothing_of_the_program() -> None:
    program = {"settings", "dify", "components", "functions", "sandbox", "pulumi_aws"}
    for file in PACK.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names.append(node.module or "")
            assert not {name.split(".")[0] for name in names} & program, file


def test_the_tracked_project_file_is_what_the_engine_wants() -> None:
    project = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    assert project["runtime"] == "python"
