"""The whole function against moto's Secrets Manager and SNS, and against an SNS that is in the way."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.webhooks import webhooks
from functions.webhooks.webhooks import FunctionError, handler

HOME, AWAY = "eu-central-1", "eu-west-1"
ADDRESS = "https://events.pager.example.com/integration/0123456789abcdef/enqueue"
OTHER = "https://hooks.desk.example.com/v1?key=fedcba9876543210"


def client(service: str, region: str = HOME) -> Any:
    return cast("Any", boto3.client)(service, region_name=region)  # pyright: ignore[reportUnknownMemberType]


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mock_aws():
        yield


def topic(name: str = "page", region: str = HOME) -> str:
    return client("sns", region).create_topic(Name=f"notifications-{name}-topic-1a2b3c4")["TopicArn"]


def secret(address: str = ADDRESS, name: str = "pager") -> str:
    text = json.dumps({"url": address})
    return client("secretsmanager").create_secret(Name=name, SecretString=text)["ARN"]


def listeners(arn: str) -> list[str]:
    found = client("sns", arn.split(":")[3]).list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    return sorted(one["Endpoint"] for one in found)


def request(topics: list[str], *secrets: str, **more: Any) -> dict[str, Any]:
    return {"topics": topics, "secrets": list(secrets), **more}


def test_the_address_hears_the_topics_it_is_named_for_in_every_region() -> None:
    page, ticket, away = topic(), topic("ticket"), topic(region=AWAY)
    answer = handler(request([page, away], secret()), None)
    assert listeners(page) == listeners(away) == [ADDRESS]
    assert listeners(ticket) == []
    assert answer["topics"][page] == {"added": 1, "kept": 0, "removed": 0}


def test_a_second_call_has_no_effect() -> None:
    page, pager = topic(), secret()
    handler(request([page], pager), None)
    assert handler(request([page], pager), None) == {"topics": {page: {"added": 0, "kept": 1, "removed": 0}}}
    assert listeners(page) == [ADDRESS]


def test_a_new_address_takes_the_place_of_the_old_one() -> None:
    page, pager = topic(), secret()
    handler(request([page], pager), None)
    client("secretsmanager").put_secret_value(SecretId=pager, SecretString=json.dumps({"url": OTHER}))
    handler(request([page], pager), None)
    assert listeners(page) == [OTHER]


def test_who_is_no_longer_named_hears_nothing_any_more() -> None:
    page, pager, desk = topic(), secret(), secret(OTHER, "desk")
    handler(request([page], pager, desk), None)
    assert listeners(page) == [ADDRESS, OTHER]
    handler(request([page], pager), None)
    assert listeners(page) == [ADDRESS]


def test_when_it_is_removed_nobody_goes_on_listening() -> None:
    page, pager = topic(), secret()
    handler(request([page], pager, tf={"action": "create"}), None)
    assert listeners(page) == [ADDRESS]
    handler(request([page], pager, tf={"action": "delete", "prev_input": {}}), None)
    assert listeners(page) == []


def test_what_others_subscribed_stays() -> None:
    page = topic()
    sns = client("sns")
    sns.subscribe(TopicArn=page, Protocol="https", Endpoint="https://alarms.example.com/dify")
    sns.subscribe(TopicArn=page, Protocol="email", Endpoint="ops@example.com")
    handler(request([page], secret()), None)
    handler(request([page]), None)
    assert listeners(page) == ["https://alarms.example.com/dify", "ops@example.com"]


@pytest.mark.parametrize("address", ["http://pager.example.com/x", "https://user:pw@pager.example.com", "pager", ""])
def test_what_is_no_https_address_is_refused_unseen(address: str) -> None:
    page, pager = topic(), secret(address or " ")
    with pytest.raises(FunctionError, match="field url must be an HTTPS address") as refused:
        handler(request([page], pager), None)
    assert address == "" or address not in str(refused.value).replace(pager, "")
    assert listeners(page) == []


def test_a_secret_without_the_field_is_named_with_the_field() -> None:
    page = topic()
    arn = client("secretsmanager").create_secret(Name="empty", SecretString="{}")["ARN"]
    with pytest.raises(FunctionError, match="field url must be non-empty text"):
        handler(request([page], arn), None)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"topics": []}, "event: secrets is missing"),
        ({"topics": ["x"], "secrets": []}, "event.topics: must be ARNs of SNS topics"),
        ({"topics": [], "secrets": ["x"]}, "event.secrets: must be the ARN of a Secrets Manager secret"),
        ({"topics": [], "secrets": [], "url": ADDRESS}, "event: unknown key url"),
    ],
)
def test_a_wrong_request_is_refused(event: dict[str, Any], said: str) -> None:
    with pytest.raises(FunctionError, match=said):
        handler(event, None)


@dataclass
class SlowSns:
    """An SNS with endpoints that have not confirmed yet, on pages of one, which may refuse with its input in words."""

    pending: list[str] = field(default_factory=list[str])
    confirmed: list[str] = field(default_factory=list[str])
    asked: list[str] = field(default_factory=list[str])
    refuses: bool = False

    def list_subscriptions_by_topic(self, **parameters: str) -> dict[str, Any]:
        at = int(parameters.get("NextToken", 0))
        every = [*((one, "PendingConfirmation") for one in self.pending), *((one, "arn") for one in self.confirmed)]
        found = [{"SubscriptionArn": arn, "Protocol": "https", "Endpoint": one} for one, arn in every[at : at + 1]]
        more = {"NextToken": str(at + 1)} if at + 1 < len(every) else {}
        return {"Subscriptions": found, **more}

    def get_subscription_attributes(self, **parameters: str) -> dict[str, Any]:
        assert parameters["SubscriptionArn"] == "arn", "a subscription that is not confirmed has no attributes"
        return {"Attributes": {}}

    def subscribe(self, **parameters: Any) -> dict[str, Any]:
        if self.refuses:
            error = {"Error": {"Code": "InvalidParameter", "Message": f"Endpoint {parameters['Endpoint']}"}}
            raise ClientError(cast("Any", error), "Subscribe")
        self.asked.append(parameters["Endpoint"])
        return {}

    def unsubscribe(self, **_: str) -> None:
        raise AssertionError("nothing here is the function's own")


def _meet(sns: SlowSns, monkeypatch: pytest.MonkeyPatch) -> None:
    def of_region(_region: str) -> SlowSns:
        return sns

    monkeypatch.setattr(webhooks, "sns", of_region)


def test_who_never_confirmed_is_asked_again_and_the_others_are_left_to_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    sns = SlowSns(pending=[OTHER, ADDRESS])
    _meet(sns, monkeypatch)
    page = topic()
    assert handler(request([page], secret()), None)["topics"][page]["added"] == 1
    assert sns.asked == [ADDRESS]


def test_a_topic_with_many_listeners_is_looked_at_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    sns = SlowSns(confirmed=[OTHER, ADDRESS])
    _meet(sns, monkeypatch)
    page = topic()
    assert handler(request([page], secret()), None)["topics"][page] == {"added": 0, "kept": 1, "removed": 0}


def test_a_refusal_of_sns_names_the_topic_and_not_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    _meet(SlowSns(refuses=True), monkeypatch)
    page = topic()
    with pytest.raises(FunctionError) as refused:
        handler(request([page], secret()), None)
    assert page in str(refused.value)
    assert "InvalidParameter" in str(refused.value)
    assert "pager.example.com" not in str(refused.value)


def test_no_address_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    page, pager = topic(), secret()
    with caplog.at_level(logging.DEBUG):
        answer = handler(request([page], pager), None)
    assert "0123456789abcdef" not in caplog.text + json.dumps(answer)
