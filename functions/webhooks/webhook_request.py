"""What is asked for, checked: which topics are heard at which addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from errors import FunctionError
from shapes import json_object, secret_arn, text_list

_LIFECYCLE = "tf"
"""What the AWS provider adds to the request of an invocation that is told of its own end (aws_lambda_invocation,
`lifecycle_scope` CRUD)."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """Each of `topics` is heard at the address in each of `secrets`, and at none that this function gave it before."""

    topics: tuple[str, ...]
    secrets: tuple[str, ...]


def parse(event: object) -> Request:
    """The request in `event`; nobody listens any more where it says that it is being removed. Raises FunctionError."""
    item = json_object(event, "event", required={"topics", "secrets"}, optional={_LIFECYCLE})
    topics = text_list(item["topics"], "event.topics")
    if not all(topic.startswith("arn:") and ":sns:" in topic for topic in topics):
        raise FunctionError("event.topics: must be ARNs of SNS topics")
    secrets = tuple(secret_arn(one, "event.secrets") for one in text_list(item["secrets"], "event.secrets"))
    return Request(topics=topics, secrets=() if _is_removed(item) else secrets)


def _is_removed(item: Mapping[str, object]) -> bool:
    lifecycle = item.get(_LIFECYCLE)
    return isinstance(lifecycle, dict) and cast("dict[str, object]", lifecycle).get("action") == "delete"
