"""What rings about the use of Dify: work that hangs, and use that is unlike itself."""

from collections.abc import Mapping, Sequence

from components.alarms import Alarm, Band
from components.metric import Metric
from settings.severity import Severity

_WINDOW_SECONDS = 300
"""One figure of each metric comes in every such period (functions/business_metrics)."""

_HOUR_SECONDS = 3600
_QUARTER_SECONDS = 900

_UNUSUAL_WIDTH = 4
"""Standard deviations. Two of them, CloudWatch's own proposal, are left once in twenty periods by ordinary use."""

_JUMP_PERCENT, _JUMP_ROWS = 20, 20
"""A stock that changes within an hour by more than a fifth, and by more than what one person adds by hand. Our own
judgement."""

_STOCKS = {"Apps": "apps", "Datasets": "knowledge bases", "Documents": "documents", "Accounts": "accounts"}

_MISSING_IS_ANOTHERS = "Whether anything is measured is another alarm's business"
_THREE_QUARTERS = "Three quarters of an hour: one large upload or one loaded class is ordinary work"


def business_alarms(
    namespace: str, dimensions: Mapping[str, str], *, loud_factor: int, currencies: Sequence[str]
) -> list[Alarm]:
    """`dimensions` are those of every figure of this stack; functions/business_metrics/published.py lists the figures.
    `loud_factor` is how many times its usual hour a user asks for, `currencies` those that Cost is in."""

    def metric(name: str, statistic: str, **more: str) -> Metric:
        return Metric(namespace=namespace, name=name, statistic=statistic, dimensions={**dimensions, **more})

    return [
        Alarm(
            name="missing",
            why="What people do with Dify is not counted: the function failed or nobody calls it",
            runbook="business#business-metrics-missing",
            severity=Severity.TICKET,
            metrics={"measured": metric("Measured", "Minimum")},
            threshold=1,
            below=True,
            period_seconds=_WINDOW_SECONDS,
            datapoints=3,
            patience="Three windows in a row: a failover of the database misses one",
            missing="breaching",
            silence="Silence is what is looked for",
        ),
        Alarm(
            name="incomplete",
            why="Some figures cannot be counted: Dify's database lacks a table or a column that they need",
            runbook="business#business-metrics-missing",
            severity=Severity.INFO,
            metrics={"incomplete": metric("Incomplete", "Minimum")},
            threshold=0,
            period_seconds=_WINDOW_SECONDS,
            datapoints=12,
            patience="An hour: a release's migrations add tables one after the other",
            silence=_MISSING_IS_ANOTHERS,
        ),
        *_hanging(metric("StuckRuns", "Minimum"), metric("StuckDocuments", "Minimum")),
        Alarm(
            name="tokens",
            why="Far more or fewer tokens than usual at this hour of the week",
            runbook="business#tokens-unusual",
            severity=Severity.TICKET,
            metrics={"asked": metric("TokensIn", "Sum"), "answered": metric("TokensOut", "Sum")},
            expression="asked + answered",
            threshold=Band(width=_UNUSUAL_WIDTH, side="either"),
            period_seconds=_QUARTER_SECONDS,
            datapoints=3,
            patience=_THREE_QUARTERS,
            silence=_MISSING_IS_ANOTHERS,
        ),
        *(_cost(currency, metric("Cost", "Sum", Currency=currency)) for currency in currencies),
        Alarm(
            name="active-users",
            why="Far more or fewer people use Dify than usual at this hour of the week",
            runbook="business#active-users-unusual",
            severity=Severity.TICKET,
            metrics={"users": metric("ActiveUsers", "Maximum")},
            threshold=Band(width=_UNUSUAL_WIDTH, side="either"),
            period_seconds=_QUARTER_SECONDS,
            datapoints=3,
            patience="Three quarters of an hour: people come to work a little earlier or later",
            silence=_MISSING_IS_ANOTHERS,
        ),
        Alarm(
            name="loud-user",
            why=f"A user asks for more than {loud_factor} times the tokens of its usual hour",
            runbook="business#one-user-far-above-its-norm",
            severity=Severity.TICKET,
            metrics={"users": metric("UsersAboveNorm", "Minimum")},
            threshold=0,
            period_seconds=_WINDOW_SECONDS,
            datapoints=2,
            patience="Two windows in a row; each already looks at a whole hour",
            silence=_MISSING_IS_ANOTHERS,
        ),
        *(_jump(name, what, metric(name, "Maximum"), metric(name, "Minimum")) for name, what in _STOCKS.items()),
        Alarm(
            name="orphans",
            why="Rows of knowledge bases point to what is not there any more",
            runbook="business#orphan-rows",
            severity=Severity.INFO,
            metrics={
                "segments": metric("OrphanSegments", "Minimum"),
                "documents": metric("OrphanDocuments", "Minimum"),
            },
            expression="segments + documents",
            threshold=0,
            period_seconds=_HOUR_SECONDS,
            datapoints=6,
            patience="Six hours in a row: Dify's jobs remove within one what a deletion leaves behind",
            silence=_MISSING_IS_ANOTHERS,
        ),
    ]


def _hanging(runs: Metric, documents: Metric) -> list[Alarm]:
    patience = "A quarter of an hour: a deployment of workers may let a few end late"
    return [
        Alarm(
            name=f"{name}-stuck",
            why=why,
            runbook=f"business#{heading}",
            severity=Severity.TICKET,
            metrics={"stuck": metric},
            threshold=0,
            period_seconds=_WINDOW_SECONDS,
            datapoints=3,
            patience=patience,
            silence=_MISSING_IS_ANOTHERS,
        )
        for name, why, heading, metric in (
            ("runs", "Runs go on for longer than Dify lets any: nobody works on them", "workflow-runs-stuck", runs),
            ("documents", "Documents have waited for their index for half an hour", "documents-stuck", documents),
        )
    ]


def _cost(currency: str, cost: Metric) -> Alarm:
    return Alarm(
        name=f"cost-{currency.lower()}",
        why=f"Messages cost far more {currency} than usual at this hour of the week",
        runbook="business#cost-unusual",
        severity=Severity.TICKET,
        metrics={"cost": cost},
        threshold=Band(width=_UNUSUAL_WIDTH, side="above"),
        period_seconds=_QUARTER_SECONDS,
        datapoints=3,
        patience=_THREE_QUARTERS,
        silence=_MISSING_IS_ANOTHERS,
    )


def _jump(name: str, what: str, highest: Metric, lowest: Metric) -> Alarm:
    """Within the hour behind now. A band of what is usual would ring at the first new app of a quiet week: what hardly
    ever moves has no deviation."""
    return Alarm(
        name=f"{name.lower()}-jumped",
        why=f"The number of {what} changed by more than {_JUMP_PERCENT} % within an hour",
        runbook="business#counts-jumped",
        severity=Severity.TICKET,
        metrics={"highest": highest, "lowest": lowest},
        expression=f"IF(highest - lowest > {_JUMP_ROWS}, 100 * (highest - lowest) / highest, 0)",
        threshold=_JUMP_PERCENT,
        period_seconds=_HOUR_SECONDS,
        datapoints=1,
        patience="At once: CloudWatch looks at the last hour anew every minute",
        silence=_MISSING_IS_ANOTHERS,
    )
