"""The stack that the pack is measured on: prod several times over, each copy whole and apart from the others."""

from typing import Any

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from sandbox.bench_pack import copies

ROOT = "urn:pulumi:prod::dify::pulumi:pulumi:Stack::dify-prod"
LOGS, ALARM = "urn:pulumi:prod::dify::logs:Group::api", "urn:pulumi:prod::dify::alarm:Alarm::api"


def stack() -> Any:
    """A log group, and an alarm that depends on it and names it."""
    found: Any = analyzer_pb2.AnalyzeStackRequest()
    found.resources.add(type="pulumi:pulumi:Stack", name="dify-prod", urn=ROOT)
    logs = found.resources.add(type="logs:Group", name="api", urn=LOGS, parent=ROOT)
    logs.properties.update({"name": "/dify/api", "arn": UNKNOWN_STRING_VALUE})
    alarm = found.resources.add(type="alarm:Alarm", name="api", urn=ALARM, parent=LOGS, dependencies=[LOGS])
    alarm.properties.update({"about": [{"group": "/dify/api"}], "of": UNKNOWN_STRING_VALUE, "period": 60, "kind": "a"})
    alarm.propertyDependencies["about"].urns.append(LOGS)
    return found


def test_one_copy_is_the_stack_itself() -> None:
    assert copies(stack(), 1) == stack()


def test_no_copy_is_nothing() -> None:
    assert not copies(stack(), 0).resources


def test_copies_share_the_root_and_nothing_else() -> None:
    found = copies(stack(), 3).resources
    assert len({one.urn for one in found}) == len(found) == 1 + 3 * 2
    second = {one.type: one for one in found if one.urn.endswith("-1")}
    logs, alarm = second["logs:Group"], second["alarm:Alarm"]
    assert (logs.parent, alarm.parent) == (ROOT, logs.urn)
    assert list(alarm.dependencies) == list(alarm.propertyDependencies["about"].urns) == [logs.urn]
    assert alarm.properties["about"][0]["group"] == logs.properties["name"] == "/dify/api-1"


def test_a_copy_knows_no_more_and_is_no_other_than_the_first() -> None:
    alarm = copies(stack(), 2).resources[-1]
    assert (alarm.properties["of"], alarm.properties["period"], alarm.properties["kind"]) == (
        UNKNOWN_STRING_VALUE,
        60,
        "a",
    )
