"""An ElastiCache user with two valid passwords while its readers change from one to the other."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import redis
from composition import compose
from elasticache_user import ElastiCache, set_passwords, wait_until_active
from errors import FunctionError
from generation import generate
from redis.backoff import NoBackoff
from redis.retry import Retry
from rotation_kind import PASSWORD
from rotation_plan import CacheSecret
from stored_secret import Version

_TIMEOUT_SECONDS = 10.0


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
        """PING over TLS, verified against the system's authorities, which ElastiCache's chain to."""
        subject = f"cache {self.secret.host}:{self.secret.port} as {pending.text('username')}"
        try:
            with redis.Redis(
                host=self.secret.host,
                port=self.secret.port,
                username=pending.text("username"),
                password=pending.text("password"),
                ssl=True,
                ssl_cert_reqs="required",
                ssl_check_hostname=True,
                socket_connect_timeout=_TIMEOUT_SECONDS,
                socket_timeout=_TIMEOUT_SECONDS,
                retry=Retry(NoBackoff(), 0),
            ) as client:
                client.ping()  # pyright: ignore[reportUnknownMemberType]
        except redis.AuthenticationError:
            raise FunctionError(f"{subject}: the pending password is refused") from None
        except redis.RedisError as error:
            # The operating system's words or ours: an answer of the server may quote what was sent.
            reason = error.__context__ if isinstance(error.__context__, OSError) else type(error).__name__
            raise FunctionError(f"{subject}: {reason}") from None
