"""Writes docs/policies.md and a page for each concern from the rules and their examples:
`python -m policies.guardrails.document`, or of some concerns alone, `... network tiers`. All take two minutes.

An example is made of the case that its rule is tested with (tests/policies/examples.py).
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from pulumi_policy import EnforcementLevel

from . import CONCERNS
from .configuration import FOLDER
from .rule import RULES, Rule

FILE = Path(__file__).resolve().parent.parent.parent / "docs" / "policies.md"
PAGES = FILE.with_suffix("")

HEAD = """# Policies

Made by `python -m policies.guardrails.document`; change the rules, not this page.

{total} rules, {graph} of them over the whole graph. A `low` rule advises, all others stop a preview or an update.
Rules marked *production* hold for every stack but those whose name starts with `staging` or `dev` and whose AWS
provider does not say otherwise in the default tag `environment`. A value that a preview does not know puts off the
decision about that one resource, and the update decides before the resource is made. A missing value never passes
where a set one is demanded.

Each name leads to why the rule is there, a program that breaks it, one that keeps it, and how to mend what it finds.

## What a stack may decide

`policies/config.STACK.json` sets how strictly a stack enforces a rule: mandatory, advisory or disabled, or remediate
where the rule's section says what it then sets. It is Pulumi's own form, passed with `--policy-pack-config`. In
production no `critical` rule can be less than mandatory, and no stack can set a rule that does not exist: the pack then
stops the operation and says why. Staging demands what production demands, so that production meets nothing new.
Development advises where it deliberately leaves out what watches an account, tells people or keeps copies.

At `remediate` the pack turns those switches before the provider gets the resource, and tells each in a line;
`pulumi preview --show-policy-remediations` shows the whole. It touches nothing that is unknown or exempt, removes
nothing, and makes up no key, size or address. What would replace a resource is set only where Pulumi protects it: an
old database without encryption is not replaced, the operation ends. What is wrong even then stops the operation as
ever. The program goes on saying what it said: mend it there (decision 0029).

{stacks}
A single finding is accepted for a while in `policies/exemptions.yaml`: one rule, one resource, a reason, an owner, and
an end within 366 days. With a mistake in that file the pack does not start.

`make preview` leaves what the policies found in `build/STACK.policies.md`, for people, and `build/STACK.sarif`, for
code scanning; `python -m sandbox.policy_report STACK LOG` makes both from the event log of any preview.

[policies/README.md](../policies/README.md) says how another project takes the pack over.
"""

PAGE_HEAD = """# Policies: {title}

{about}

Made by `python -m policies.guardrails.document`; change the rules and their cases, not this page. The examples import
`json`, `pulumi`, `pulumi_aws as aws` and `pulumi_docker as docker`, and hold what the rule looks at and what AWS
demands, nothing else. The tests run each of them and ask the rule about it. [All rules](../policies.md)
"""


@dataclass(frozen=True, kw_only=True)
class Example:
    """A text that breaks a rule and one that keeps it, in `language`; `said` is what the rule says of the first."""

    bad: str
    good: str
    said: tuple[str, ...]
    language: str = "python"


def page() -> str:
    """The page that lists the rules, as Markdown."""
    graph = sum(rule.on_graph for rule in RULES)
    parts = [HEAD.format(total=len(RULES), graph=graph, stacks="".join(_decisions()))]
    for concern in CONCERNS:
        rows = ["| rule | severity | what it demands | |", "|---|---|---|---|", *map(_row, rules_of(concern))]
        parts.append(f"## {title(concern)}\n\n{_about(concern)}\n\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def concern_page(concern: ModuleType, examples: Mapping[str, Example]) -> str:
    """The page of one concern, as Markdown, with an example for each rule by its name."""
    head = PAGE_HEAD.format(title=title(concern), about=_about(concern))
    return "\n".join([head, *(_section(rule, examples[rule.name]) for rule in rules_of(concern))])


def title(concern: ModuleType) -> str:
    """The concern's name, which its page has too."""
    return concern.__name__.rsplit(".", maxsplit=1)[-1]


def rules_of(concern: ModuleType) -> list[Rule]:
    """Those of one concern, in the order of definition."""
    return [rule for rule in RULES if rule.check.__module__ == concern.__name__]


def _about(concern: ModuleType) -> str:
    return (concern.__doc__ or "").splitlines()[0]


def _decisions() -> Iterator[str]:
    """One line per stack and level that its file sets."""
    for file in sorted(FOLDER.glob("config.*.json")):
        set_: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        for level in sorted(set(set_.values())):
            names = ", ".join(f"`{name}`" for name in sorted(set_) if set_[name] == level)
            yield f"- {file.suffixes[0][1:]}, {level}: {names}\n"


def _marks(rule: Rule) -> str:
    marks = [rule.severity.value, *(["graph"] if rule.on_graph else []), *(["*production*"] * rule.production_only)]
    return ", ".join([*marks, *(["advisory"] if rule.policy.enforcement_level is EnforcementLevel.ADVISORY else [])])


def _row(rule: Rule) -> str:
    concern = rule.check.__module__.rsplit(".", maxsplit=1)[-1]
    link = f"[why, how and an example]({PAGES.name}/{concern}.md#{rule.name})"
    return f"| `{rule.name}` | {_marks(rule)} | {rule.description} | {link} |"


def _section(rule: Rule, example: Example) -> str:
    references = "; ".join(tag.replace(":", " ", 1) for tag in rule.references.tags())
    types = ", ".join(f"`{type_}`" for type_ in rule.types)
    good = f"```{example.language}\n{example.good}```" if example.good else "Nothing of the kind."
    return f"""## {rule.name}

{rule.description}

- severity: {_marks(rule)}
- references: {references}
- looks at: {types}
{_remedy(rule)}
Bad:

```{example.language}
{example.bad}```

{"".join(f"> {line}" for line in _quoted(example))}
Good:

{good}

How to fix: {rule.remediation}

Read more: <{rule.url}>
"""


def _remedy(rule: Rule) -> str:
    """What the pack sets where a stack's configuration asks it to."""
    settings = [f"`{one.path}` to `{str(one.value).lower()}`" for one in rule.remedy]
    return f"- at the level `remediate` sets {', '.join(settings)}\n" if settings else ""


def _quoted(example: Example) -> Iterator[str]:
    """What the rule says, a line each, as Markdown keeps it."""
    lines = [f"`{line}`" for line in example.said]
    yield from (f"{line}  \n" for line in lines[:-1])
    yield f"{lines[-1]}\n"


if __name__ == "__main__":
    from tests.policies.examples import made_for

    FILE.write_text(page(), encoding="utf-8")
    PAGES.mkdir(exist_ok=True)
    wanted = [one for one in CONCERNS if title(one) in sys.argv[1:] or not sys.argv[1:]]
    for one in wanted:
        text = concern_page(one, made_for(rules_of(one)))
        (PAGES / f"{title(one)}.md").write_text(text, encoding="utf-8")
