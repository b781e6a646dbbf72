"""Budget, jumps of costs, and the alarm on logs."""

import json
from typing import Any

from components.alarm_tables.costs import cost_alarms
from components.alarms import Band
from components.costs import COST_SENDERS, STACK_TAG, Costs, CostsArgs
from settings.costs import Costs as Choices
from settings.severity import Severity
from tests.components.component_graphs import ACCOUNT, site
from tests.recorder import Graph, record


def _costs(**choices: Any) -> Graph:
    chosen = Choices.model_validate(choices)
    return record(lambda: Costs("costs", CostsArgs(site=site(), choices=chosen, topic_arn="topic")))


def test_the_budget_counts_what_has_the_tag_of_the_stack() -> None:
    budget = _costs(monthlyBudget=6000).one(":Budget").inputs
    assert budget["costFilters"] == [{"name": "TagKeyValue", "values": ["user:stack$dify-prod"]}]
    limit = (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"], budget["budgetType"])
    assert limit == ("6000", "USD", "MONTHLY", "COST")
    assert (budget["accountId"], budget["name"]) == (ACCOUNT, "dify-prod")


def test_most_of_it_spent_and_a_month_that_will_end_above_it_are_told_of() -> None:
    told = _costs(monthlyBudget=6000).one(":Budget").inputs["notifications"]
    assert [(one["notificationType"], one["threshold"], one["thresholdType"]) for one in told] == [
        ("ACTUAL", 80, "PERCENTAGE"),
        ("FORECASTED", 100, "PERCENTAGE"),
    ]
    assert all(one["subscriberSnsTopicArns"] == ["topic"] for one in told)
    assert all(one["comparisonOperator"] == "GREATER_THAN" for one in told)


def test_a_jump_of_the_stacks_costs_is_told_of_at_once_from_the_chosen_dollars_on() -> None:
    graph = _costs(unusualDollars=100)
    specification = json.loads(graph.one(":AnomalyMonitor").inputs["monitorSpecification"])
    assert specification["Tags"] == {"Key": "user:stack", "MatchOptions": None, "Values": ["dify-prod"]}
    told = graph.one(":AnomalySubscription").inputs
    assert told["monitorArnLists"] == ["costs-monitor-arn"]
    assert (told["frequency"], told["subscribers"]) == ("IMMEDIATE", [{"type": "SNS", "address": "topic"}])
    assert told["thresholdExpression"]["dimension"] == {
        "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
        "matchOptions": ["GREATER_THAN_OR_EQUAL"],
        "values": ["100"],
    }


def test_the_monitor_is_written_as_aws_answers_it_so_that_no_update_makes_it_anew() -> None:
    specification = json.loads(_costs(unusualDollars=100).one(":AnomalyMonitor").inputs["monitorSpecification"])
    assert set(specification) == {"And", "CostCategories", "Dimensions", "Not", "Or", "Tags"}


def test_what_is_not_chosen_is_not_made() -> None:
    assert {one.type for one in _costs().resources if one.custom} == set()
    assert not _costs(monthlyBudget=1).of(":AnomalyMonitor")
    assert not _costs(unusualDollars=1).of(":Budget")


def test_both_services_that_tell_of_costs_are_named_for_the_topics_policy() -> None:
    assert COST_SENDERS == ("budgets.amazonaws.com", "costalerts.amazonaws.com")
    assert STACK_TAG == "stack"


def test_logs_ring_only_above_what_is_usual_and_never_for_a_few_cents() -> None:
    (alarm,) = cost_alarms()
    assert alarm.threshold == Band(width=4, side="above")
    assert alarm.expression == "IF(written > 1000000000, written, 0)"
    assert (alarm.severity, alarm.period_seconds, alarm.datapoints) == (Severity.TICKET, 3600, 3)
