"""What the policies found, told in a pull request and to code scanning."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from policies.guardrails.advice import advice
from policies.guardrails.rule import RULES, Rule
from sandbox import policy_report, run
from sandbox.findings import Findings, findings
from sandbox.policy_report import summary
from sandbox.sarif import sarif

BY_NAME = {rule.name: rule for rule in RULES}
STACK = "urn:pulumi:prod::dify::pulumi:pulumi:Stack::dify-prod"
KEY = "urn:pulumi:prod::dify::dify:security:Keys$aws:kms/key:Key::keys-data"
ROTATION, ACCESS = "kms-key-must-rotate", "s3-bucket-must-log-access"
EXEMPTIONS = "pulumi-exemption-must-be-current"
CRITICAL, IPV6 = "kms-key-policy-must-not-be-public", "ec2-private-subnet-must-have-no-ipv6"
USED = "dify-prod: exemption of a from b is in use until 2027-02-01, owner platform: moving"
UNKNOWN = (
    f"can't run policy '{IPV6}' from policy pack 'dify-guardrails@v0.0.1' during preview: "
    "string value at .subnet-a.ipv6CidrBlock can't be known during preview"
)

JUDGED: dict[str, Any] = {"policyAnalyzeStackSummaryEvent": {"policyPackName": "dify-guardrails"}}
ENDED: dict[str, Any] = {"summaryEvent": {"resourceChanges": {"create": 7}, "isPreview": True}}


def said(rule: str, urn: str, message: str, level: str = "mandatory") -> dict[str, Any]:
    """An event as engine 3.259 writes it: the rule's description, what the rule said, and the pack's advice."""
    text = message if message.startswith("can't run") else f"{BY_NAME[rule].description}\n{message}"
    if message not in {text, USED}:
        text += f"\n{advice(BY_NAME[rule])}"
    event = {"resourceUrn": urn, "message": f"{text}\n", "policyName": rule, "enforcementLevel": level}
    return {"policyEvent": {**event, "policyPackName": "dify-guardrails"}}


BROKEN = [
    said(ACCESS, KEY.replace("keys-data", "files"), "files: logs no access", "advisory"),
    said(ROTATION, KEY, "keys-data: enableKeyRotation is not true"),
    said(CRITICAL, KEY, "keys-data: lets * in | from <anywhere>\nat any `time`"),
    said(EXEMPTIONS, STACK, USED, "advisory"),
    said(IPV6, STACK, UNKNOWN, "advisory"),
]


def logged(folder: Path, *events: dict[str, Any]) -> Path:
    log = folder / "events.json"
    log.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return log


def found(folder: Path, *events: dict[str, Any]) -> Findings:
    return findings("prod", logged(folder, *events))


@pytest.fixture
def broken(tmp_path: Path) -> Findings:
    return found(tmp_path, *BROKEN, JUDGED, ENDED)


def link(name: str) -> str:
    return f"[`{name}`]({BY_NAME[name].url})"


def test_a_summary_tells_each_violation_with_its_fix_the_worst_first(broken: Findings) -> None:
    critical, high, medium = (BY_NAME[name] for name in (CRITICAL, ROTATION, ACCESS))
    head = "| Rule | Resource | What is wrong | How to fix |\n|---|---|---|---|\n"
    escaped = r"lets \* in \| from &lt;anywhere&gt; at any \`time\`"
    fix = critical.remediation.replace("*", "\\*")
    assert summary(broken) == (
        "### Policies: prod\n\n"
        f"**2 violations stop this change**, advice: 1. 7 resources, {len(RULES)} rules.\n\n"
        "#### critical (1)\n\n"
        f"{head}| {link(CRITICAL)} | `keys-data` | {escaped} | {fix} |\n\n"
        "#### high (1)\n\n"
        f"{head}| {link(ROTATION)} | `keys-data` | enableKeyRotation is not true | {high.remediation} |\n\n"
        "#### medium (1)\n\n"
        f"{head}| {link(ACCESS)} (advice) | `files` | logs no access | {medium.remediation} |\n\n"
        f"Exempt: {link(EXEMPTIONS)} (exemption of a from b is in use until 2027-02-01, owner platform: moving)\n\n"
        f"Decided at deployment: {link(IPV6)} (subnet-a.ipv6CidrBlock is known at deployment only)\n"
    )


def test_a_summary_without_findings_is_short(tmp_path: Path) -> None:
    accepted = [said(EXEMPTIONS, STACK, USED, "advisory")] * 20
    text = summary(found(tmp_path, *accepted, said(IPV6, STACK, UNKNOWN, "advisory"), JUDGED, ENDED))
    assert text.startswith(f"### Policies: prod\n\nNo violations, advice: 0. 7 resources, {len(RULES)} rules.\n")
    assert len(text.splitlines()) <= 10


@pytest.mark.parametrize("events", [[], [ENDED], [BROKEN[1], ENDED]], ids=["no log", "no rules", "some rules"])
def test_silence_of_a_preview_that_broke_off_is_not_called_good(tmp_path: Path, events: list[Any]) -> None:
    broken_off = found(tmp_path, *events)
    assert "**Not judged to the end**" in summary(broken_off)
    assert "No violations" not in summary(broken_off)
    assert sarif(broken_off)["runs"][0]["invocations"][0]["executionSuccessful"] is False


ANALYSED: dict[str, Any] = {
    "summaryEvent": {"resourceChanges": {}, "PolicyPacks": {"dify-guardrails": "0.1.0"}, "result": "succeeded"}
}
FAILED: dict[str, Any] = {"summaryEvent": {**ANALYSED["summaryEvent"], "result": "failed"}}
"""As `pulumi policy analyze --json` of engine 3.259 ends."""


def test_a_state_without_violations_is_called_good(tmp_path: Path) -> None:
    analysed = found(tmp_path, said(EXEMPTIONS, STACK, USED, "advisory"), ANALYSED)
    assert summary(analysed).startswith(f"### Policies: prod\n\nNo violations, advice: 0. {len(RULES)} rules.\n")
    assert sarif(analysed)["runs"][0]["invocations"][0]["executionSuccessful"] is True


def test_violations_in_what_runs_stop_no_change(tmp_path: Path) -> None:
    analysed = found(tmp_path, *BROKEN, FAILED)
    assert f"**2 violations are in what runs**, advice: 1. {len(RULES)} rules." in summary(analysed)


@pytest.mark.parametrize(
    "events",
    [[FAILED], [BROKEN[0], FAILED], [{"preludeEvent": {}}, ANALYSED]],
    ids=["nothing found", "advice only", "an operation"],
)
def test_silence_of_an_analysis_that_broke_off_is_not_called_good(tmp_path: Path, events: list[Any]) -> None:
    assert "**Not judged to the end**" in summary(found(tmp_path, *events))


def test_a_log_with_an_unknown_rule_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stranger = said(ROTATION, KEY, "keys-data: bad")
    stranger["policyEvent"]["policyName"] = "kms-key-must-sing"
    log = logged(tmp_path, stranger, JUDGED, ENDED)
    assert policy_report.main(["prod", str(log), "--sarif", str(tmp_path / "s"), "--summary", str(tmp_path / "m")]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{log}: kms-key-must-sing is no rule of this checkout; make the preview again"
    ]
    assert not (tmp_path / "s").exists()


def test_a_log_that_is_not_there_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert policy_report.main(["prod", str(tmp_path / "none")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("none: no such event log; run pulumi preview with --event-log")


def test_both_reports_are_written_where_asked(tmp_path: Path) -> None:
    log = logged(tmp_path, *BROKEN, JUDGED, ENDED)
    places = [tmp_path / "new" / "a.sarif", tmp_path / "new" / "a.md"]
    assert policy_report.main(["prod", str(log), "--sarif", str(places[0]), "--summary", str(places[1])]) == 0
    assert json.loads(places[0].read_text(encoding="utf-8")) == sarif(findings("prod", log))
    assert places[1].read_text(encoding="utf-8") == summary(findings("prod", log))


def results(of: Findings) -> list[dict[str, Any]]:
    return sarif(of)["runs"][0]["results"]


def test_code_scanning_gets_each_violation_and_advice_with_rule_message_and_urn(broken: Findings) -> None:
    told = [
        (
            one["ruleId"],
            one["level"],
            one["message"]["text"].splitlines()[0],
            one["locations"][0]["logicalLocations"][0]["fullyQualifiedName"],
        )
        for one in results(broken)
    ]
    assert told == [
        (ACCESS, "note", "files: logs no access", KEY.replace("keys-data", "files")),
        (ROTATION, "error", "keys-data: enableKeyRotation is not true", KEY),
        (CRITICAL, "error", "keys-data: lets * in | from <anywhere>", KEY),
    ]


def test_what_was_accepted_or_put_off_is_a_note_about_the_run_and_no_result(broken: Findings) -> None:
    (invocation,) = sarif(broken)["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is True
    noted = [(one["associatedRule"]["id"], one["level"]) for one in invocation["toolExecutionNotifications"]]
    assert noted == [(EXEMPTIONS, "note"), (IPV6, "note")]


def test_a_result_points_at_its_rule_and_at_a_file_that_code_scanning_can_show(broken: Findings) -> None:
    rules = sarif(broken)["runs"][0]["tool"]["driver"]["rules"]
    for one in results(broken):
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        place = one["locations"][0]["physicalLocation"]
        assert (policy_report.BUILD.parent / place["artifactLocation"]["uri"]).is_file()
        assert place["region"]["startLine"] == 1


def test_each_result_is_told_apart_and_known_again(tmp_path: Path) -> None:
    other = KEY.replace("keys-data", "keys-logs")
    events = [
        said(ROTATION, KEY, "keys-data: bad"),
        said(ROTATION, KEY, "keys-data: worse"),
        said(ROTATION, other, "keys-logs: bad"),
        said(CRITICAL, KEY, "keys-data: bad"),
    ]

    def marks(*order: dict[str, Any]) -> set[str]:
        told = results(found(tmp_path, *order, JUDGED, ENDED))
        return {one["partialFingerprints"]["primaryLocationLineHash"] for one in told}

    assert len(marks(*events)) == len(events)
    assert marks(*events) == marks(*reversed(events))


LEVELS = {"critical": ("error", 9.0, 10.0), "high": ("error", 7.0, 8.9), "medium": ("warning", 4.0, 6.9)}
LEVELS["low"] = ("note", 0.1, 3.9)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_code_scanning_knows_every_rule_with_its_severity_and_help(tmp_path: Path, rule: Rule) -> None:
    described = sarif(found(tmp_path))["runs"][0]["tool"]["driver"]["rules"][RULES.index(rule)]
    level, least, most = LEVELS[rule.severity.value]
    assert described["id"] == rule.name
    assert described["fullDescription"]["text"] == rule.description
    assert described["help"]["text"] == rule.remediation
    assert described["helpUri"] == rule.url
    assert described["defaultConfiguration"]["level"] == level
    assert least < float(described["properties"]["security-severity"]) <= most
    assert len(set(described["properties"]["tags"])) == len(described["properties"]["tags"]) <= 10


def test_the_log_is_of_version_2_1_0_and_has_the_required_parts(broken: Findings) -> None:
    """Not the whole schema: no library in the lock has it."""
    log = sarif(broken)
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    assert re.fullmatch(r"https://\S+/sarif-schema-2\.1\.0\.json", log["$schema"])
    (one,) = log["runs"]
    assert one["automationDetails"]["id"] == "policies/prod/"
    assert one["tool"]["driver"]["name"] == "dify-guardrails"
    levels = {result["level"] for result in one["results"]}
    assert levels <= {"none", "note", "warning", "error"}
    assert all(result["message"]["text"] for result in one["results"])


@pytest.mark.parametrize("command", ["up", "destroy", "rehearse"])
def test_only_a_preview_takes_files_for_its_reports(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run.main([command, "prod", "--sarif", "a"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith("--sarif and --summary belong to preview")
