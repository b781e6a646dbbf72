"""ElastiCache users: created closed by the deployment, opened here with the stored password."""

import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from errors import SecretKeeperError, refusal

_LOG = logging.getLogger("secret_keeper")
_POLL_SECONDS = 5.0

SET = "set"
UNCHANGED = "unchanged"


class ElastiCache(Protocol):
    """The part of the ElastiCache client that is used here."""

    def describe_users(self, **parameters: str) -> dict[str, Any]: ...
    def modify_user(self, **parameters: Any) -> dict[str, Any]: ...


def open_with_password(
    client: ElastiCache,
    user_id: str,
    password: object,
    *,
    is_new: bool,
    remaining_seconds: Callable[[], float],
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Put the user in password mode, unless it is there already with this password; wait until it is active.

    AWS never shows a password, so `is_new` (generated in this call) decides whether one that is set is still right.
    Returns `set` or `unchanged`. Raises SecretKeeperError, also when `remaining_seconds` run out.
    """
    if not isinstance(password, str) or not password:
        raise SecretKeeperError(f"cache user {user_id}: its password field must be non-empty text")
    user = _wait_until_active(client, user_id, remaining_seconds, sleep)
    if user.get("Authentication", {}).get("Type") == "password" and not is_new:
        return UNCHANGED
    try:
        client.modify_user(UserId=user_id, AuthenticationMode={"Type": "password", "Passwords": [password]})
    except (ClientError, BotoCoreError) as error:
        raise refusal(f"cache user {user_id}", "ModifyUser", error) from None
    _wait_until_active(client, user_id, remaining_seconds, sleep)
    _LOG.info("cache user %s: password set", user_id)
    return SET


def _wait_until_active(
    client: ElastiCache, user_id: str, remaining_seconds: Callable[[], float], sleep: Callable[[float], None]
) -> dict[str, Any]:
    while True:
        try:
            user: dict[str, Any] = client.describe_users(UserId=user_id)["Users"][0]
        except (ClientError, BotoCoreError) as error:
            raise refusal(f"cache user {user_id}", "DescribeUsers", error) from None
        if user["Status"] == "active":
            return user
        if remaining_seconds() < 2 * _POLL_SECONDS:
            raise SecretKeeperError(
                f"cache user {user_id}: still {user['Status']} at the time limit; run the update again"
            )
        sleep(_POLL_SECONDS)
