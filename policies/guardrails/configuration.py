"""How strictly a stack enforces each rule, and the bounds of that.

A stack's decisions are in `policies/config.STACK.json`, in Pulumi's own form. The engine adds the levels of the rules
that the file leaves out and hands everything to the pack (`Configure`) before anything is judged, just after the name
and settings of the stack (`ConfigureStack`). The SDK (pulumi-policy 1.21) takes whatever comes. Here a configuration
that is out of bounds ends the operation.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import Severity
from pulumi_policy import policy as sdk

from .environment import RELAXED
from .rule import RULES

FOLDER = Path(__file__).resolve().parent.parent
EVERY_RULE = "all"
"""The name under which Pulumi's format sets every rule at once."""
REMEDIATE = "remediate"
ENFORCING = {"mandatory", REMEDIATE}
"""Levels at which nothing passes that breaks the rule."""


@dataclass(frozen=True, kw_only=True)
class Configured:
    """What a configuration says of one rule: Pulumi's word for the level, and the names of further options."""

    level: str
    options: tuple[str, ...] = ()


def file_of(stack: str) -> Path:
    """The configuration of a stack, by its family (`dev` of `dev-anna`). One without a file of its own has
    production's."""
    own = FOLDER / f"config.{_family(stack)}.json"
    return own if own.exists() else FOLDER / "config.prod.json"


def is_production(stack: str, settings: Mapping[str, str]) -> bool:
    """Whether production's bounds hold: for every stack but those that both their name and, where there is one, their
    setting `environment` call something less."""
    environments = [value for key, value in settings.items() if key.rsplit(":", 1)[-1] == "environment"]
    return not {_family(stack), *environments} <= RELAXED


def mistakes(configured: Mapping[str, Configured], *, production: bool) -> list[str]:
    """Everything out of bounds, a line each.

    A remedy is no less than a demand: what it does not set is reported as by a mandatory rule. A rule without one may
    be set to it together with all others only, and is mandatory then.
    """
    severities = {rule.name: rule.severity for rule in RULES}
    every = configured.get(EVERY_RULE)
    remedied = {rule.name for rule in RULES if rule.remedy or (every and every.level == REMEDIATE)}
    return [
        f"policy configuration: {name}: {problem}"
        for name, one in sorted(configured.items())
        for problem in _problems(name, one, severities, remedied | {EVERY_RULE}, production=production)
    ]


def _problems(
    name: str,
    configured: Configured,
    severities: Mapping[str, Severity],
    remedied: Container[str],
    *,
    production: bool,
) -> Iterator[str]:
    if name not in severities and name != EVERY_RULE:
        near = get_close_matches(name, severities, n=1)
        yield f"no rule has this name; {f'did you mean {near[0]}?' if near else 'docs/policies.md lists them all'}"
        return
    if configured.options:
        yield f"takes enforcementLevel and nothing else, got {', '.join(configured.options)}"
    if configured.level == REMEDIATE and name not in remedied:
        yield "has no remedy of its own, got remediate; use mandatory, advisory or disabled"
    elif production and severities.get(name) is Severity.CRITICAL and configured.level not in ENFORCING:
        yield (
            f"a critical rule is mandatory in production, got {configured.level}; "
            "mend the resource or exempt it in policies/exemptions.yaml"
        )


def keep_bounds() -> None:
    """Have the SDK's server refuse what is out of bounds. It looks the class up in its own module; a test holds it to
    that."""
    module: Any = sdk
    served: Any = module._PolicyAnalyzerServicer  # noqa: SLF001  the SDK has no hook for it

    class Bounded(served):
        # Until the engine has said which stack it is, it is production.
        production = True

        def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: N802  gRPC's name
            self.production = is_production(request.stack, request.config)
            return served.ConfigureStack(self, request, context)

        def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
            found = mistakes(_read(request), production=self.production)
            if found:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "\n".join(found))
            return served.Configure(self, request, context)

    module._PolicyAnalyzerServicer = Bounded  # noqa: SLF001


def _read(request: Any) -> dict[str, Configured]:
    levels: Any = analyzer_pb2.EnforcementLevel
    return {
        name: Configured(level=levels.Name(one.enforcementLevel).lower(), options=tuple(one.properties))
        for name, one in request.policyConfig.items()
    }


def _family(stack: str) -> str:
    return stack.split("-", 1)[0]
