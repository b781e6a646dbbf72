"""Every metric of `Dify/Business`, each with the sets of dimensions that it is published under.

Counts and sums are of one window of five minutes (business_window.py), with its beginning as their time; a gauge says
how things stood when that window was read. `App` is the id of an app, `Model` is `<provider>/<model>`, `Currency` an
ISO 4217 code, `Reason` one of REASONS.
"""

from collections.abc import Mapping
from types import MappingProxyType

DimensionSets = tuple[tuple[str, ...], ...]

_STACK: DimensionSets = (("Stack",),)
_BY_APP: DimensionSets = (("Stack",), ("Stack", "App"))
_BY_APP_AND_MODEL: DimensionSets = (*_BY_APP, ("Stack", "Model"))

REASONS = ("Login", "Connection", "Query")
"""What failed: reading the secret of the login, opening the session, or a question, its time limit included."""

OTHER = "other"
"""The value of App and Model for all that are not among the most used ones."""

PUBLISHED: Mapping[str, DimensionSets] = MappingProxyType(
    {
        # Whether the rest can be believed. Measured and Incomplete come with every success, Failed instead of them.
        "Measured": _STACK,
        "Incomplete": _STACK,
        "Failed": (("Stack", "Reason"),),
        # Counts and sums of the window.
        "NewEndUsers": _STACK,
        "Conversations": _STACK,
        "Messages": _BY_APP_AND_MODEL,
        "TokensIn": _BY_APP_AND_MODEL,
        "TokensOut": _BY_APP_AND_MODEL,
        "Cost": (("Stack", "Currency"),),
        "MessagesInOtherCurrencies": _STACK,
        "WorkflowRuns": _BY_APP,
        "WorkflowFailures": _BY_APP,
        "WorkflowTokens": _BY_APP,
        # Seconds: the 95th percentile of what ended in the window. Without an end there is no figure.
        "Latency": _BY_APP,
        "WorkflowLatency": _BY_APP,
        # Gauges.
        "ActiveUsers": _STACK,
        "LoudestUserShare": _STACK,
        "UsersAboveNorm": _STACK,
        "IndexingBacklog": _STACK,
        "StuckDocuments": _STACK,
        "StuckRuns": _STACK,
        "Apps": _STACK,
        "Datasets": _STACK,
        "Documents": _STACK,
        "Accounts": _STACK,
        # Gauges of the windows that end an hour: they read a whole table.
        "OrphanSegments": _STACK,
        "OrphanDocuments": _STACK,
    }
)

UNITS: Mapping[str, str] = MappingProxyType(
    {"Latency": "Seconds", "WorkflowLatency": "Seconds", "Cost": "None", "LoudestUserShare": "Percent"}
)
"""CloudWatch's units of what is no count."""
