"""The table of permissions in docs/operate-aws.md, against what a command asked AWS for."""

import re

from tests.operations.aws.answers import Answers
from tests.operations.aws.aws_world import ROOT

_PREFIXES = {"elbv2": "elasticloadbalancing", "opensearch": "es"}
_NAMES = {"lambda:Invoke": "lambda:InvokeFunction"}
_FREE = {"sts:GetCallerIdentity"}
"""Needs no permission (AWS Security Token Service API Reference)."""


def undocumented(answers: Answers, *rows: str) -> set[str]:
    """IAM actions that were needed and stand in none of `rows`, each named by its first cell, such as `upgrade`."""
    page = (ROOT / "docs/operate-aws.md").read_text().splitlines()
    known = "".join(line for row in rows for line in page if line.startswith(f"| `{row}` |"))
    asked = {operation.partition(":")[::2] for operation, _ in answers.asked}
    needed = {f"{_PREFIXES.get(service, service)}:{name}" for service, name in asked}
    needed = {_NAMES.get(action, action) for action in needed} - _FREE
    return needed - set(re.findall(r"`([a-z-]+:[A-Za-z]+)`", known))
