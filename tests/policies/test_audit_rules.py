"""What the one case of each audit rule leaves out: every watcher, every search, every way to weaken a refusal."""

from collections.abc import Callable
from typing import Any

import pytest

from policies.guardrails import tokens as t
from policies.guardrails.audit import SEARCHED_FOR
from policies.guardrails.detection import FEATURES, SOURCES, STANDARDS, WATCHERS
from policies.guardrails.rule import RULES
from tests.policies.case import Change, remove_all, rewrite
from tests.policies.cases_audit import take, with_further_condition, without
from tests.policies.graph_adapter import Declared, Stack, judge
from tests.policies.stacks import Stacks

_BY_NAME = {rule.name: rule.policy for rule in RULES}


def _said(stack: Stack, rule: str) -> list[str]:
    return [message for _, _, message in judge(stack, [_BY_NAME[rule]]).violations]


def _one(stack: Stack, type_: str, holds: Callable[[Declared], bool] = lambda _: True) -> Declared:
    return next(one for one in stack if one.type == type_ and holds(one))


@pytest.mark.parametrize("watcher", WATCHERS)
def test_production_without_one_watcher_is_refused_by_its_name(stack_of: Stacks, watcher: str) -> None:
    stack = stack_of("prod")
    remove_all(watcher)(stack, stack[0])
    (message,) = _said(stack, "account-detection-must-be-complete")
    assert message.endswith(f"nothing in this stack switches on {WATCHERS[watcher]}")


@pytest.mark.parametrize("what", SEARCHED_FOR)
def test_a_trail_that_is_not_searched_for_one_thing_is_refused_by_its_name(stack_of: Stacks, what: str) -> None:
    stack = stack_of("prod")
    stack[:] = [
        one
        for one in stack
        if one.type != t.METRIC_FILTER or not all(term in one.props["pattern"] for term in SEARCHED_FOR[what])
    ]
    assert any(
        message.endswith(f"is not searched for {what}") for message in _said(stack, "cloudtrail-trail-must-be-searched")
    )


@pytest.mark.parametrize("service", SOURCES)
def test_findings_of_each_service_must_be_sent(stack_of: Stacks, service: str) -> None:
    stack = stack_of("prod")
    stack[:] = [one for one in stack if SOURCES[service] not in one.props.get("eventPattern", "")]
    (message,) = _said(stack, "account-findings-must-reach-someone")
    assert SOURCES[service] in message


def test_findings_that_are_sent_to_no_topic_are_not_sent(stack_of: Stacks) -> None:
    stack = stack_of("prod")
    for target in (one for one in stack if one.type == t.EVENT_TARGET):
        target.links.pop("arn", None)
    assert len(_said(stack, "account-findings-must-reach-someone")) == len(SOURCES)


@pytest.mark.parametrize("feature", FEATURES)
def test_guard_duty_must_read_each_source(stack_of: Stacks, feature: str) -> None:
    stack = stack_of("prod")
    _one(stack, t.DETECTOR_FEATURE, lambda one: one.props["name"] == feature).props["status"] = "DISABLED"
    (message,) = _said(stack, "guardduty-detector-must-read-every-source")
    assert message.endswith(f"does not read {feature}")


@pytest.mark.parametrize("standard", STANDARDS)
def test_each_standard_must_be_followed(stack_of: Stacks, standard: str) -> None:
    stack = stack_of("prod")
    stack[:] = [one for one in stack if f"standards/{standard}/" not in str(one.props.get("standardsArn"))]
    (message,) = _said(stack, "securityhub-account-must-follow-standards")
    assert message.endswith(standard)


@pytest.mark.parametrize(
    ("rule", "sid"),
    [
        ("s3-bucket-must-refuse-old-tls", "ModernTls"),
        ("s3-bucket-must-refuse-other-accounts", "OwnAccount"),
        ("s3-bucket-must-refuse-other-encryption", "OwnEncryption"),
        ("s3-bucket-must-refuse-other-encryption", "OwnKey"),
        ("s3-bucket-must-refuse-other-encryption", "NoKeysOfCallers"),
    ],
)
@pytest.mark.parametrize("weaken", [without, with_further_condition], ids=["removed", "narrowed"])
def test_a_refusal_that_is_gone_or_holds_for_some_only_is_none(
    stack_of: Stacks, rule: str, sid: str, weaken: Callable[[str], Change]
) -> None:
    stack = stack_of("prod")
    policy = _one(stack, t.BUCKET_POLICY, lambda one: one.name == "storage-files-policy")
    weaken(sid)(stack, policy)
    (message,) = _said(stack, rule)
    assert message.startswith("storage-files-bucket: ")


def test_two_accounts_are_one_too_many(stack_of: Stacks) -> None:
    def edit(document: Any) -> Any:
        for statement in document["Statement"]:
            if statement["Sid"] == "OwnAccount":
                statement["Condition"]["StringNotEquals"] = {"aws:PrincipalAccount": ["111122223333", "999988887777"]}
        return document

    stack = stack_of("prod")
    policy = _one(stack, t.BUCKET_POLICY, lambda one: one.name == "storage-files-policy")
    rewrite("policy", edit)(stack, policy)
    assert len(_said(stack, "s3-bucket-must-refuse-other-accounts")) == 1


def test_a_trail_must_not_watch_the_bucket_that_it_writes_to(stack_of: Stacks) -> None:
    stack = stack_of("prod")
    trail = _one(stack, t.TRAIL)
    trail.links["advancedEventSelectors"] += trail.links["s3BucketName"]
    (message,) = _said(stack, "cloudtrail-trail-must-record-objects")
    assert "records its own writes" in message


@pytest.mark.parametrize("number", [0, 1])
def test_a_trail_that_records_writes_only_is_refused(stack_of: Stacks, number: int) -> None:
    stack = stack_of("prod")
    selectors = _one(stack, t.TRAIL).props["advancedEventSelectors"]
    selectors[number]["fieldSelectors"].append({"field": "readOnly", "equals": ["false"]})
    assert len(_said(stack, "cloudtrail-trail-must-record-objects")) == 1


def test_config_must_not_deliver_to_a_locked_bucket_because_it_cannot(stack_of: Stacks) -> None:
    stack = stack_of("prod")
    _one(stack, t.RECORDER_CHANNEL).links["s3BucketName"] = list(_one(stack, t.TRAIL).links["s3BucketName"])
    (message,) = _said(stack, "config-recorder-must-record-everything")
    assert message.endswith("which is locked: AWS Config refuses that")


def test_a_bucket_without_a_lock_needs_a_backup(stack_of: Stacks) -> None:
    stack = stack_of("prod")
    assert _said(stack, "backup-selection-must-cover-stores") == []
    take(t.BUCKET_LOCK)(stack, stack[0])
    (message,) = _said(stack, "backup-selection-must-cover-stores")
    assert message.startswith("audit-store-records-bucket: ")


def test_an_alarm_by_plain_dimensions_watches_a_filter_too(stack_of: Stacks) -> None:
    stack = stack_of("prod")
    subject = _one(stack, t.METRIC_FILTER)
    counted = subject.props["metricTransformation"]
    counted["name"] = "else"
    assert len(_said(stack, "logs-metric-filter-must-ring")) == 1
    props = {"namespace": counted["namespace"], "metricName": "else"}
    stack.append(Declared(type=t.ALARM, name="added", props=props))
    assert _said(stack, "logs-metric-filter-must-ring") == []


def test_a_filter_on_another_log_group_than_the_trails_may_be_silent(stack_of: Stacks) -> None:
    stack = stack_of("prod")
    group = _one(stack, t.LOG_GROUP, lambda one: one.name != "trail-logs")
    props = {"metricTransformation": {"namespace": "Other", "name": "other"}, "pattern": "error"}
    stack.append(Declared(type=t.METRIC_FILTER, name="added", props=props, links={"logGroupName": [group.urn]}))
    assert _said(stack, "logs-metric-filter-must-ring") == []
