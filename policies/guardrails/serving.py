"""Reads what the engine sends once, and asks about a resource only the rules of its type.

The SDK (pulumi-policy 1.21, policy.py) turns a resource, and a whole stack, from the wire into Python anew for each
policy of a pack, whether or not the policy is about it. With two hundred policies that is nearly all that a pack costs
(`make bench`). Rules only read, so they can share. What an answer holds, at which level, is the SDK's own doing still.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import policy as sdk

from .rule import RULES

_POLICIES = "_PolicyAnalyzerServicer__policies"
"""The attribute of the SDK's server that holds the policies of the pack."""


def read_once() -> None:
    """Have the SDK's server do so. It looks the class up in its own module; a test holds it to that."""
    module: Any = sdk
    served: Any = module._PolicyAnalyzerServicer  # noqa: SLF001  the SDK has no hook for it

    class ReadOnce(served):
        def __init__(self, *given: Any, **more: Any) -> None:
            served.__init__(self, *given, **more)
            everything: list[Policy] = getattr(self, _POLICIES)
            self._of_type = _by_type(everything)
            self._of_stack = [policy for policy in everything if isinstance(policy, StackValidationPolicy)]

        def Analyze(self, request: Any, context: Any) -> Any:  # noqa: N802  gRPC's name
            concerned = self._of_type.get(request.type, ())
            if not concerned:
                return analyzer_pb2.AnalyzeResponse()
            seen: list[ResourceValidationArgs] = []
            reader = ResourceValidationPolicy("reader", "Reads.", lambda args, _: seen.append(args))
            served.Analyze(self._with(reader), request, context)
            return served.Analyze(self._about(seen[0], concerned), analyzer_pb2.AnalyzeRequest(), context)

        def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: N802
            seen: list[StackValidationArgs] = []
            reader = StackValidationPolicy("reader", "Reads.", lambda args, _: seen.append(args))
            served.AnalyzeStack(self._with(reader), request, context)
            return served.AnalyzeStack(
                self._about(seen[0], self._of_stack), analyzer_pb2.AnalyzeStackRequest(), context
            )

        def Remediate(self, request: Any, context: Any) -> Any:  # noqa: N802
            # It reads the resource even where no rule is set to this level, and then answers nothing.
            levels = map(self._get_enforcement_level, getattr(self, _POLICIES))
            if EnforcementLevel.REMEDIATE not in levels:
                return analyzer_pb2.RemediateResponse()
            return served.Remediate(self, request, context)

        def _about(self, args: Any, policies: Iterable[Policy]) -> Any:
            """This server with these policies, which judge what has been read and not what comes with a call."""
            return self._with(*(_bound(policy, args) for policy in policies))

        def _with(self, *policies: Policy) -> Any:
            """This server, configured as it is, with other policies. A copy: several calls may run at once."""
            other = copy(self)
            setattr(other, _POLICIES, policies)
            return other

    module._PolicyAnalyzerServicer = ReadOnce  # noqa: SLF001


def _by_type(policies: Iterable[Policy]) -> Mapping[str, list[Policy]]:
    """The policies about single resources, by the type that each is for."""
    types = {rule.name: rule.types for rule in RULES}
    found: dict[str, list[Policy]] = defaultdict(list)
    for policy in policies:
        if isinstance(policy, ResourceValidationPolicy):
            for type_ in dict.fromkeys(types[policy.name]):
                found[type_].append(policy)
    return found


def _bound(policy: Any, args: ResourceValidationArgs | StackValidationArgs) -> Policy:
    def validate(_: object, report: ReportViolation) -> Any:
        return policy.validate(args, report)

    bound = copy(policy)
    bound.validate = validate
    return bound
