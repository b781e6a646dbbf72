"""Cases of the rules about what alarms look at, from when on they ring, and whom they tell."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, drop, named, put, remove, unlink
from tests.policies.graph_adapter import Declared

FIRST = "metricQueries.0.metric"


def acting(alarm: Declared) -> bool:
    """Acts itself, and not through the pager of its part."""
    return bool(alarm.links.get("alarmActions"))


def pages(subscription: Declared) -> bool:
    """Is about the topic that alarms wake somebody through."""
    return subscription.links["topic"][0].endswith("::notifications-page-topic")


CASES = [
    Case(
        rule="cloudwatch-alarm-must-watch-a-known-metric",
        at=t.ALARM,
        where=named("database-cpu"),
        breaks=put(f"{FIRST}.dimensions.DBInstance", "typed twice"),
        loses="metricQueries",
        hides="metricQueries",
    ),
    Case(
        rule="cloudwatch-alarm-must-use-a-fitting-statistic",
        at=t.ALARM,
        where=named("database-cpu"),
        breaks=put(f"{FIRST}.stat", "Sum"),
        loses=drop(f"{FIRST}.stat"),
        hides="metricQueries",
    ),
    Case(
        rule="cloudwatch-alarm-period-must-fit-the-metric",
        at=t.ALARM,
        where=named("database-cpu"),
        breaks=put(f"{FIRST}.period", 10),
        loses=drop(f"{FIRST}.period"),
        hides="metricQueries",
    ),
    Case(
        rule="cloudwatch-alarm-threshold-must-be-reachable",
        at=t.ALARM,
        where=named("database-cpu"),
        breaks=put("threshold", 100),
        loses="threshold",
        hides="threshold",
    ),
    Case(
        rule="cloudwatch-alarm-must-name-a-runbook",
        at=t.ALARM,
        breaks=put("alarmDescription", "Something is wrong"),
        loses="alarmDescription",
        hides="alarmDescription",
    ),
    Case(
        rule="cloudwatch-alarm-must-reach-someone",
        at=t.ALARM,
        where=acting,
        breaks=unlink("alarmActions"),
        loses="alarmActions",
        hides="alarmActions",
        set_when_unknown=True,
    ),
    Case(
        rule="cloudwatch-alarm-must-decide-missing-data",
        at=t.ALARM,
        breaks=put("treatMissingData", "guess"),
        loses="treatMissingData",
        hides="treatMissingData",
    ),
    Case(
        rule="sns-topic-must-be-encrypted",
        at=t.TOPIC,
        breaks=put("kmsMasterKeyId", "alias/aws/sns"),
        loses="kmsMasterKeyId",
        hides="kmsMasterKeyId",
        set_when_unknown=True,
    ),
    Case(
        rule="sns-topic-must-have-a-listener",
        at=t.SUBSCRIPTION,
        where=pages,
        breaks=remove,
        also=frozenset({"cloudwatch-alarm-must-reach-someone"}),
        loses="topic",
        hides="topic",
        set_when_unknown=True,  # that it belongs to the topic is known by the link
    ),
]
