"""What the firewall does with one request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import Literal

from dify.web_firewall.managed_groups import Inspected, ManagedGroup
from dify.web_firewall.request import Request, Seen
from dify.web_firewall.rules import Outcome, Rule

Mode = Literal["block", "count"]

STATUS = {Outcome.REFUSE: 403, Outcome.LIMIT: 429, Outcome.INSPECT: 403}


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`refused_by` is the rule that ends the request and `status` the answer, both None where it passes. `inspections`
    are the managed groups that look at it, each rule of theirs with what it would do to this very request; `counted`
    are the rules that matched and only counted."""

    refused_by: str | None
    status: int | None
    inspections: Mapping[str, Mapping[str, Mode]]
    counted: frozenset[str]

    def mode(self, rule: str) -> Mode | None:
        """What the managed rule does to this request if it finds what it looks for; None where it does not look."""
        return next((rules[rule] for rules in self.inspections.values() if rule in rules), None)


def decide(rules: Sequence[Rule], request: Request, addresses: Mapping[str, Sequence[str]]) -> Decision:
    """Ask `rules` in their order about `request`. `addresses` are the ranges of each address set by name."""
    refused_by, groups = _walk(rules, request, addresses)
    return Decision(
        refused_by=refused_by.name if refused_by else None,
        status=STATUS[refused_by.outcome] if refused_by else None,
        inspections={
            group.name: {managed: _mode(rules, request, addresses, managed) for managed in group.rules}
            for group in groups
        },
        counted=frozenset(managed for group in groups for managed in group.counted & request.trips),
    )


def _mode(rules: Sequence[Rule], request: Request, addresses: Mapping[str, Sequence[str]], managed: str) -> Mode:
    refused_by, _ = _walk(rules, replace(request, trips=frozenset({managed})), addresses)
    return "count" if refused_by is None else "block"


def _walk(
    rules: Sequence[Rule], request: Request, addresses: Mapping[str, Sequence[str]]
) -> tuple[Rule | None, list[ManagedGroup]]:
    """The rule that ends the request, and the managed groups that looked at it before."""
    source = ip_address(request.source)
    inside = {name for name, cidrs in addresses.items() if any(source in ip_network(cidr) for cidr in cidrs)}
    seen = Seen(request=request, inside=frozenset(inside))
    groups: list[ManagedGroup] = []
    for rule in rules:
        asked = rule.statement
        if isinstance(asked, Inspected) and asked.inspects(seen):
            groups.append(asked.group)
            seen = replace(seen, labels=seen.labels | asked.group.labels(request.trips))
        if not asked.matches(seen):
            continue
        if rule.label is None:
            return rule, groups
        seen = replace(seen, labels=seen.labels | {rule.label})
    return None, groups
