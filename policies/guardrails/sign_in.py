"""Sign-in at the load balancer: its rules are in the template of a CloudFormation stack."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pulumi_policy import Severity

from .graph import Graph
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import CLOUDFORMATION_STACK, LISTENER_RULE
from .values import MalformedError, items, look, mapping, number, parsed

REFERENCE = re.compile(
    r"\{\{resolve:secretsmanager:arn:aws:secretsmanager:[^{}]+:SecretString:[A-Za-z0-9_-]+[^{}]*\}\}"
)
"""A dynamic reference to a field of a secret, and nothing else ("Get a secret or secret value from Secrets Manager",
AWS CloudFormation user guide)."""

CONSOLE = "/console/api/*"
EVERYTHING = "/*"
GUARDED = {CONSOLE: "deny", EVERYTHING: "authenticate"}
"""Path -> what its rule does with a request that has no session: scripts cannot follow a redirect, people can."""

WITH_TOKENS = ("/api", "/v1", "/openapi", "/files", "/mcp", "/triggers", "/socket.io", "/e")
"""What programs, webhooks, plugins, files and sockets call, with a token of their own."""

AUTHENTICATION = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html"
REFERENCES = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html"


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A listener rule of a template. `authenticates` is what it does first, with its settings in `provider`."""

    name: str
    priority: float
    patterns: tuple[str, ...]
    authenticates: bool
    provider: dict[str, Any]


@rule(
    "cloudformation-stack-must-refer-to-its-secrets",
    CLOUDFORMATION_STACK,
    severity=Severity.CRITICAL,
    description="The client secret of sign-in is read by CloudFormation inside AWS and never enters a template.",
    remediation="Write ClientSecret as {{resolve:secretsmanager:<ARN>:SecretString:clientSecret}}; make no parameter "
    "of it.",
    references=References(practice="SEC02-BP03"),
    url=REFERENCES,
)
def refers_to_secrets(resource: Resource) -> Iterator[Finding]:
    for gate in _gates(resource):
        if gate.authenticates and not REFERENCE.fullmatch(str(gate.provider.get("ClientSecret"))):
            yield f"{gate.name} holds the client secret, or none"


@rule(
    "lb-sign-in-must-guard-the-console",
    CLOUDFORMATION_STACK,
    severity=Severity.CRITICAL,
    description="Where there is sign-in, the console refuses who has no session, and pages redirect.",
    remediation=f"Give the rules of {CONSOLE} and {EVERYTHING} an authenticate-oidc action of the lowest Order, with "
    "OnUnauthenticatedRequest deny and authenticate; the first before every route of the load balancer.",
    references=References(practice="SEC03-BP01"),
    url=AUTHENTICATION,
)
def guards_console(resource: Resource, graph: Graph) -> Iterator[Finding]:
    gates = _gates(resource)
    for pattern, wanted in GUARDED.items():
        found = [gate for gate in gates if gate.authenticates and pattern in gate.patterns]
        if not found:
            yield f"nobody signs in for {pattern}"
        for gate in found:
            if gate.provider.get("OnUnauthenticatedRequest") != wanted:
                yield f"{gate.name} does not {wanted} who has no session"
            if pattern == CONSOLE and gate.priority >= min(_priorities(graph), default=0):
                yield f"{gate.name} stands behind a route that lets everybody in"


@rule(
    "lb-sign-in-must-spare-tokens",
    CLOUDFORMATION_STACK,
    severity=Severity.HIGH,
    description="Sign-in never stands before routes whose callers carry a token of their own and have no browser.",
    remediation=f"Authenticate {CONSOLE} only before the routes of the load balancer, and {EVERYTHING} after them all.",
    references=References(practice="REL02-BP05"),
    url=AUTHENTICATION,
)
def spares_tokens(resource: Resource, graph: Graph) -> Iterator[Finding]:
    for gate in _gates(resource):
        for pattern in gate.patterns if gate.authenticates else ():
            start = pattern.split("/")[1]
            if {"*", "?"} & {*start}:
                if gate.priority <= max(_priorities(graph), default=math.inf):
                    yield f"{gate.name} takes {pattern} before the routes"
            elif f"/{start}" in WITH_TOKENS:
                yield f"{gate.name} takes {pattern}"


def _priorities(graph: Graph) -> list[float]:
    """Of the load balancer's own rules. Raises UndecidedError if one is unknown."""
    return [number(route.get("priority")) for route in graph.of(LISTENER_RULE)]


def _gates(stack: Resource) -> list[Gate]:
    """The listener rules of the stack's template. Raises UndecidedError if it is unknown, MalformedError if it is no
    template of listener rules."""
    resources = mapping(mapping(parsed(stack.get("templateBody"))).get("Resources"))
    rules = {
        name: mapping(mapping(made).get("Properties"))
        for name, made in resources.items()
        if mapping(made).get("Type") == "AWS::ElasticLoadBalancingV2::ListenerRule"
    }
    if not rules:
        raise MalformedError("a template without listener rules")
    return [_gate(name, properties) for name, properties in rules.items()]


def _gate(name: str, properties: dict[str, Any]) -> Gate:
    actions = sorted(items(properties.get("Actions")), key=lambda action: number(look(action, "Order")))
    first = mapping(actions[0]) if actions else {}
    return Gate(
        name=name,
        priority=number(properties.get("Priority")),
        patterns=tuple(
            str(value)
            for condition in items(properties.get("Conditions"))
            for value in items(mapping(mapping(condition).get("PathPatternConfig")).get("Values"))
        ),
        authenticates=first.get("Type") == "authenticate-oidc",
        provider=mapping(first.get("AuthenticateOidcConfig")),
    )
