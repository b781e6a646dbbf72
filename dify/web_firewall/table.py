"""The rules as rows of a table for readers."""

from collections.abc import Iterator

from dify.web_firewall.managed_groups import TUNINGS, Inspected
from dify.web_firewall.rules import Choices, Outcome, firewall_rules

_SAYS = {
    Outcome.REFUSE: "refused with 403",
    Outcome.LIMIT: "refused with 429",
    Outcome.LABEL: "labelled",
}


def rule_rows(choices: Choices) -> Iterator[tuple[str, str, str]]:
    """(rule, which requests, what happens) of every rule that a stack with `choices` has, in order."""
    for rule in firewall_rules(choices):
        if isinstance(rule.statement, Inspected):
            counted = sorted(rule.statement.group.counted)
            says = f"refused with 403; counts {', '.join(counted)}" if counted else "refused with 403"
        else:
            says = _SAYS[rule.outcome]
        yield rule.name, rule.about, says


def tuning_rows() -> Iterator[tuple[str, str, str]]:
    """(rule that acts on what others counted, what counting spares, classes on which it acts)."""
    for tuning in TUNINGS:
        yield f"counted-{tuning.name}", tuning.breaks, ", ".join(tuning.still_acts_on)
