"""Says with each finding how to fix it and where to read more. The engine (3.259) knows both of each rule, and shows
neither in its output."""

from typing import Any

from pulumi_policy import policy as sdk

from .exemptions import IN_USE
from .rule import RULES, Rule

_PUT_OFF = "can't run policy "
"""How the SDK's line about a decision that waits for a value begins."""


def advice(rule: Rule) -> str:
    """The end of what is said about a finding of `rule`."""
    return f"How to fix: {rule.remediation}\nRead more: {rule.url}"


def advise() -> None:
    """Have the SDK's server add it. It looks the class up in its own module; a test holds it to that."""
    module: Any = sdk
    served: Any = module._PolicyAnalyzerServicer  # noqa: SLF001  the SDK has no hook for it

    class Advising(served):
        def Analyze(self, request: Any, context: Any) -> Any:  # noqa: N802  gRPC's name
            return _advised(served.Analyze(self, request, context))

        def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: N802
            return _advised(served.AnalyzeStack(self, request, context))

    module._PolicyAnalyzerServicer = Advising  # noqa: SLF001


def _advised(answer: Any) -> Any:
    rules = {rule.name: rule for rule in RULES}
    for finding in answer.diagnostics:
        # Descriptions of an installed pack say it already (audience.py).
        said = advice(rules[finding.policyName])
        if not (IN_USE in finding.message or finding.message.startswith(_PUT_OFF) or said in finding.message):
            finding.message += f"\n{said}"
    return answer
