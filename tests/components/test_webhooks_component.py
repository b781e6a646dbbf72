"""Who hears of alarms at addresses that are secrets, and in chat channels."""

import json
from functools import cache
from typing import Any

from components.chat import Chat, ChatArgs
from components.webhooks import Webhooks, WebhooksArgs
from settings.severity import Severity
from settings.subscription import Subscription
from tests.components.component_graphs import LOGS, document, site
from tests.recorder import Graph, record

_PAGER = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:pager-AbCdEf"
_DESK = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:desk-AbCdEf"
_HOME = {severity: f"home-{severity.value}" for severity in Severity}
_AWAY = {severity: f"away-{severity.value}" for severity in Severity}


def _subscriptions(*given: dict[str, Any]) -> list[Subscription]:
    return [Subscription.model_validate_json(json.dumps(one)) for one in given]


@cache
def _webhooks() -> Graph:
    told = _subscriptions({"webhook": _PAGER, "severities": ["page"]}, {"webhook": _DESK, "severities": ["ticket"]})
    args = WebhooksArgs(site=site(), logs=LOGS, subscriptions=told, topics=[_HOME, _AWAY])
    return record(lambda: Webhooks("webhooks", args))


@cache
def _chat() -> Graph:
    told = _subscriptions(
        {"slack": {"workspace": "T0123456789", "channel": "C0000000001"}, "severities": ["page"]},
        {"slack": {"workspace": "T0123456789", "channel": "C0000000002"}, "severities": ["ticket", "info"]},
    )
    return record(lambda: Chat("chat", ChatArgs(site=site(), subscriptions=told, topics=[_HOME, _AWAY])))


def _statements() -> dict[str, dict[str, Any]]:
    return {one["Sid"]: one for one in document(_webhooks().named("webhooks-role-policy").inputs["policy"])}


def test_each_secret_hears_its_severities_in_every_region() -> None:
    asked = {one.name: json.loads(one.inputs["input"]) for one in _webhooks().of(":Invocation")}
    assert asked == {
        "webhooks-page": {"topics": ["home-page", "away-page"], "secrets": [_PAGER]},
        "webhooks-ticket": {"topics": ["home-ticket", "away-ticket"], "secrets": [_DESK]},
    }


def test_the_function_is_told_when_nobody_hears_a_severity_so_that_nobody_goes_on_listening() -> None:
    assert {one.inputs["lifecycleScope"] for one in _webhooks().of(":Invocation")} == {"CRUD"}


def test_the_function_is_asked_once_at_a_time_because_it_runs_so() -> None:
    page, ticket = _webhooks().named("webhooks-page"), _webhooks().named("webhooks-ticket")
    assert page.urn in ticket.dependencies


def test_the_function_reads_the_named_secrets_and_subscribes_https_alone() -> None:
    statements = _statements()
    assert statements["ReadAddresses"]["Resource"] == [_PAGER, _DESK]
    assert statements["Subscribe"]["Condition"] == {"StringEquals": {"sns:Protocol": "https"}}
    topics = sorted([*_HOME.values(), *_AWAY.values()])
    assert sorted(statements["Subscribe"]["Resource"]) == topics
    assert sorted(statements["SeeSubscriptions"]["Resource"]) == topics
    assert statements["OwnSubscriptions"]["Action"] == ["sns:GetSubscriptionAttributes", "sns:Unsubscribe"]


def test_a_channel_hears_its_severities_in_every_region() -> None:
    channel = _chat().named("chat-C0000000002-configuration").inputs
    assert (channel["slackTeamId"], channel["slackChannelId"]) == ("T0123456789", "C0000000002")
    assert channel["snsTopicArns"] == ["home-ticket", "home-info", "away-ticket", "away-info"]


def test_nobody_does_anything_in_aws_from_a_channel() -> None:
    for channel in _chat().of(":SlackChannelConfiguration"):
        assert channel.inputs["guardrailPolicyArns"] == ["arn:aws:iam::aws:policy/AWSDenyAll"]
        assert channel.inputs["userAuthorizationRequired"] is True
    assert len(_chat().of("iam/role:Role")) == 2
    assert _chat().of(":RolePolicy") == _chat().of(":RolePolicyAttachment") == []
