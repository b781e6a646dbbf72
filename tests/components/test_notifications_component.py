"""The topics that alarms go to, and who hears which of them."""

import json
from typing import Any

import pytest

from components.notifications import Notifications, NotificationsArgs
from settings.subscription import Subscription
from tests.components.component_graphs import document, site
from tests.recorder import Graph, record

_SEVERITIES = ("page", "ticket", "info")


def _topics(*subscriptions: dict[str, Any]) -> Graph:
    told = [Subscription.model_validate_json(json.dumps(one)) for one in subscriptions]
    args = NotificationsArgs(site=site(), key_arn="key", subscriptions=told)
    return record(lambda: Notifications("notifications", args))


def _told(graph: Graph) -> set[tuple[str, str, str]]:
    found = graph.of(":TopicSubscription")
    return {(one.inputs["topic"], one.inputs["protocol"], one.inputs["endpoint"]) for one in found}


@pytest.mark.parametrize("severity", _SEVERITIES)
def test_each_severity_has_a_topic_that_is_encrypted_with_the_given_key(severity: str) -> None:
    assert _topics().named(f"notifications-{severity}-topic").inputs == {"kmsMasterKeyId": "key"}
    assert len(_topics().of(":Topic")) == len(_SEVERITIES)


@pytest.mark.parametrize("severity", _SEVERITIES)
def test_only_alarms_and_databases_of_this_account_and_notices_are_published(severity: str) -> None:
    known, notices = document(_topics().named(f"notifications-{severity}-policy").inputs["policy"])
    assert set(known["Principal"]["Service"]) == {
        *("cloudwatch.amazonaws.com", "events.rds.amazonaws.com"),
        *("budgets.amazonaws.com", "costalerts.amazonaws.com"),
    }
    assert known["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    assert notices["Principal"] == {"Service": ["events.amazonaws.com"]}
    assert {one["Action"] for one in (known, notices)} == {"sns:Publish"}
    assert {one["Resource"] for one in (known, notices)} == {f"notifications-{severity}-topic-arn"}


def test_event_bridge_meets_no_condition_because_it_would_refuse_every_notice() -> None:
    _, notices = document(_topics().named("notifications-page-policy").inputs["policy"])
    assert "Condition" not in notices


def test_who_names_no_severity_hears_all_of_them() -> None:
    assert _told(_topics({"email": "a@example.com"})) == {
        (f"notifications-{severity}-topic-arn", "email", "a@example.com") for severity in _SEVERITIES
    }


def test_everybody_hears_what_they_asked_for_and_nothing_else() -> None:
    graph = _topics(
        {"email": "night@example.com", "severities": ["page"]},
        {"https": "https://desk.example.com/in", "severities": ["ticket", "info"]},
    )
    assert _told(graph) == {
        ("notifications-page-topic-arn", "email", "night@example.com"),
        ("notifications-ticket-topic-arn", "https", "https://desk.example.com/in"),
        ("notifications-info-topic-arn", "https", "https://desk.example.com/in"),
    }


def test_a_deployment_waits_for_an_endpoint_to_confirm() -> None:
    graph = _topics({"https": "https://desk.example.com/in"})
    assert all(one.inputs["endpointAutoConfirms"] is True for one in graph.of(":TopicSubscription"))


def test_who_is_added_in_front_makes_nobody_confirm_again() -> None:
    alone = _topics({"email": "b@example.com"})
    both = _topics({"email": "a@example.com"}, {"email": "b@example.com"})
    assert {one.urn for one in alone.of(":TopicSubscription")} < {one.urn for one in both.of(":TopicSubscription")}


def test_an_address_that_is_a_secret_is_not_subscribed_by_the_program() -> None:
    arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:pager-AbCdEf"
    assert _topics({"webhook": arn}).of(":TopicSubscription") == []
