"""An ElastiCache user with two valid passwords while its readers change from one to the other."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import redis
from cache_session import cache_session, system_reason
from composition import compose
from elasticache_user import ElastiCache, set_passwords, wait_until_active
from errors import FunctionError
from generation import generate
from rotation_kind import PASSWORD
from rotation_plan import CacheSecret
from stored_secret import Version


@dataclass(frozen=True)
class CacheRotation:
    """The rotation of one user's password; `remaining_seconds` is what is left of the function's time."""

    secret: CacheSecret
    elasticache: ElastiCache
    remaining_seconds: Callable[[], float]
    sleep: Callable[[float], None] = time.sleep

    def next_fields(self, current: Version) -> Mapping[str, Any]:
        """A new password, and every field that is made of it."""
        password = generate(PASSWORD)
        parts = {
            "username": current.text("username"),
            "password": password,
            "host": self.secret.host,
            "port": str(self.secret.port),
        }
        composed = {field: compose(template, parts) for field, template in self.secret.compose.items()}
        return {**current.fields, "password": password, **composed}

    def make_valid(self, current: Version, pending: Version) -> None:
        """Both passwords at once: ElastiCache keeps no more than two, and the call replaces what there was."""
        passwords = [current.text("password"), pending.text("password")]
        wait_until_active(self.elasticache, self.secret.user_id, self.remaining_seconds, self.sleep)
        set_passwords(self.elasticache, self.secret.user_id, passwords, self.remaining_seconds, self.sleep)

    def try_out(self, pending: Version) -> None:
        """PING as the pending login."""
        subject = f"cache {self.secret.host}:{self.secret.port} as {pending.text('username')}"
        try:
            with cache_session(
                self.secret.host, self.secret.port, pending.text("username"), pending.text("password")
            ) as client:
                client.ping()  # pyright: ignore[reportUnknownMemberType]
        except redis.AuthenticationError:
            raise FunctionError(f"{subject}: the pending password is refused") from None
        except redis.RedisError as error:
            raise FunctionError(f"{subject}: {system_reason(error)}") from None
