"""`python -m sandbox.policy_report STACK LOG`: what the policies found, for a pull request and for code scanning.

LOG is what `pulumi preview --event-log LOG` wrote (with PULUMI_DEBUG_COMMANDS=true), or `pulumi policy analyze --json`
printed. Writes build/STACK.sarif and
build/STACK.policies.md, or what `--sarif` and `--summary` name. Exit code 1 where the log is of no use.
"""

import argparse
import html
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from pulumi_policy import Severity

from policies.guardrails.rule import RULES
from sandbox.findings import Findings, Found, Standing, findings
from sandbox.sarif import sarif

BUILD = Path(__file__).resolve().parent.parent / "build"

_WORST_FIRST = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)


def write(stack: str, log: Path, sarif_file: Path | None = None, summary_file: Path | None = None) -> None:
    """Write both reports about the operation that wrote `log`. Raises ValueError where the log is not of this pack."""
    found = findings(stack, log)
    reports = {
        sarif_file or BUILD / f"{stack}.sarif": json.dumps(sarif(found), indent=2) + "\n",
        summary_file or BUILD / f"{stack}.policies.md": summary(found),
    }
    for file, text in reports.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def summary(found: Findings) -> str:
    """The findings as Markdown, the worst first; a few lines where there are none."""
    blocks = [f"### Policies: {found.stack}", _verdict(found)]
    for severity in _WORST_FIRST:
        rows = [one for one in found.standing(Standing.VIOLATION, Standing.ADVICE) if one.rule.severity is severity]
        if rows:
            blocks.append(f"#### {severity.value} ({len(rows)})")
            blocks.append("\n".join(_table(rows)))
    for standing, title in ((Standing.ACCEPTED, "Exempt"), (Standing.PUT_OFF, "Decided at deployment")):
        if noted := found.standing(standing):
            blocks.append(f"{title}: " + "; ".join(f"{_link(one)} ({_cell(one.text)})" for one in noted))
    return "\n\n".join(blocks) + "\n"


def _verdict(found: Findings) -> str:
    violations, advice = len(found.standing(Standing.VIOLATION)), len(found.standing(Standing.ADVICE))
    if not found.complete:
        return (
            "**Not judged to the end**: the preview failed before the rules about the whole stack were asked, so that "
            f"silence means nothing. Violations until then: {violations}."
        )
    asked = f"{len(RULES)} rules" if found.running else f"{found.resources} resources, {len(RULES)} rules"
    if violations:
        where = "are in what runs" if found.running else "stop this change"
        return f"**{violations} violations {where}**, advice: {advice}. {asked}."
    return f"No violations, advice: {advice}. {asked}."


def _table(rows: list[Found]) -> Iterator[str]:
    yield "| Rule | Resource | What is wrong | How to fix |"
    yield "|---|---|---|---|"
    for one in sorted(rows, key=lambda row: (row.standing is Standing.ADVICE, row.rule.name, row.resource)):
        mark = " (advice)" if one.standing is Standing.ADVICE else ""
        yield f"| {_link(one)}{mark} | `{one.resource}` | {_cell(one.text)} | {_cell(one.rule.remediation)} |"


def _link(found: Found) -> str:
    return f"[`{found.rule.name}`]({found.rule.url})"


def _cell(text: str) -> str:
    """Text that stays text inside a table, whatever a name or an ARN brings along."""
    plain = html.escape(" ".join(text.split()), quote=False)
    return plain.replace("\\", "\\\\").replace("|", "\\|").replace("*", "\\*").replace("`", "\\`")


def main(arguments: list[str] | None = None) -> int:
    """Write both reports from an event log."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.policy_report", description="what the policies found")
    parser.add_argument("stack")
    parser.add_argument("log", type=Path, help="the file of `pulumi preview --event-log`")
    add_files(parser)
    chosen = parser.parse_args(arguments)
    if not chosen.log.exists():
        print(f"{chosen.log}: no such event log; run pulumi preview with --event-log", file=sys.stderr)
        return 1
    try:
        write(chosen.stack, chosen.log, chosen.sarif, chosen.summary)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def add_files(parser: argparse.ArgumentParser) -> None:
    """The options that say where the reports go."""
    parser.add_argument("--sarif", type=Path, help="findings for code scanning; build/STACK.sarif unless given")
    parser.add_argument("--summary", type=Path, help="findings in Markdown; build/STACK.policies.md unless given")


if __name__ == "__main__":
    sys.exit(main())
