"""What reports call the figures of functions/business_metrics/published.py."""

from collections.abc import Mapping

SUMS: Mapping[str, str] = {
    "new users": "NewEndUsers",
    "conversations": "Conversations",
    "messages": "Messages",
    "tokens asked": "TokensIn",
    "tokens answered": "TokensOut",
    "workflow runs": "WorkflowRuns",
    "failed workflow runs": "WorkflowFailures",
}
"""What adds up over time."""

GAUGES: Mapping[str, str] = {
    "active users": "ActiveUsers",
    "apps": "Apps",
    "knowledge bases": "Datasets",
    "documents": "Documents",
}
"""How things stood, of which the most counts."""


def amount(value: float) -> str:
    """`value` for people; small ones may be money."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.2f}"
