"""The pages about the rules: what they show as bad is found by the rule, with the words that they quote, and what they
show as good is not.

Each example is run as the program that it is. What this does not prove: that AWS takes it, of which an example has only
what it cannot be made without.
"""

import ast
import re
from types import ModuleType

import pytest

from policies.guardrails import CONCERNS, document
from policies.guardrails.document import Example
from policies.guardrails.rule import RULES, Rule
from tests.policies.examples import examples, said_of_exemptions, verdict
from tests.policies.stacks import Stacks
from tests.policies.test_rules_on_production import EXEMPTIONS

SECTION = re.compile(
    r"^## (?P<name>\S+)$.*?^Bad:\n\n```(?P<language>\w+)\n(?P<bad>.*?)```\n\n(?P<said>(?:^> [^\n]*\n)+)\n"
    r"^Good:\n\n(?:```\w+\n(?P<good>.*?)```|Nothing of the kind\.)\n",
    re.MULTILINE | re.DOTALL,
)

COMMAND = "python -m policies.guardrails.document"

ON_RULES = [rule for rule in RULES if rule.name != EXEMPTIONS]

CUT_AGAIN = ("keys", "registry", "resolver")
"""Concerns whose examples are made anew here: of resources alone, of graphs, of another stack than prod. All of them
take minutes."""


def written(concern: ModuleType) -> str:
    page = document.PAGES / f"{document.title(concern)}.md"
    return page.read_text(encoding="utf-8") if page.exists() else ""


def shown(concern: ModuleType) -> dict[str, Example]:
    return {
        found["name"]: Example(
            bad=found["bad"],
            good=found["good"] or "",
            said=tuple(re.findall(r"`(.*)`", found["said"])),
            language=found["language"],
        )
        for found in SECTION.finditer(written(concern))
    }


EXAMPLES = {name: example for concern in CONCERNS for name, example in shown(concern).items()}


def example(rule: Rule) -> Example:
    concern = rule.check.__module__.rsplit(".", maxsplit=1)[-1]
    assert rule.name in EXAMPLES, f"{rule.name} has no example, run: {COMMAND} {concern}"
    return EXAMPLES[rule.name]


each_rule = pytest.mark.parametrize("rule", ON_RULES, ids=lambda rule: rule.name)


def test_every_rule_has_an_example_and_no_other_has() -> None:
    assert EXAMPLES.keys() == {rule.name for rule in RULES}
    assert [name for name, one in EXAMPLES.items() if (not one.bad and not one.good) or not one.said] == []


@each_rule
def test_what_is_shown_as_bad_is_found_in_the_words_of_the_page(rule: Rule) -> None:
    found = verdict(example(rule).bad, rule)
    assert tuple(message for _, _, message in found.violations) == example(rule).said
    assert not found.undecided | found.not_applicable


@each_rule
def test_what_is_shown_as_good_is_not_found(rule: Rule) -> None:
    found = verdict(example(rule).good, rule)
    assert found.violations == []
    assert not found.undecided | found.not_applicable


@each_rule
def test_bad_and_good_are_python_and_differ(rule: Rule) -> None:
    bad, good = (ast.dump(ast.parse(text)) for text in (example(rule).bad, example(rule).good))
    assert bad != good


def test_the_report_on_exemptions_says_of_a_file_what_its_page_quotes() -> None:
    assert said_of_exemptions(EXAMPLES[EXEMPTIONS].bad) == EXAMPLES[EXEMPTIONS].said
    assert said_of_exemptions(EXAMPLES[EXEMPTIONS].good) == ()


@pytest.mark.parametrize("concern", CONCERNS, ids=document.title)
def test_a_page_is_current(concern: ModuleType) -> None:
    for rule in document.rules_of(concern):
        example(rule)
    assert written(concern) == document.concern_page(concern, EXAMPLES), f"run: {COMMAND} {document.title(concern)}"


def test_no_page_is_left_of_a_concern_that_is_gone() -> None:
    assert {file.stem for file in document.PAGES.glob("*.md")} == {document.title(concern) for concern in CONCERNS}


def test_every_link_of_the_index_leads_to_the_section_of_its_rule() -> None:
    for name, page, anchor in re.findall(
        r"^\| `([^`]+)` .*\(policies/(\w+)\.md#([\w-]+)\) \|$", document.page(), re.MULTILINE
    ):
        assert name == anchor
        assert f"\n## {anchor}\n" in (document.PAGES / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("title", CUT_AGAIN)
def test_an_example_is_the_case_of_its_rule_cut_down(stack_of: Stacks, title: str) -> None:
    (concern,) = [one for one in CONCERNS if document.title(one) == title]
    made = examples(document.rules_of(concern), stack_of)
    assert made == shown(concern), f"run: {COMMAND} {document.title(concern)}"
