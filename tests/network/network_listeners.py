"""Which request of the public entry leads where, decided from listeners and their rules as the load balancer does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from tests.network.network_index import TEMPLATE, Index, require_rules_only, several
from tests.network.network_parts import called
from tests.network.network_shapes import UnknownShapeError
from tests.recorder import Graph, Recorded

_BALANCER, _LISTENER = "lb/loadBalancer:LoadBalancer", "lb/listener:Listener"
_TARGETS, _SERVICE = "lb/targetGroup:TargetGroup", "ecs/service:Service"

_UP_TO_THE_CLIENT = {"hostHeader", "httpHeader", "httpRequestMethod", "queryString", "sourceIp"}
"""Conditions that whoever asks may meet or not."""


@dataclass(frozen=True, order=True)
class Target:
    """A service and the port of it that takes requests."""

    service: str
    port: int


def ports(graph: Graph) -> dict[int, str]:
    """What each port of the load balancer speaks: `HTTPS`, or `redirect` where it answers with nothing else."""
    index = Index(graph)
    found: dict[int, str] = {}
    for listener in graph.of(_LISTENER):
        port, protocol = int(listener.inputs["port"]), str(listener.inputs["protocol"])
        outcomes = {outcome for _, _, outcome in _choices(index, listener)}
        found[port] = "redirect" if outcomes == {"redirect to HTTPS"} else protocol
    return found


def answers(graph: Graph, path: str) -> set[str]:
    """Everything that a request for `path` on 443 may lead to, whatever its headers, method and address: names of
    services, with ` after sign-in` where a sign-in stands before them, or what the load balancer answers itself."""
    index = Index(graph)
    (listener,) = [one for one in graph.of(_LISTENER) if int(one.inputs["port"]) == 443]
    found: set[str] = set()
    for patterns, is_certain, outcome in _choices(index, listener):
        if patterns is not None and not any(_matches(pattern, path) for pattern in patterns):
            continue
        found.add(outcome)
        if is_certain:
            return found
    raise UnknownShapeError(f"{listener.name} has no default action")


def targets(graph: Graph) -> set[Target]:
    """Where the load balancer sends anything at all, with the port under which the tasks are registered."""
    index = Index(graph)
    led = {outcome for listener in graph.of(_LISTENER) for _, _, outcome in _choices(index, listener)}
    return {
        Target(called(service), int(given["containerPort"]))
        for service in graph.of(_SERVICE)
        for given in several(service.inputs.get("loadBalancers"))
        if {called(service), f"{called(service)} after sign-in"} & led
    }


@dataclass(frozen=True)
class _Rule:
    """A listener's rule, whoever wrote it, in the provider's words."""

    name: str
    listener: object
    priority: float
    conditions: list[Any]
    actions: list[Any]


def _rules(index: Index) -> Iterator[_Rule]:
    for rule in index.graph.of("lb/listenerRule:ListenerRule"):
        given = rule.inputs
        yield _Rule(
            rule.name, given["listenerArn"], float(given["priority"]), given["conditions"], several(given["actions"])
        )
    for template in index.graph.of(TEMPLATE):
        for name, made in require_rules_only(template).items():
            given = cast("dict[str, Any]", _filled_in(made["Properties"], template.inputs.get("parameters", {})))
            conditions = [_translated(condition) for condition in given["Conditions"]]
            actions = [
                {
                    "type": action["Type"],
                    "order": action.get("Order", 1),
                    "targetGroupArn": action.get("TargetGroupArn"),
                    "authenticateOidc": {
                        "onUnauthenticatedRequest": action.get("AuthenticateOidcConfig", {}).get(
                            "OnUnauthenticatedRequest", "authenticate"
                        )
                    },
                }
                for action in given["Actions"]
            ]
            yield _Rule(f"{template.name}/{name}", given["ListenerArn"], float(given["Priority"]), conditions, actions)


def _filled_in(value: object, parameters: dict[str, object]) -> object:
    """A template's text with its parameters."""
    if isinstance(value, dict):
        entries = cast("dict[str, object]", value)
        if entries.keys() == {"Ref"}:
            return parameters[str(entries["Ref"])]
        return {key: _filled_in(entry, parameters) for key, entry in entries.items()}
    if isinstance(value, list):
        return [_filled_in(entry, parameters) for entry in cast("list[object]", value)]
    return value


def _translated(condition: dict[str, Any]) -> dict[str, Any]:
    if condition.get("Field") != "path-pattern":
        raise UnknownShapeError(f"a template has a condition on {condition.get('Field')}")
    return {"pathPattern": {"values": condition["PathPatternConfig"]["Values"]}}


def _choices(index: Index, listener: Recorded) -> Iterator[tuple[list[str] | None, bool, str]]:
    """Patterns of the path (None for every path), whether nothing else is asked for, and the outcome, in order."""
    index.get(listener.inputs["loadBalancerArn"], _BALANCER)
    rules = [rule for rule in _rules(index) if index.get(rule.listener, _LISTENER) is listener]
    for rule in sorted(rules, key=lambda rule: rule.priority):
        patterns: list[str] | None = None
        is_certain = True
        for condition in rule.conditions:
            (kind, given), *more = cast("dict[str, Any]", condition).items()
            if more or (kind == "pathPattern" and patterns is not None):
                raise UnknownShapeError(f"{rule.name} has a condition of two parts")
            if kind == "pathPattern":
                patterns = [str(pattern) for pattern in several(given["values"])]
            elif kind in _UP_TO_THE_CLIENT:
                is_certain = False
            else:
                raise UnknownShapeError(f"{rule.name} has a condition on {kind}")
        yield patterns, is_certain, _outcome(index, rule.name, rule.actions)
    yield None, True, _outcome(index, listener.name, several(listener.inputs["defaultActions"]))


def _outcome(index: Index, owner: str, actions: list[Any]) -> str:
    *before, last = sorted(actions, key=lambda action: float(action.get("order", 50_000)))
    if strange := {action["type"] for action in before} - {"authenticate-oidc"}:
        raise UnknownShapeError(f"{owner} first does {', '.join(sorted(strange))}")
    signed_in = " after sign-in" if before else ""
    if before and any(_lets_pass(action) for action in before):
        raise UnknownShapeError(f"{owner} lets those pass who are not signed in")
    if last["type"] == "redirect" and last["redirect"].get("protocol") == "HTTPS":
        return "redirect to HTTPS"
    if last["type"] == "fixed-response":
        return str(last["fixedResponse"]["statusCode"])
    if last["type"] != "forward":
        raise UnknownShapeError(f"{owner} does {last['type']}")
    groups = [last["targetGroupArn"]] if last.get("targetGroupArn") else []
    groups += [entry["arn"] for entry in several(last.get("forward", {}).get("targetGroups"))]
    found = {_behind(index, index.get(group, _TARGETS)) for group in groups}
    if len(found) != 1:
        raise UnknownShapeError(f"{owner} forwards to {len(found)} services")
    return found.pop() + signed_in


def _lets_pass(action: dict[str, Any]) -> bool:
    return action.get("authenticateOidc", {}).get("onUnauthenticatedRequest", "authenticate") == "allow"


def _behind(index: Index, group: Recorded) -> str:
    found = [
        called(service)
        for service in index.graph.of(_SERVICE)
        for given in several(service.inputs.get("loadBalancers"))
        if index.get(given["targetGroupArn"], _TARGETS) is group
    ]
    if len(found) != 1:
        raise UnknownShapeError(f"{group.name} has {len(found)} services")
    return found[0]


def _matches(pattern: str, path: str) -> bool:
    """As a path condition does: case counts, * is any text, ? any one character (Elastic Load Balancing, "Condition
    types for listener rules")."""
    text = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(text, path, flags=re.DOTALL) is not None
