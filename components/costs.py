"""What the stack costs: a budget for the month, and jumps that nobody planned."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import budgets, costexplorer

from components.component import Component
from components.site import Site
from settings.costs import Costs as Choices

COST_SENDERS = ("budgets.amazonaws.com", "costalerts.amazonaws.com")
"""The services that tell of costs. Both say for which account ("Creating an Amazon SNS topic for budget notifications"
and "for anomaly notifications", AWS Cost Management User Guide); they also encrypt, so the topic's key admits them."""

STACK_TAG = "stack"
"""The tag that every resource of the stack has, its value the site's name. It sorts costs once the account that pays
has activated it as a cost allocation tag, which takes up to a day ("Activating user-defined cost allocation tags", AWS
Billing User Guide). Until then the budget sees no costs."""

_SPENT_PERCENT, _FORECAST_PERCENT = 80, 100


@dataclass(frozen=True, kw_only=True)
class CostsArgs:
    """`topic_arn` is told of costs; `after` lets COST_SENDERS publish to it."""

    site: Site
    choices: Choices
    topic_arn: pulumi.Input[str]
    after: Sequence[pulumi.Resource] = ()


class Costs(Component):
    """Both services are worldwide: the provider asks them from any region. The first two budgets of an account are
    free, and so is watching for jumps (AWS Cost Management pricing)."""

    type_token = "dify:observability:Costs"  # noqa: S105

    def __init__(self, name: str, args: CostsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        if args.choices.monthly_budget is not None:
            self._budget(name, args, args.choices.monthly_budget)
        if args.choices.unusual_dollars is not None:
            self._jumps(name, args, args.choices.unusual_dollars)
        self.done()

    def _budget(self, name: str, args: CostsArgs, dollars: int) -> None:
        def told(kind: str, percent: int) -> budgets.BudgetNotificationArgs:
            return budgets.BudgetNotificationArgs(
                notification_type=kind,
                comparison_operator="GREATER_THAN",
                threshold=percent,
                threshold_type="PERCENTAGE",
                subscriber_sns_topic_arns=[args.topic_arn],
            )

        budgets.Budget(
            f"{name}-budget",
            name=args.site.name,
            account_id=args.site.account,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(dollars),
            limit_unit="USD",
            # Tags of one's own begin with user: (AWS Cost Management User Guide, "Budget filters").
            cost_filters=[{"name": "TagKeyValue", "values": [f"user:{STACK_TAG}${args.site.name}"]}],
            notifications=[told("ACTUAL", _SPENT_PERCENT), told("FORECASTED", _FORECAST_PERCENT)],
            opts=self.child(after=list(args.after)),
        )

    def _jumps(self, name: str, args: CostsArgs, dollars: int) -> None:
        monitor = costexplorer.AnomalyMonitor(
            f"{name}-monitor",
            name=args.site.name,
            monitor_type="CUSTOM",
            monitor_specification=json.dumps(_costs_of(args.site)),
            opts=self.child(),
        )
        costexplorer.AnomalySubscription(
            f"{name}-jumps",
            name=args.site.name,
            monitor_arn_lists=[monitor.arn],
            # Only mail is sent daily or weekly (Billing and Cost Management API reference, AnomalySubscription).
            frequency="IMMEDIATE",
            subscribers=[{"type": "SNS", "address": args.topic_arn}],
            threshold_expression={
                "dimension": {
                    "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                    "match_options": ["GREATER_THAN_OR_EQUAL"],
                    "values": [str(dollars)],
                }
            },
            opts=self.child(after=list(args.after)),
        )


def _costs_of(site: Site) -> dict[str, object]:
    """With every key that AWS answers: one that is left out is a difference, and each update would make the monitor
    anew (hashicorp/terraform-provider-aws#39885)."""
    return {
        "And": None,
        "CostCategories": None,
        "Dimensions": None,
        "Not": None,
        "Or": None,
        "Tags": {"Key": f"user:{STACK_TAG}", "MatchOptions": None, "Values": [site.name]},
    }
