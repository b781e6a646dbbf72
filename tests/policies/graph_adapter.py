"""A recorded graph, or a hand-made one, as the policy SDK would hand it over; and what the pack says of it."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, cast

from pulumi.runtime.rpc import contains_unknowns
from pulumi_policy import (
    Policy,
    PolicyCustomTimeouts,
    PolicyProviderResource,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from policies.guardrails.tokens import PROVIDER, STACK
from tests.recorder import Graph, Recorded

PROJECT = "dify"


@dataclass(kw_only=True)
class Declared:
    """One resource to judge, free to be changed by a test. `links` maps a property to the URNs it depends on."""

    type: str
    name: str
    props: dict[str, Any] = field(default_factory=dict[str, Any])
    links: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    protect: bool = False
    stack: str = "prod"
    provider: dict[str, Any] | None = None
    urn: str = ""

    def __post_init__(self) -> None:
        self.urn = self.urn or f"urn:pulumi:{self.stack}::{PROJECT}::{self.type}::{self.name}"


Stack = list[Declared]


@dataclass(frozen=True)
class Verdict:
    """What the pack said: (rule, resource, message) per violation, and the rules that were put off, loudly or not, the
    latter with the reasons given."""

    violations: list[tuple[str, str, str]]
    undecided: set[str]
    not_applicable: set[str]
    reasons: set[str] = field(default_factory=set[str])

    @property
    def rules(self) -> set[str]:
        return {rule for rule, _, _ in self.violations}


def declared(graph: Graph, stack: str) -> Stack:
    """The recorded resources, after the root stack, which a recording leaves out."""
    providers = {resource.urn: resource.inputs for resource in graph.resources if resource.type == PROVIDER}
    root = Declared(type=STACK, name=f"{PROJECT}-{stack}", stack=stack)
    return [root, *(_declared(resource, stack, providers) for resource in graph.resources)]


def _declared(resource: Recorded, stack: str, providers: dict[str, dict[str, Any]]) -> Declared:
    props = _with_sentinels(deepcopy(resource.inputs))
    for name, links in resource.property_dependencies.items():
        # A recording leaves out what a preview does not know; the engine sends a sentinel.
        if links and props.get(name) is None:
            props[name] = UNKNOWN_STRING_VALUE
    return Declared(
        type=resource.type,
        name=resource.name,
        props=props,
        links={name: [_of(stack, urn) for urn in urns] for name, urns in resource.property_dependencies.items()},
        protect=resource.protect,
        stack=stack,
        provider=providers.get(resource.provider.rsplit("::", 1)[0]),
        urn=_of(stack, resource.urn),
    )


def as_previewed(seen: Stack, made: Stack) -> Stack:
    """`seen` in a preview, with a sentinel wherever `made`, the same stack in an update, knows more inside a property:
    a recording leaves that out, too."""
    by_urn = {resource.urn: resource.props for resource in made}
    for resource in seen:
        for name in resource.links:
            if name in resource.props:
                resource.props[name] = _completed(resource.props[name], by_urn[resource.urn].get(name))
    return seen


def _completed(seen: Any, made: Any) -> Any:
    if isinstance(seen, dict) and isinstance(made, dict):
        parts, whole = cast("dict[str, Any]", seen), cast("dict[str, Any]", made)
        missing = {key: UNKNOWN_STRING_VALUE for key in whole if key not in parts}
        return missing | {key: _completed(value, whole.get(key)) for key, value in parts.items()}
    if isinstance(seen, list) and isinstance(made, list):
        entries, others = cast("list[Any]", seen), cast("list[Any]", made)
        if len(entries) == len(others):
            return [_completed(entry, other) for entry, other in zip(entries, others, strict=True)]
    return cast("Any", seen)


def _of(stack: str, urn: str) -> str:
    """Mocks name every stack and project alike; the rules read the stack's name."""
    return f"urn:pulumi:{stack}::{PROJECT}::" + urn.split("::", 2)[2]


def _with_sentinels(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_sentinels(entry) for key, entry in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_with_sentinels(entry) for entry in cast("list[Any]", value)]
    return UNKNOWN_STRING_VALUE if contains_unknowns(value) else value


def judge(stack: Stack, policies: Sequence[Policy]) -> Verdict:
    """Ask every policy about every resource, as the engine does, with unknown values behind the SDK's proxies."""
    resources = policy_resources(stack)
    violations: list[tuple[str, str, str]] = []
    undecided: set[str] = set()
    not_applicable: set[str] = set()
    reasons: set[str] = set()
    names = {resource.urn: resource.name for resource in resources}
    each = [_arguments(resource) for resource in resources]
    for policy in policies:

        def report(message: str, urn: str | None = None, rule: str = policy.name) -> None:
            violations.append((rule, names.get(urn or "", ""), message))

        calls: Sequence[ResourceValidationArgs | StackValidationArgs] = (
            [StackValidationArgs(resources)] if isinstance(policy, StackValidationPolicy) else each
        )
        for args in calls:
            try:
                assert isinstance(policy, ResourceValidationPolicy | StackValidationPolicy)
                policy.validate(args, report)  # type: ignore[arg-type]  each kind gets its own arguments
            except UnknownValueError:
                undecided.add(policy.name)
            except Exception as error:
                if type(error).__name__ != "_NotApplicableError":
                    raise
                not_applicable.add(policy.name)
                reasons.add(str(getattr(error, "reason", "")))
    return Verdict(violations, undecided, not_applicable, reasons)


def policy_resources(stack: Stack) -> list[PolicyResource]:
    """The stack in the SDK's classes, linked."""
    by_urn = {resource.urn: _policy_resource(resource) for resource in stack}
    for resource in stack:
        target = by_urn[resource.urn]
        for name, links in resource.links.items():
            target.property_dependencies[name] = [by_urn[link] for link in links if link in by_urn]
            target.dependencies.extend(target.property_dependencies[name])
    return list(by_urn.values())


def _policy_resource(resource: Declared) -> PolicyResource:
    provider = None
    if resource.provider is not None:
        inputs = unknown_checking_proxy(resource.provider)
        provider = PolicyProviderResource(PROVIDER, inputs, f"{resource.urn}-provider", "aws")
    options = PolicyResourceOptions(resource.protect, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])
    props = unknown_checking_proxy(resource.props)
    return PolicyResource(resource.type, props, resource.urn, resource.name, options, provider, None, [], {})


def _arguments(resource: PolicyResource) -> ResourceValidationArgs:
    return ResourceValidationArgs(
        resource.resource_type, resource.props, resource.urn, resource.name, resource.opts, resource.provider
    )
