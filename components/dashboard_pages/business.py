"""What Dify is used for, and what it costs and fails at."""

from components.business_metrics import NAMESPACE
from components.dashboard_pages.page import Graph, Page, Row, Series, one
from components.dashboard_pages.shown import Shown
from components.metric import Metric

_PERIOD_SECONDS = 300
"""The window that functions/business_metrics counts in."""


def spent(shown: Shown) -> list[Series]:
    """What providers of models charge in each currency, as Dify computes it from their price lists."""
    return [
        one(
            currency,
            Metric(
                namespace=NAMESPACE,
                name="Cost",
                statistic="Sum",
                dimensions={"Stack": shown.stack, "Currency": currency},
            ),
        )
        for currency in shown.currencies
    ]


def business_page(shown: Shown) -> Page:
    """Use, language models, workflows and knowledge, as functions/business_metrics counts them in the database."""

    def metric(name: str, statistic: str = "Sum") -> Metric:
        return Metric(namespace=NAMESPACE, name=name, statistic=statistic, dimensions={"Stack": shown.stack})

    def graph(title: str, unit: str, *series: Series, stacked: bool = False) -> Graph:
        return Graph(title=title, unit=unit, series=series, stacked=stacked, period_seconds=_PERIOD_SECONDS)

    failed = Series(
        label="failed",
        metrics={"failures": metric("WorkflowFailures"), "runs": metric("WorkflowRuns")},
        expression="IF({runs} > 0, 100 * {failures} / {runs}, 0)",
    )
    unmeasured = Series(
        label="unmeasured", metrics={"measured": metric("Measured", "Maximum")}, expression="1 - FILL({measured}, 0)"
    )
    return Page(
        name="business",
        rows=[
            Row(
                heading="Use",
                widgets=[
                    graph(
                        "Users",
                        "users",
                        one("active", metric("ActiveUsers", "Maximum")),
                        one("new", metric("NewEndUsers")),
                    ),
                    graph("Conversations begun", "in 5 minutes", one("conversations", metric("Conversations"))),
                    graph("Messages", "in 5 minutes", one("messages", metric("Messages"))),
                    graph("Time of an answer, 95th percentile", "s", one("answer", metric("Latency", "Maximum"))),
                ],
            ),
            Row(
                heading="Language models",
                widgets=[
                    graph(
                        "Tokens",
                        "in 5 minutes",
                        one("asked", metric("TokensIn")),
                        one("answered", metric("TokensOut")),
                        stacked=True,
                    ),
                    graph("What providers charge", "in 5 minutes", *spent(shown)),
                    graph(
                        "Messages charged in another currency",
                        "in 5 minutes",
                        one("messages", metric("MessagesInOtherCurrencies")),
                    ),
                ],
            ),
            Row(
                heading="Workflows",
                widgets=[
                    graph("Runs", "in 5 minutes", one("runs", metric("WorkflowRuns"))),
                    graph("Runs that fail", "%", failed),
                    graph("Time of a run, 95th percentile", "s", one("run", metric("WorkflowLatency", "Maximum"))),
                    graph("Runs that hang", "runs", one("hanging", metric("StuckRuns", "Maximum"))),
                ],
            ),
            Row(
                heading="Knowledge",
                widgets=[
                    graph(
                        "Documents to index",
                        "documents",
                        one("waiting", metric("IndexingBacklog", "Maximum")),
                        one("stuck", metric("StuckDocuments", "Maximum")),
                    ),
                    graph(
                        "Installed",
                        "count",
                        one("apps", metric("Apps", "Maximum")),
                        one("datasets", metric("Datasets", "Maximum")),
                        one("accounts", metric("Accounts", "Maximum")),
                    ),
                    graph("This page is not measured", "1 is yes", unmeasured),
                ],
            ),
        ],
    )
