"""Writes docs/policies.md from the rules: `python -m policies.guardrails.document`."""

from pathlib import Path

from pulumi_policy import EnforcementLevel

from . import CONCERNS
from .rule import RULES, Rule

FILE = Path(__file__).resolve().parent.parent.parent / "docs" / "policies.md"

HEAD = """# Policies

Made by `python -m policies.guardrails.document`; change the rules, not this page.

{total} rules, {graph} of them over the whole graph. A `low` rule advises, all others stop a preview or an update.
Rules marked *production* hold for every stack but those whose name starts with `staging` or `dev` and whose AWS
provider does not say otherwise in the default tag `environment`. A value that a preview does not know puts off the
decision about that one resource, and the update decides before the resource is made. A missing value never passes
where a set one is demanded. A finding is accepted for a while in `policies/exemptions.yaml`.
"""


def page() -> str:
    """The page as Markdown."""
    parts = [HEAD.format(total=len(RULES), graph=sum(rule.on_graph for rule in RULES))]
    for concern in CONCERNS:
        rules = [rule for rule in RULES if rule.check.__module__ == concern.__name__]
        title = concern.__name__.rsplit(".", maxsplit=1)[-1]
        rows = ["| rule | severity | why | how to fix | references |", "|---|---|---|---|---|", *map(_row, rules)]
        parts.append(f"## {title}\n\n{(concern.__doc__ or '').splitlines()[0]}\n\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


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
