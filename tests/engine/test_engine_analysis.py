"""The policies over an exported state, as the nightly run asks them."""

from pathlib import Path

import pytest
from sandboxes import ROOT, Place

from policies.guardrails.rule import RULES
from sandbox import policy_report

pytestmark = pytest.mark.engine

LEAST = {"kms-key-must-rotate", "rds-instance-must-be-multi-az", "s3-bucket-must-keep-versions"}


@pytest.mark.parametrize("passphrase", ["sandbox", "lost"])
def test_what_runs_below_the_baseline_fails_the_night_and_is_named_with_or_without_its_secrets(
    small: Place, tmp_path: Path, passphrase: str
) -> None:
    assert small.up().code == 0
    state, log, summary = tmp_path / "state.json", tmp_path / "events.json", tmp_path / "policies.md"
    small.workspace.run(["stack", "export", "--file", str(state)], check=True)
    small.workspace.environment["PULUMI_CONFIG_PASSPHRASE"] = passphrase
    done = small.workspace.run(
        ["policy", "analyze", "--file", str(state), "--json", "--policy-pack", str(ROOT / "policies")]
    )
    log.write_text(done.stdout, encoding="utf-8")
    assert done.returncode != 0
    assert policy_report.main(["test", str(log), "--sarif", str(tmp_path / "s"), "--summary", str(summary)]) == 0
    text = summary.read_text(encoding="utf-8")
    assert "violations are in what runs" in text
    assert {rule for rule in LEAST if rule in text} == LEAST


def test_the_output_names_rule_resource_fault_fix_and_page(small: Place, tmp_path: Path) -> None:
    assert small.up().code == 0
    state = tmp_path / "state.json"
    small.workspace.run(["stack", "export", "--file", str(state)], check=True)
    done = small.workspace.run(["policy", "analyze", "--file", str(state), "--policy-pack", str(ROOT / "policies")])
    rule = next(one for one in RULES if one.name == "kms-key-must-rotate")
    shown = [line.strip() for line in (done.stdout + done.stderr).splitlines()]
    start = shown.index(f"- [mandatory] [severity: high]  {rule.name}  (aws:kms:Key: key)")
    assert shown[start + 1 : start + 5] == [
        rule.description,
        "key: enableKeyRotation is not true",
        f"How to fix: {rule.remediation}",
        f"Read more: {rule.url}",
    ]
