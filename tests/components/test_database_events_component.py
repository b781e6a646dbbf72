"""What RDS tells about the database."""

from functools import cache

import pulumi

from components.database_events import DatabaseEvents, DatabaseEventsArgs
from components.notifications import Notifications, NotificationsArgs
from tests.components.component_graphs import program, site
from tests.recorder import Graph, record


@cache
def _events() -> Graph:
    def build() -> None:
        topic = Notifications("notifications", NotificationsArgs(site=site(), key_arn="key", subscriptions=()))
        args = DatabaseEventsArgs(
            topic_arn="topic", instance_identifier="dify-database", parameters_name="parameters", after=[topic]
        )
        DatabaseEvents("database-events", args, pulumi.ResourceOptions())

    return record(build)


def test_changes_and_failures_of_the_instance_are_told() -> None:
    inputs = _events().named("database-events-instance").inputs
    assert (inputs["sourceType"], inputs["sourceIds"], inputs["snsTopic"]) == (
        "db-instance",
        ["dify-database"],
        "topic",
    )
    assert {"configuration change", "failure", "failover", "maintenance", "low storage"} <= {*inputs["eventCategories"]}


def test_a_change_of_the_parameters_is_told() -> None:
    inputs = _events().named("database-events-parameters").inputs
    assert (inputs["sourceType"], inputs["sourceIds"]) == ("db-parameter-group", ["parameters"])
    assert inputs["eventCategories"] == ["configuration change"]


def test_the_programs_subscriptions_are_about_its_own_database_and_parameters() -> None:
    graph = program()
    instance = graph.named("database-instance")
    assert graph.named("database-events-instance").inputs["sourceIds"] == [instance.inputs["identifier"]]
    told = graph.named("database-events-parameters").inputs
    assert told["sourceIds"] == [instance.inputs["parameterGroupName"]]
    assert told["snsTopic"] == "notifications-ticket-topic-arn"
