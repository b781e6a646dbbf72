"""Entry point: completes secrets and opens cache users. Repeatable with no effect; answers with names only."""

import logging
from typing import Any, Protocol

from cache_user import open_with_password
from clients import elasticache, secrets_manager
from errors import FunctionError
from request import parse
from secret import Secret, keep

__all__ = ["FunctionError", "handler"]

logging.getLogger("secret_keeper").setLevel(logging.INFO)


class Context(Protocol):
    """The part of the Lambda context that is used here."""

    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: object, context: Context) -> dict[str, Any]:
    """Fulfil `event` (see request.py) and return the names of what was done.

    A failure part way leaves everything before it complete; the next call continues from there.
    """
    request = parse(event)
    kept = {secret.arn: keep(secrets_manager(), secret) for secret in request.secrets}
    users: dict[str, str] = {}
    for user in request.cache_users:
        secret: Secret = kept[user.secret_arn]
        users[user.user_id] = open_with_password(
            elasticache(),
            user.user_id,
            secret.fields[user.password_field],
            is_new=user.password_field in secret.created,
            remaining_seconds=lambda: context.get_remaining_time_in_millis() / 1000,
        )
    return {"secrets": {arn: {"created": list(secret.created)} for arn, secret in kept.items()}, "cacheUsers": users}
