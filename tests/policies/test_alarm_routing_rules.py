"""The rules about who hears an alarm, what it says to do, and what has one, on hand-made alarms."""

import pytest

from policies.guardrails import tokens as t
from policies.guardrails.alarm_coverage import SIGNS
from policies.guardrails.observability import LISTENING
from tests.policies.graph_adapter import Declared
from tests.policies.hand_made_alarms import CPU, alarm, said

REACH = "must-reach-someone"
SILENT = "database: has alarms on 0 of 1 that may fall silent"


def topic(name: str = "topic", *, heard_by: str | None = t.SUBSCRIPTION) -> list[Declared]:
    made = Declared(type=t.TOPIC, name=name)
    if heard_by is None:
        return [made]
    return [made, Declared(type=heard_by, name=f"{name}-listener", links={LISTENING[heard_by]: [made.urn]})]


def composite(name: str, *inside: Declared, acts: Declared | None = None, but: Declared | None = None) -> Declared:
    """One over `inside` that acts on `acts`, and is silent while `but` rings."""
    links = {
        "alarmRule": [one.urn for one in inside],
        "alarmActions": [acts.urn] if acts else [],
        "actionsSuppressor": [but.urn] if but else [],
    }
    description = "Look below. https://example.com/docs/runbooks/database.md"
    return Declared(type=t.COMPOSITE_ALARM, name=name, links=links, props={"alarmDescription": description})


@pytest.mark.parametrize("heard_by", [t.SUBSCRIPTION, t.CHAT_CHANNEL, t.INVOCATION])
def test_a_topic_is_heard_by_mail_in_a_chat_or_where_a_function_subscribes(heard_by: str) -> None:
    stack = topic(heard_by=heard_by)
    assert said(REACH, alarm(links={"alarmActions": [stack[0].urn]}), *stack) == []


def test_a_topic_that_nobody_listens_to_reaches_nobody_in_production_and_is_enough_elsewhere() -> None:
    (made,) = topic(heard_by=None)
    ringing = alarm(links={"alarmActions": [made.urn]})
    assert said(REACH, ringing, made) == ["alarm: acts on a topic that nobody listens to"]
    ringing.urn, ringing.stack = ringing.urn.replace(":prod::", ":dev::"), "dev"
    assert said(REACH, ringing, made) == []


def test_an_alarm_is_heard_through_the_composite_that_stands_for_it() -> None:
    stack, ringing = topic(), alarm()
    assert said(REACH, ringing, composite("pager", ringing, acts=stack[0]), *stack) == []
    inner = composite("inner", ringing)
    assert said(REACH, ringing, inner, composite("outer", inner, acts=stack[0]), *stack) == []


def test_a_composite_without_an_action_speaks_for_nobody() -> None:
    ringing = alarm()
    assert said(REACH, ringing, composite("pager", ringing)) == [
        "alarm: acts on no topic of this stack",
        "pager: acts on no topic of this stack",
    ]


def test_a_composite_on_a_topic_that_nobody_listens_to_is_found_itself() -> None:
    (made,) = topic(heard_by=None)
    ringing = alarm()
    assert said(REACH, ringing, composite("pager", ringing, acts=made), made) == [
        "pager: acts on a topic that nobody listens to"
    ]


def test_a_composite_that_only_keeps_others_silent_need_tell_nobody_but_what_is_in_it_must_be_told() -> None:
    stack, cause, effect = topic(), alarm(name="cause"), alarm(name="effect")
    causes = composite("causes", cause)
    pager = composite("pager", effect, acts=stack[0], but=causes)
    assert said(REACH, cause, effect, causes, pager, *stack) == ["cause: acts on no topic of this stack"]


def test_a_plain_alarm_that_keeps_others_silent_is_a_fault_that_somebody_must_hear_of() -> None:
    stack, cause, effect = topic(), alarm(name="cause"), alarm(name="effect")
    pager = composite("pager", effect, acts=stack[0], but=cause)
    assert said(REACH, cause, effect, pager, *stack) == ["cause: acts on no topic of this stack"]


def test_an_alarm_with_its_actions_off_reaches_nobody() -> None:
    stack = topic()
    off = alarm(links={"alarmActions": [stack[0].urn]}, actionsEnabled=False)
    assert said(REACH, off, *stack) == ["alarm: its actions are switched off"]


@pytest.mark.parametrize(
    ("description", "passes"),
    [
        ("Too much. https://example.com/docs/runbooks/database.md", True),
        ("Too much. https://example.com/docs/runbooks/database.md#cpu-use", True),
        ("https://example.com/database.md", True),
        ("Too much. http://example.com/docs/runbooks/database.md", False),
        ("Too much. docs/runbooks/database.md", False),
        ("Too much. https://example.com/docs/runbooks/database.html", False),
        ("See https://example.com/docs/runbooks/database.md for more", False),
        ("Too much. https://example.com/docs/runbooks/.md", False),
        ("", False),
    ],
)
def test_a_description_ends_in_the_address_of_a_runbook(description: str, *, passes: bool) -> None:
    assert (said("must-name-a-runbook", alarm(alarmDescription=description)) == []) is passes


def test_outside_production_the_page_in_the_repository_is_enough() -> None:
    relaxed = alarm(alarmDescription="Too much. docs/runbooks/database.md#cpu")
    assert len(said("must-name-a-runbook", relaxed)) == 1
    relaxed.urn, relaxed.stack = relaxed.urn.replace(":prod::", ":staging::"), "staging"
    assert said("must-name-a-runbook", relaxed) == []


def test_a_composite_names_a_runbook_unless_it_only_keeps_others_silent() -> None:
    stack, effect = topic(), alarm()
    causes = composite("causes", effect)
    pager = composite("pager", effect, acts=stack[0], but=causes)
    causes.props, pager.props = {"alarmDescription": "Why"}, {"alarmDescription": "Look", "alarmActions": ["topic"]}
    assert said("must-name-a-runbook", causes, pager, *stack) == ["pager: alarmDescription does not end in a runbook"]
    causes.props["alarmActions"] = ["topic"]
    assert len(said("must-name-a-runbook", causes, pager, *stack)) == 2


def test_an_alarm_may_name_what_it_watches_in_so_many_words() -> None:
    database = Declared(type=t.DATABASE, name="database", props={"identifier": "dify"})
    missing = {f"database: has alarms on 0 of 1 {name}" for name in SIGNS[t.DATABASE]}
    assert {*said("must-watch-what-can-fail", database)} == missing | {SILENT}
    missing.remove("database: has alarms on 0 of 1 CPUUtilization")
    assert {*said("must-watch-what-can-fail", database, alarm(CPU))} == missing | {SILENT}
    heard = alarm({**CPU, "stat": "SampleCount"}, name="heard")
    assert {*said("must-watch-what-can-fail", database, alarm(CPU), heard)} == missing


def cache_alarm(name: str, *nodes: str, stat: str = "Average") -> Declared:
    metric = {"namespace": "AWS/ElastiCache", "metricName": name, "stat": stat, "period": 60}
    return alarm(*({**metric, "dimensions": {"CacheClusterId": node}} for node in nodes), name=f"{name}-{nodes}-{stat}")


def test_each_node_of_a_cache_is_watched_by_alarms_of_its_own_or_by_one_over_all() -> None:
    cache = Declared(type=t.CACHE, name="cache", props={"numCacheClusters": 2, "replicationGroupId": "dify"})
    nodes = ("dify-001", "dify-002")
    each = ("EngineCPUUtilization", "DatabaseMemoryUsagePercentage", "ReplicationLag")
    alarms = [cache_alarm(name, node) for name in each for node in nodes]
    alarms += [cache_alarm("EngineCPUUtilization", node, stat="SampleCount") for node in nodes]
    alarms += [cache_alarm("Evictions", *nodes)]
    for one in alarms:
        one.links["metricQueries"] = [cache.urn]
    assert said("must-watch-what-can-fail", cache, *alarms) == []
    # A cache of one node has no replica that could lag.
    cache.props["numCacheClusters"] = 1
    assert said("must-watch-what-can-fail", cache, *alarms[:4], *alarms[6:]) == []
    cache.props["numCacheClusters"] = 2
    assert said("must-watch-what-can-fail", cache, *alarms[:4], *alarms[6:]) == [
        "cache: has alarms on 0 of 2 ReplicationLag"
    ]
    assert said("must-watch-what-can-fail", cache, *alarms[:6], *alarms[7:]) == [
        "cache: has alarms on 1 of 2 that may fall silent"
    ]
