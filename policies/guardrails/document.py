"""Writes docs/policies.md from the rules: `python -m policies.guardrails.document`."""

import json
from collections.abc import Iterator
from pathlib import Path

from pulumi_policy import EnforcementLevel

from . import CONCERNS
from .configuration import FOLDER
from .rule import RULES, Rule

FILE = Path(__file__).resolve().parent.parent.parent / "docs" / "policies.md"

HEAD = """# Policies

Made by `python -m policies.guardrails.document`; change the rules, not this page.

{total} rules, {graph} of them over the whole graph. A `low` rule advises, all others stop a preview or an update.
Rules marked *production* hold for every stack but those whose name starts with `staging` or `dev` and whose AWS
provider does not say otherwise in the default tag `environment`. A value that a preview does not know puts off the
decision about that one resource, and the update decides before the resource is made. A missing value never passes
where a set one is demanded.

## What a stack may decide

`policies/config.STACK.json` sets how strictly a stack enforces a rule: mandatory, advisory or disabled. It is Pulumi's
own form, passed with `--policy-pack-config`. In production no `critical` rule can be less than mandatory, and no stack
can set a rule that does not exist: the pack then stops the operation and says why. Staging demands what production
demands, so that production meets nothing new. Development advises where it deliberately leaves out what watches an
account, tells people or keeps copies.

{stacks}
A single finding is accepted for a while in `policies/exemptions.yaml`: one rule, one resource, a reason, an owner, and
an end within 366 days. With a mistake in that file the pack does not start.

`make preview` leaves what the policies found in `build/STACK.policies.md`, for people, and `build/STACK.sarif`, for
code scanning; `python -m sandbox.policy_report STACK LOG` makes both from the event log of any preview.
"""


def page() -> str:
    """The page as Markdown."""
    graph = sum(rule.on_graph for rule in RULES)
    parts = [HEAD.format(total=len(RULES), graph=graph, stacks="".join(_decisions()))]
    for concern in CONCERNS:
        rules = [rule for rule in RULES if rule.check.__module__ == concern.__name__]
        title = concern.__name__.rsplit(".", maxsplit=1)[-1]
        rows = ["| rule | severity | why | how to fix | references |", "|---|---|---|---|---|", *map(_row, rules)]
        parts.append(f"## {title}\n\n{(concern.__doc__ or '').splitlines()[0]}\n\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _decisions() -> Iterator[str]:
    """One line per stack and level that its file sets."""
    for file in sorted(FOLDER.glob("config.*.json")):
        set_: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        for level in sorted(set(set_.values())):
            names = ", ".join(f"`{name}`" for name in sorted(set_) if set_[name] == level)
            yield f"- {file.suffixes[0][1:]}, {level}: {names}\n"


def _row(rule: Rule) -> str:
    level = rule.severity.value
    marks = [level, *(["graph"] if rule.on_graph else []), *(["*production*"] if rule.production_only else [])]
    if rule.policy.enforcement_level is EnforcementLevel.ADVISORY:
        marks.append("advisory")
    references = "; ".join(tag.replace(":", " ", 1) for tag in rule.references.tags())
    return (
        f"| `{rule.name}` | {', '.join(marks)} | {rule.description} | {rule.remediation} | [{references}]({rule.url}) |"
    )


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
