"""The passwords of an ElastiCache user, which AWS takes but never shows."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from errors import FunctionError, refusal

_POLL_SECONDS = 5.0


class ElastiCache(Protocol):
    """The part of the ElastiCache client that the functions use."""

    def describe_users(self, **parameters: str) -> dict[str, Any]: ...
    def modify_user(self, **parameters: Any) -> dict[str, Any]: ...


def set_passwords(
    client: ElastiCache,
    user_id: str,
    passwords: Sequence[str],
    remaining_seconds: Callable[[], float],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Make `passwords`, one or two, the only ones of an active user, and wait until it is active again.

    Raises FunctionError, also when `remaining_seconds` run out; the call can then be repeated.
    """
    try:
        client.modify_user(UserId=user_id, AuthenticationMode={"Type": "password", "Passwords": list(passwords)})
    except (ClientError, BotoCoreError) as error:
        raise refusal(f"cache user {user_id}", "ModifyUser", error) from None
    wait_until_active(client, user_id, remaining_seconds, sleep)


def wait_until_active(
    client: ElastiCache,
    user_id: str,
    remaining_seconds: Callable[[], float],
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """The user, once no change of it is under way: before that AWS refuses the next change. Raises FunctionError."""
    while True:
        try:
            user: dict[str, Any] = client.describe_users(UserId=user_id)["Users"][0]
        except (ClientError, BotoCoreError) as error:
            raise refusal(f"cache user {user_id}", "DescribeUsers", error) from None
        if user["Status"] == "active":
            return user
        if remaining_seconds() < 2 * _POLL_SECONDS:
            raise FunctionError(f"cache user {user_id}: still {user['Status']} at the time limit; run the update again")
        sleep(_POLL_SECONDS)
