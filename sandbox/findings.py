"""What the policy pack said in an operation of the engine or of an exported state, read from the log of its events."""

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from policies.guardrails import exemptions
from policies.guardrails.advice import advice
from policies.guardrails.rule import RULES, Rule
from sandbox.events import read, summarise

_PUT_OFF = re.compile(r"can't run policy .* during preview: \w+ value at \.?(\S+) can't be known during preview")
"""The SDK's words (pulumi-policy 1.21, proxy.py) for a decision that waits for a value."""


class Standing(Enum):
    """What a finding means for the operation."""

    VIOLATION = "violation"
    """It stops the operation."""
    ADVICE = "advice"
    """It is said and nothing more."""
    PUT_OFF = "put off"
    """Not decided: the value is known at deployment only."""
    ACCEPTED = "accepted"
    """An exemption is in use."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """One finding. `text` says what is wrong with the resource, whose name it leaves out."""

    rule: Rule
    standing: Standing
    urn: str
    text: str

    @property
    def resource(self) -> str:
        """The Pulumi name of the resource."""
        return self.urn.rsplit("::", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What was found in `stack`, before an operation or as it runs. Unless `complete`, it ended before the rules about
    the whole graph were asked, and silence means nothing. Of what runs no resources are counted."""

    stack: str
    resources: int
    found: tuple[Found, ...]
    complete: bool
    running: bool = False

    def standing(self, *standings: Standing) -> list[Found]:
        """The findings that stand like this, in the order of the log."""
        return [one for one in self.found if one.standing in standings]


def findings(stack: str, log: Path) -> Findings:
    """The findings in the event log `log`. Raises ValueError where it names a rule that this pack does not have."""
    rules = {rule.name: rule for rule in RULES}
    found: list[Found] = []
    complete = False
    ended: dict[str, Any] = {}
    operation = False
    for event in read(log):
        operation = operation or "preludeEvent" in event
        complete = complete or "policyAnalyzeStackSummaryEvent" in event
        ended = event.get("summaryEvent", ended)
        if said := event.get("policyEvent"):
            if said["policyName"] not in rules:
                raise ValueError(f"{log}: {said['policyName']} is no rule of this checkout; make the preview again")
            found.append(_found(rules[said["policyName"]], said))
    # `pulumi policy analyze --json` (engine 3.259) has no prelude and nothing but findings before its end. It fails by
    # a violation or because it broke off.
    running = not operation and bool(ended.get("PolicyPacks")) and not ended.get("resourceChanges")
    stopped = any(one.standing is Standing.VIOLATION for one in found)
    complete = complete or (running and (ended.get("result") == "succeeded" or stopped))
    return Findings(
        stack=stack, resources=summarise(log).resources, found=tuple(found), complete=complete, running=running
    )


def _found(rule: Rule, said: dict[str, Any]) -> Found:
    urn = str(said.get("resourceUrn", ""))
    message = str(said["message"]).strip()
    unknown = _PUT_OFF.search(message)
    if unknown:
        text = f"{unknown[1]} is known at deployment only"
        return Found(rule=rule, standing=Standing.PUT_OFF, urn=urn, text=text)
    # The SDK puts the description of the rule before what the rule said, a rule the name before its finding, and the
    # pack its advice after it.
    said_of_it = message.removeprefix(rule.description).removesuffix(advice(rule)).strip()
    text = said_of_it.removeprefix(f"{urn.rsplit('::', 1)[-1]}: ")
    if said.get("enforcementLevel") == "mandatory":
        standing = Standing.VIOLATION
    else:
        standing = Standing.ACCEPTED if exemptions.IN_USE in text else Standing.ADVICE
    return Found(rule=rule, standing=standing, urn=urn, text=text)
