"""Logs that are kept and closed, alarms that reach someone."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from .documents import statements
from .graph import Graph, once_per_graph
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import (
    ALARM,
    CHAT_CHANNEL,
    COMPOSITE_ALARM,
    INVOCATION,
    LOG_GROUP,
    SUBSCRIPTION,
    TOPIC,
    TOPIC_POLICY,
)
from .values import is_one_of, number

PRODUCTION_LOG_DAYS = 365
MISSING_DATA = frozenset({"breaching", "notBreaching", "ignore", "missing"})
ALARMS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"

LISTENING = {SUBSCRIPTION: "topic", CHAT_CHANNEL: "snsTopicArns", INVOCATION: "input"}
"""Type -> the property that names the topics which it listens to; a function subscribes what is a secret."""

RUNBOOK = re.compile(r"(?:^|\s)(?P<folder>\S+)/[\w-]+\.md(?:#[\w-]+)?$")
"""The last word of a description: a page, or a heading on it as GitHub writes it in an address."""


@rule(
    "cloudwatch-log-group-must-have-retention",
    LOG_GROUP,
    severity=Severity.MEDIUM,
    description="Logs are kept for a year in production, and nowhere for ever by omission.",
    remediation="Set retentionInDays (logs.retentionDays), in production to 365 or more.",
    references=References(fsbp="CloudWatch.16", checkov="CKV_AWS_338, CKV_AWS_66"),
)
def has_retention(resource: Resource) -> Iterator[Finding]:
    least = PRODUCTION_LOG_DAYS if resource.production else 1
    yield from expect(
        resource, "retentionInDays", lambda days: number(days) >= least, f"retentionInDays is missing or under {least}"
    )


@rule(
    "cloudwatch-log-group-must-use-own-key",
    LOG_GROUP,
    severity=Severity.MEDIUM,
    description="Logs are encrypted with a key of this stack.",
    remediation="Set kmsKeyId to a key whose policy admits logs.<region>.amazonaws.com.",
    references=References(checkov="CKV_AWS_158", practice="SEC08-BP01"),
    url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
)
def log_group_own_key(resource: Resource) -> Iterator[Finding]:
    if not resource.has("kmsKeyId"):
        yield "kmsKeyId is missing"


@rule(
    "cloudwatch-alarm-must-reach-someone",
    ALARM,
    COMPOSITE_ALARM,
    severity=Severity.HIGH,
    description="Each alarm acts on a topic, itself or through a composite alarm; in production, on one that somebody "
    "has subscribed to.",
    remediation="Set alarmActions to a Topic with a TopicSubscription or a chat channel, or name the alarm in the "
    "alarmRule of a CompositeAlarm that has; leave actionsEnabled alone.",
    references=References(fsbp="CloudWatch.15, CloudWatch.17", checkov="CKV_AWS_319", practice="REL06-BP03"),
)
def reaches_someone(resource: Resource, graph: Graph) -> Iterator[Finding]:
    yield from expect(resource, "actionsEnabled", lambda value: value is not False, "its actions are switched off")
    topics = graph.linked(resource, "alarmActions", TOPIC)
    if not topics:
        if resource.urn not in _rung(graph) | _suppressing(graph):
            yield "acts on no topic of this stack"
    elif resource.production and not any(topic.urn in _heard(graph) for topic in topics):
        yield "acts on a topic that nobody listens to"


@rule(
    "cloudwatch-alarm-must-name-a-runbook",
    ALARM,
    COMPOSITE_ALARM,
    severity=Severity.MEDIUM,
    description="Whoever an alarm wakes finds what to do: its description ends in a runbook, in production by address.",
    remediation="End alarmDescription with a Markdown page or a heading on it, in production by https "
    "(alarms.runbooks).",
    references=References(practice="OPS10-BP02"),
    url="https://docs.aws.amazon.com/wellarchitected/latest/framework/ops_event_response_process_per_alert.html",
)
def names_a_runbook(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if resource.urn in _suppressing(graph) and not resource.has("alarmActions"):
        return
    named = RUNBOOK.search(str(resource.get("alarmDescription") or ""))
    if named is None:
        yield "alarmDescription does not end in a runbook"
    elif resource.production and not named["folder"].startswith("https://"):
        yield "alarmDescription names a runbook without its address"


@once_per_graph
def _rung(graph: Graph) -> frozenset[str]:
    """The alarms that a composite which acts on a topic stands for, through others or not."""
    going = [one for one in graph.of(COMPOSITE_ALARM) if graph.linked(one, "alarmActions", TOPIC)]
    found: set[str] = set()
    while going:
        inside = graph.linked(going.pop(), "alarmRule", ALARM, COMPOSITE_ALARM)
        going += [one for one in inside if one.urn not in found]
        found.update(one.urn for one in inside)
    return frozenset(found)


@once_per_graph
def _suppressing(graph: Graph) -> frozenset[str]:
    """The composite alarms that keep others silent; one without an action of its own does nothing else."""
    return frozenset(
        one.urn
        for alarm in graph.of(COMPOSITE_ALARM)
        for one in graph.linked(alarm, "actionsSuppressor", COMPOSITE_ALARM)
    )


@once_per_graph
def _heard(graph: Graph) -> frozenset[str]:
    """The topics that somebody has subscribed to, by whatever way."""
    ways = [(one, name) for type_, name in LISTENING.items() for one in graph.of(type_)]
    return frozenset(topic.urn for one, name in ways for topic in graph.linked(one, name, TOPIC))


@rule(
    "cloudwatch-alarm-must-decide-missing-data",
    ALARM,
    severity=Severity.MEDIUM,
    description="Each alarm says what silence means: a dead service sends no data either.",
    remediation="Set treatMissingData, to breaching where silence is a failure.",
    references=References(practice="REL06-BP03"),
    url=ALARMS,
)
def decides_missing_data(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource,
        "treatMissingData",
        lambda value: is_one_of(value, MISSING_DATA),
        "treatMissingData is missing or not a choice",
    )


@rule(
    "sns-topic-must-be-encrypted",
    TOPIC,
    severity=Severity.MEDIUM,
    description="Topics are encrypted with a key of this stack; AWS's own key keeps CloudWatch from publishing.",
    remediation="Set kmsMasterKeyId to a key whose policy admits cloudwatch.amazonaws.com.",
    references=References(fsbp="SNS.1", checkov="CKV_AWS_26"),
)
def topic_encrypted(resource: Resource) -> Iterator[Finding]:
    if not resource.has("kmsMasterKeyId"):
        yield "kmsMasterKeyId is missing"
    elif resource.props["kmsMasterKeyId"] == "alias/aws/sns":
        yield "is encrypted with AWS's own key"


@rule(
    "sns-topic-must-have-a-listener",
    TOPIC,
    severity=Severity.HIGH,
    description="Somebody listens to each topic of production: alarms, notices and databases speak to it.",
    remediation="Add a TopicSubscription or a chat channel with the topic's ARN.",
    references=References(practice="REL06-BP03"),
    url="https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html",
    production_only=True,
)
def topic_heard(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if resource.urn not in _heard(graph):
        yield "nobody listens to it"


@rule(
    "sns-topic-policy-must-not-be-public",
    TOPIC_POLICY,
    severity=Severity.HIGH,
    description="No topic policy lets anyone publish or subscribe.",
    remediation="Name the service principal and tie it with aws:SourceAccount.",
    references=References(fsbp="SNS.4", checkov="CKV_AWS_169, CKV_AWS_385"),
    late=("policy",),
)
def topic_policy_not_public(resource: Resource) -> Iterator[Finding]:
    for statement in statements(resource.props.get("policy"), "policy"):
        if statement.is_public:
            yield "allows anyone"


@rule(
    "sns-subscription-must-be-private",
    SUBSCRIPTION,
    severity=Severity.HIGH,
    description="Notices leave over encrypted ways only.",
    remediation="Set protocol to https, email or another AWS service.",
    references=References(practice="SEC09-BP02"),
    url="https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html",
)
def subscription_private(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource, "protocol", lambda value: value not in (None, "http"), "sends over http or names no protocol"
    )
