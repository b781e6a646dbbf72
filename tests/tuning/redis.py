"""The cache, which holds queues, locks, sessions and events."""

from dify.capacity import admitted_clients
from tests.tuning.knob import Cost, Knob, Table
from tests.tuning.readings import (
    attribute,
    derived,
    host_container,
    host_redis,
    host_variable,
    variable,
)

_DURABLE = "a second of jobs is what a crash may cost"

REDIS = Table(
    name="Redis",
    knobs=(
        Knob(
            name="memory",
            does="queues, sessions and events; full, it refuses writes: no job, no sign-in",
            comes="the smallest node that is not burstable; on a host what the rest leaves",
            aws=attribute("cache-group", "nodeType", "cache.nodeType", cost=Cost.NODES),
            host=host_container("redis", "memory", "cache.memoryMib", unit="MiB"),
            alarms=("cache-1-memory", "cache-1-swap"),
            sign="`OOM command not allowed` in a log",
        ),
        Knob(
            name="`maxmemory`",
            does="what of it may be data",
            comes="AWS: by type of the node, less a quarter in reserve. Host: three quarters of memory",
            host=host_redis("maxmemory", "cache.memoryMib"),
            alarms=("cache-1-memory",),
            sign="`OOM command not allowed`",
        ),
        Knob(
            name="`maxmemory-policy`",
            does="what happens when it is full",
            comes="jobs must not vanish: a queue that refuses is better than one that forgets",
            aws=attribute("cache-parameters-8", "parameters/0/value"),
            host=host_redis("maxmemory-policy"),
            alarms=("cache-evictions",),
        ),
        Knob(
            name="nodes",
            does="a primary and its replicas; all clients talk to the primary, so more do not make it faster",
            comes="one to fail over to",
            aws=attribute("cache-group", "numCacheClusters", "cache.nodes", cost=Cost.NONE),
            alarms=("cache-no-primary", "cache-1-lag"),
        ),
        Knob(
            name="`maxclients`",
            does="connections that it takes",
            comes="AWS: by size of the node, cannot be changed. Host: Redis' own, and a plan above it is refused",
            aws=derived("cache-group", "nodeType", admitted_clients, cost=Cost.NODES),
            host=host_redis("maxclients"),
            alarms=("cache-1-connections",),
            sign="`max number of clients reached`",
        ),
        Knob(
            name="`appendonly`",
            does="each write is also in a log on the disk",
            comes=f"{_DURABLE}; AWS has a replica and daily snapshots instead",
            host=host_redis("appendonly"),
        ),
        Knob(
            name="`appendfsync`",
            does="how often the log reaches the disk",
            comes=_DURABLE,
            host=host_redis("appendfsync"),
            sign="`Asynchronous AOF fsync is taking too long`",
        ),
        Knob(
            name="`tcp-backlog`",
            does="clients that wait to be accepted, below `net.core.somaxconn`",
            comes="as much as that, which is the lower of the two",
            host=host_redis("tcp-backlog"),
        ),
        Knob(
            name="`REDIS_KEEPALIVE`",
            does="a client notices a connection that broke in silence",
            comes="without it workers stall after a failover (langgenius/dify#12325)",
            aws=variable("worker", "REDIS_KEEPALIVE"),
            host=host_variable("worker-1", "REDIS_KEEPALIVE"),
            alarms=("queues-worker-stuck",),
        ),
    ),
)
