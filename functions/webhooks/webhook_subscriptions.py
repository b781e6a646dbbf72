"""HTTPS subscriptions of one SNS topic. No address leaves this module, in a message or otherwise."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, cast

from botocore.exceptions import BotoCoreError, ClientError
from errors import refusal

_PENDING = "PendingConfirmation"
"""What SNS lists in place of an ARN until an endpoint confirms (API reference, ListSubscriptionsByTopic)."""

PATIENCE = {"minDelayTarget": 5, "maxDelayTarget": 120, "numRetries": 20, "backoffFunction": "exponential"}
"""How SNS tries again: longer than its three times 20 seconds (Amazon SNS Developer Guide, "Message delivery retries"),
for a pager that is away. It is also the mark by which this function knows the subscriptions that it made."""


class Topics(Protocol):
    """The part of the SNS client that is used here."""

    def list_subscriptions_by_topic(self, **parameters: str) -> dict[str, Any]: ...
    def get_subscription_attributes(self, **parameters: str) -> dict[str, Any]: ...
    def subscribe(self, **parameters: Any) -> dict[str, Any]: ...
    def unsubscribe(self, **parameters: str) -> object: ...


@dataclass(frozen=True, kw_only=True, repr=False)
class _Subscription:
    arn: str
    endpoint: str


def keep(client: Topics, topic: str, addresses: Collection[str]) -> dict[str, int]:
    """Let exactly `addresses` hear `topic`, as far as this function is concerned: what others subscribed stays.

    Returns how many were added, were there, and were removed. Raises FunctionError.
    """
    try:
        listed = list(_listed(client, topic))
        # One that never confirmed is asked once more.
        there = {one.endpoint for one in listed if one.arn != _PENDING}
        missing = [address for address in addresses if address not in there]
        gone = [one for one in listed if one.endpoint not in addresses and _is_own(client, one)]
        for address in missing:
            client.subscribe(
                TopicArn=topic,
                Protocol="https",
                Endpoint=address,
                Attributes={"DeliveryPolicy": json.dumps({"healthyRetryPolicy": PATIENCE})},
                ReturnSubscriptionArn=True,
            )
        for one in gone:
            client.unsubscribe(SubscriptionArn=one.arn)
    except (ClientError, BotoCoreError) as error:
        raise refusal(f"topic {topic}", "keeping its subscriptions", error) from None
    return {"added": len(missing), "kept": len(addresses) - len(missing), "removed": len(gone)}


def _listed(client: Topics, topic: str) -> Iterator[_Subscription]:
    more: dict[str, str] = {}
    while True:
        page = client.list_subscriptions_by_topic(TopicArn=topic, **more)
        for found in cast("list[dict[str, str]]", page["Subscriptions"]):
            if found["Protocol"] == "https":
                yield _Subscription(arn=found["SubscriptionArn"], endpoint=found["Endpoint"])
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}


def _is_own(client: Topics, one: _Subscription) -> bool:
    if one.arn == _PENDING:
        return False
    attributes = client.get_subscription_attributes(SubscriptionArn=one.arn)["Attributes"]
    policy: dict[str, Any] = json.loads(attributes.get("DeliveryPolicy") or "{}")
    retries = cast("dict[str, Any]", policy.get("healthyRetryPolicy") or {})
    return PATIENCE.items() <= retries.items()
