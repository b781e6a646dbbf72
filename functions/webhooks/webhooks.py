"""Entry point: subscribes endpoints whose addresses are secrets. Repeatable with no effect; answers with numbers."""

import logging
import re
from typing import Any

from clients import secrets_manager, sns
from errors import FunctionError
from stored_secret import current_version
from webhook_request import parse
from webhook_subscriptions import keep

__all__ = ["FunctionError", "handler"]

logging.getLogger("webhooks").setLevel(logging.INFO)

_FIELD = "url"
_ADDRESS = re.compile(r"https://[^\s/@]+(?:/\S*)?")


def handler(event: object, _context: object) -> dict[str, Any]:
    """Fulfil `event` (see webhook_request.py). A failure part way leaves everything before it as asked; the next call
    continues from there."""
    request = parse(event)
    addresses = {_address(secret) for secret in request.secrets}
    return {"topics": {topic: keep(sns(_region(topic)), topic, addresses) for topic in request.topics}}


def _address(secret: str) -> str:
    address = current_version(secrets_manager(), secret).text(_FIELD)
    if _ADDRESS.fullmatch(address) is None:
        raise FunctionError(f"secret {secret}: field {_FIELD} must be an HTTPS address")
    return address


def _region(topic: str) -> str:
    """SNS answers for topics of its own region only."""
    return topic.split(":")[3]
