"""A session with the cache: TLS, verified against the system's authorities, which ElastiCache chains to."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_SECONDS = 3.0


def cache_session(host: str, port: int, username: str, password: str, *, database: int = 0) -> "redis.Redis":
    """A client that tries nothing twice and waits no longer than TIMEOUT_SECONDS for anything."""
    return redis.Redis(
        host=host,
        port=port,
        db=database,
        username=username,
        password=password,
        ssl=True,
        ssl_cert_reqs="required",
        ssl_check_hostname=True,
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def system_reason(error: "redis.RedisError") -> str:
    """Our own words, the operating system's or the kind of error: an answer of the server may quote the login that
    was sent."""
    if isinstance(error, redis.TimeoutError):
        return f"no answer within {TIMEOUT_SECONDS:g} s"
    return str(error.__context__) if isinstance(error.__context__, OSError) else type(error).__name__
