"""Clients of the cache: the connections of every process against what a node takes."""

from collections.abc import Sequence

from dify.capacity.budget import Budget, Term
from dify.capacity.rolling import times_while_deploying
from dify.plan import Deployment
from dify.services import AGENT_BACKEND, PLUGIN_DAEMON

_BROKER_POOL = 10
"""Broker connections of a process (Celery, broker_pool_limit)."""

_POOL_PER_CPU = 10
"""Connections that the plugin daemon's client keeps per CPU (go-redis, PoolSize)."""

RESERVED_CLIENTS = 10
"""Left for functions, monitoring and a shell."""

MOST_CLIENTS = 10_000
"""maxclients of a Redis of one's own: its default, said in so many words (Redis documentation, "Client handling")."""

_MOST_BY_SIZE = {"micro": 20_000, "small": 46_000, "medium": 46_000}
_MOST_ELSE = 65_000
"""maxclients by size of the node; it cannot be changed (Amazon ElastiCache User Guide, "Valkey and Redis OSS
parameters"). Of the two burstable families the smaller number counts."""


def admitted_clients(node_type: str) -> int:
    """maxclients of a node type such as `cache.m7g.large`. All clients talk to the primary."""
    return _MOST_BY_SIZE.get(node_type.rpartition(".")[2], _MOST_ELSE)


def clients_per_task(deployment: Deployment) -> int:
    """Connections that one task may hold.

    redis-py's pools have no bound of their own here: each request, editor or job takes one for commands and, where its
    answer is streamed, one that listens (api/extensions/ext_redis.py, langgenius/dify 1.17.1).
    """
    service, tuning = deployment.service, deployment.tuning
    match service.mode:
        case "api":
            return tuning.processes * (2 * tuning.connections + _BROKER_POOL)
        case "worker":
            return tuning.processes * (2 * tuning.slots + _BROKER_POOL)
        case "beat" | "migration":
            return 2 + _BROKER_POOL
        case _ if service.kind == AGENT_BACKEND.kind:
            return 2 * tuning.connections
        case _ if service.kind == PLUGIN_DAEMON.kind:
            return 2 * _POOL_PER_CPU * max(2, deployment.cpu // 1024)
        case _:
            return 0


def client_budget(deployments: Sequence[Deployment], *, node_type: str) -> Budget:
    """All clients at once, deployments included."""
    terms = tuple(
        Term(
            part=deployment.name,
            text=f"{deployment.max_tasks}x{each}",
            amount=deployment.max_tasks * each,
            times=times_while_deploying(deployment),
        )
        for deployment in deployments
        if (each := clients_per_task(deployment))
    )
    admitted = admitted_clients(node_type)
    return Budget(
        name="cache clients",
        unit="clients",
        terms=(*terms, Term(part="reserve", text=str(RESERVED_CLIENTS), amount=RESERVED_CLIENTS)),
        admitted=admitted,
        limit=f"{node_type} admits {admitted}",
    )
