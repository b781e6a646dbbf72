"""ElastiCache users: created closed by the deployment, opened here with the stored password."""

import logging
import time
from collections.abc import Callable

from elasticache_user import ElastiCache, set_passwords, wait_until_active
from errors import FunctionError

_LOG = logging.getLogger("secret_keeper")

SET = "set"
UNCHANGED = "unchanged"


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
    Returns `set` or `unchanged`. Raises FunctionError, also when `remaining_seconds` run out.
    """
    if not isinstance(password, str) or not password:
        raise FunctionError(f"cache user {user_id}: its password field must be non-empty text")
    user = wait_until_active(client, user_id, remaining_seconds, sleep)
    if user.get("Authentication", {}).get("Type") == "password" and not is_new:
        return UNCHANGED
    set_passwords(client, user_id, [password], remaining_seconds, sleep)
    _LOG.info("cache user %s: password set", user_id)
    return SET
