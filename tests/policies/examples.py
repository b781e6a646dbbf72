"""An example of every rule, made of the case that the rule is tested with."""

import atexit
import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from tempfile import mkdtemp
from typing import Any, cast

from policies.guardrails import exemptions
from policies.guardrails.document import Example
from policies.guardrails.rule import Rule
from policies.guardrails.tokens import STACK
from tests.policies.example_case import Pair, leave_out_resources, pair_of
from tests.policies.example_program import IMPORTS, Program
from tests.policies.example_properties import leave_out_properties
from tests.policies.graph_adapter import Verdict, declared, judge
from tests.policies.stacks import Stacks
from tests.policies.test_rules_on_production import CASES, EXEMPTIONS
from tests.recorder import record
from tests.recordings import FOLDER

RENEW = "fix it, or let platform renew it with a reason"

OF_EXEMPTIONS = Example(
    bad="""exemptions:
  - rule: s3-bucket-must-log-access
    resource: storage-imports
    reason: Emptied every hour, and nothing in it outlives the job that wrote it.
    owner: platform
    expires: 2026-03-31
""",
    good="exemptions: []\n",
    said=(f"exemption of storage-imports from s3-bucket-must-log-access expired on 2026-03-31: {RENEW}",),
    language="yaml",
)
"""That rule reads a file, which no case can break: the test reads these two."""


def made_for(rules: Iterable[Rule]) -> dict[str, Example]:
    """As `examples`, for who is no test."""
    if FOLDER not in os.environ:
        folder = os.environ[FOLDER] = mkdtemp(prefix="recordings-")
        atexit.register(shutil.rmtree, folder)
    return examples(rules, Stacks())


def examples(rules: Iterable[Rule], stack_of: Stacks) -> dict[str, Example]:
    """By name of the rule. Raises ValueError for a rule without a case that shows it."""
    cases = {case.rule: case for case in CASES}
    found: dict[str, Example] = {}
    for rule in rules:
        if rule.name == EXEMPTIONS:
            found[rule.name] = OF_EXEMPTIONS
        elif rule.name in cases:
            found[rule.name] = _example(pair_of(cases[rule.name], rule, stack_of))
        else:
            raise ValueError(f"{rule.name}: no case in tests/policies/cases_*.py to make an example of")
    return found


def _example(pair: Pair) -> Example:
    leave_out_resources(pair)
    for urn in pair.either:
        leave_out_properties(pair, urn)
    # Some were there only for the sake of what others have lost since.
    leave_out_resources(pair)
    bad, good = (
        Program([one for one in part.values() if one.type != STACK], pair.origin).text()
        for part in (pair.bad, pair.good)
    )
    said = tuple(message for _, _, message in verdict(bad, pair.rule).violations)
    if not said or verdict(good, pair.rule).violations:
        raise ValueError(f"{pair.rule.name}: what is written of its case is no example")
    return Example(bad=bad, good=good, said=said)


def verdict(text: str, rule: Rule) -> Verdict:
    """What a rule says of the stack that a program makes, as production; in the order of the words, as a program
    registers in no order of its own."""
    code = compile(IMPORTS + text, rule.name, "exec")
    # The texts are of this repository.
    graph = record(lambda: exec(code, {}))  # noqa: S102
    stack = declared(graph, "prod")
    for one in stack:
        one.props = _whole(one.props)
    said = judge(stack, [rule.policy])
    return replace(said, violations=sorted(said.violations, key=lambda violation: violation[2]))


def _whole(value: Any) -> Any:
    """Numbers as the engine hands them over: a recording has fractions only."""
    if isinstance(value, dict):
        return {key: _whole(entry) for key, entry in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_whole(entry) for entry in cast("list[Any]", value)]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def said_of_exemptions(text: str) -> tuple[str, ...]:
    """What the report says of a file of exemptions in a stack that needs none."""
    return tuple(exemptions.parse(text, date(2026, 4, 1)).report())
