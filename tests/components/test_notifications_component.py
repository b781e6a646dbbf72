"""The topic that alarms go to."""

from components.notifications import Notifications, NotificationsArgs
from tests.components.component_graphs import document, site
from tests.recorder import Graph, record


def _topic(*emails: str) -> Graph:
    args = NotificationsArgs(site=site(), key_arn="key", emails=emails)
    return record(lambda: Notifications("notifications", args))


def test_the_topic_is_encrypted_with_the_given_key() -> None:
    assert _topic().named("notifications-topic").inputs == {"kmsMasterKeyId": "key"}


def test_only_alarms_findings_and_databases_of_this_account_publish() -> None:
    (statement,) = document(_topic().one(":TopicPolicy").inputs["policy"])
    senders = ["cloudwatch.amazonaws.com", "events.amazonaws.com", "events.rds.amazonaws.com"]
    assert statement["Principal"] == {"Service": senders}
    assert statement["Action"] == "sns:Publish"
    assert statement["Resource"] == "notifications-topic-arn"
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_everybody_named_is_told_and_nobody_else() -> None:
    subscriptions = _topic("a@example.com", "b@example.com").of(":TopicSubscription")
    told = {(s.inputs["protocol"], s.inputs["endpoint"], s.inputs["topic"]) for s in subscriptions}
    assert told == {("email", f"{name}@example.com", "notifications-topic-arn") for name in "ab"}
    assert _topic().of(":TopicSubscription") == []
