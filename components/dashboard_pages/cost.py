"""What costs: the account's bill so far, what runs, and what is written to logs."""

from components.dashboard_pages.business import spent
from components.dashboard_pages.page import Graph, Limit, Page, Row, one
from components.dashboard_pages.shown import Shown
from components.metric import Metric

BILLING_REGION = "us-east-1"
"""Only there are metrics of the bill, whatever regions it is of (CloudWatch User Guide, "Create a billing alarm to
monitor your estimated AWS charges"); the paying account must have switched them on."""

_DAY_SECONDS = 86_400


def cost_page(shown: Shown) -> Page:
    """Bill, tasks, tokens and logs. The budget, unlike the bill, is the stack's alone."""
    bill = Metric(namespace="AWS/Billing", name="EstimatedCharges", statistic="Maximum", dimensions={"Currency": "USD"})
    limits = [] if shown.budget is None else [Limit(label="the stack's budget", value=shown.budget)]
    reserved = [
        one(
            service,
            Metric(
                namespace="ECS/ContainerInsights",
                name="CpuReserved",
                statistic="Sum",
                dimensions={"ClusterName": shown.cluster, "ServiceName": service},
            ),
        )
        for service in shown.services
    ]
    written = [
        one(
            group,
            Metric(namespace="AWS/Logs", name="IncomingBytes", statistic="Sum", dimensions={"LogGroupName": group}),
        )
        for group in shown.log_groups
    ]
    tokens = Graph(
        title="What providers of models charge", unit="a day", series=spent(shown), period_seconds=_DAY_SECONDS
    )
    return Page(
        name="cost",
        rows=[
            Row(
                heading="The account's bill",
                widgets=[
                    Graph(
                        title="This month so far",
                        unit="USD",
                        series=[one("all services", bill)],
                        limits=limits,
                        period_seconds=_DAY_SECONDS,
                        region=BILLING_REGION,
                    ),
                    *([tokens] if shown.currencies else []),
                ],
            ),
            Row(
                heading="What grows with use",
                widgets=[
                    Graph(title="CPU reserved", unit="1/1024 vCPU", series=reserved, stacked=True, period_seconds=300),
                    Graph(
                        title="Written to logs",
                        unit="bytes a day",
                        series=written,
                        stacked=True,
                        period_seconds=_DAY_SECONDS,
                    ),
                ],
            ),
        ],
    )
