"""Celery's queues in Redis, as kombu lays them out, counted in one round trip over verified TLS.

Layout (kombu/transport/redis.py, class Channel, 5.7.0; the same keys were seen after real tasks had been sent): a
queue is a list under its own name, and one more list for each priority step above zero, `<queue>\\x06\\x16<step>`.
Dify (api/extensions/ext_celery.py, 1.16) strips REDIS_KEY_PREFIX and hands `<prefix>:` to kombu as global_keyprefix,
which kombu puts before every key as it is.
"""

from collections.abc import Mapping, Sequence

import redis
from cache_session import cache_session, system_reason
from depth_settings import DepthSettings
from errors import FunctionError

_SEPARATOR = "\x06\x16"
_PRIORITY_STEPS = (0, 3, 6, 9)


def keys_of(queue: str, prefix: str) -> tuple[str, ...]:
    """Every key that holds tasks of `queue`. `prefix` is Dify's REDIS_KEY_PREFIX, empty for none."""
    namespace = f"{prefix.strip()}:" if prefix.strip() else ""
    return tuple(f"{namespace}{queue}{_SEPARATOR}{step}" if step else namespace + queue for step in _PRIORITY_STEPS)


def queue_lengths(settings: DepthSettings, username: str, password: str) -> dict[str, int]:
    """Tasks that wait in each queue, all priorities together. Raises FunctionError with the reason.

    Nothing is tried twice: the next run is a minute away.
    """
    keys = {queue: keys_of(queue, settings.key_prefix) for queue in settings.queues}
    try:
        with cache_session(settings.host, settings.port, username, password, database=settings.database) as client:
            return _count(client, keys)
    except redis.RedisError as error:
        raise FunctionError(_reason(error)) from None


def _count(client: "redis.Redis", keys: Mapping[str, Sequence[str]]) -> dict[str, int]:
    with client.pipeline(transaction=False) as pipeline:  # pyright: ignore[reportUnknownMemberType]
        for key in (key for names in keys.values() for key in names):
            pipeline.llen(key)
        lengths = iter(pipeline.execute())
    return {queue: sum(int(next(lengths)) for _ in names) for queue, names in keys.items()}


def _reason(error: "redis.RedisError") -> str:
    if isinstance(error, redis.AuthenticationError):
        return "it refused the login"
    return system_reason(error)
