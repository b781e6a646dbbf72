"""Database connections: the pools of all processes against max_connections."""

from collections.abc import Sequence

from dify.capacity.budget import Budget, Term
from dify.capacity.rolling import times_while_deploying
from dify.plan import Deployment
from dify.services import API, PLUGIN_DAEMON, WORKER

RESERVED_CONNECTIONS = 15
"""Left for the owner, the functions, monitoring and PostgreSQL's superuser reserve."""

PROXY_PERCENT = 90
"""Share of max_connections that RDS Proxy may open (MaxConnectionsPercent); the rest is the reserve."""

PGVECTOR_CONNECTIONS = 5
"""Margin of a process that reads or writes vectors: five uses of a data set at once, or one that takes its whole pool.
Dify opens a pool of 1 to 5 connections for each use and drops it after (PGVECTOR_MAX_CONNECTION in docker/.env.example;
dify_vdb_pgvector, 1.17.1)."""

_BYTES_PER_CONNECTION = 9_531_392
"""RDS PostgreSQL default: max_connections = LEAST(DBInstanceClassMemory / 9531392, 5000) (Amazon RDS User Guide,
"Quotas and constraints", maximum number of database connections)."""

_MEMORY_GIB_BY_SIZE = {"micro": 1, "small": 2, "medium": 4, "large": 8}
"""Memory of burstable (t) and general purpose (m) classes; r classes have twice that of m from large upwards."""


def instance_memory_gib(instance_class: str) -> int:
    """Memory in GiB of an RDS instance class such as `db.m7g.xlarge` (Amazon RDS instance classes)."""
    _, family, size = instance_class.split(".")
    if size in _MEMORY_GIB_BY_SIZE:
        memory = _MEMORY_GIB_BY_SIZE[size]
    else:
        multiple = 1 if size == "xlarge" else int(size.removesuffix("xlarge"))
        memory = 16 * multiple
    is_memory_optimised = family.startswith(("r", "x")) and size not in {"micro", "small", "medium"}
    return memory * 2 if is_memory_optimised else memory


def admitted_connections(instance_class: str) -> int:
    """max_connections that RDS PostgreSQL gives this class by default."""
    return min(instance_memory_gib(instance_class) * 1024**3 // _BYTES_PER_CONNECTION, 5000)


def connections_per_task(deployment: Deployment, *, pgvector: bool) -> int:
    """Connections that one task may hold: the pool of each process (SQLAlchemy's; the plugin
    daemon's own is of the same size) and the margin for vectors."""
    service, tuning = deployment.service, deployment.tuning
    if not _uses_database(deployment):
        return 0
    vectors = PGVECTOR_CONNECTIONS if pgvector and service.kind in {API.kind, WORKER.kind} else 0
    return tuning.processes * (tuning.pool_size + tuning.max_overflow + vectors)


def connection_budget(
    deployments: Sequence[Deployment], *, instance_class: str, pooled: bool, pgvector: bool
) -> Budget:
    """All pools at once, deployments included.

    `pooled`: tasks talk to RDS Proxy, which lends a connection for the length of a transaction and has no published
    limit of clients (Amazon RDS User Guide, "Quotas and limitations for RDS Proxy"). Work moves from old tasks to new
    ones and does not double, so a deployment does not either. Each pool still counts in full: a session that RDS Proxy
    pins keeps its connection.
    """
    admitted = admitted_connections(instance_class)
    terms = tuple(
        Term(
            part=deployment.name,
            text=_text(deployment, pgvector=pgvector),
            amount=deployment.max_tasks * connections_per_task(deployment, pgvector=pgvector),
            times=1 if pooled else times_while_deploying(deployment),
        )
        for deployment in deployments
        if _uses_database(deployment)
    )
    if pooled:
        lent = min(admitted * PROXY_PERCENT // 100, admitted - RESERVED_CONNECTIONS)
        limit = f"RDS Proxy may use {lent} of the {admitted} that {instance_class} admits"
    else:
        lent = admitted
        limit = f"{instance_class} admits {admitted}"
        terms += (Term(part="reserve", text=str(RESERVED_CONNECTIONS), amount=RESERVED_CONNECTIONS),)
    return Budget(name="database connections", unit="connections", terms=terms, admitted=lent, limit=limit)


def _uses_database(deployment: Deployment) -> bool:
    return deployment.service.runs_api_image or deployment.service.kind == PLUGIN_DAEMON.kind


def _text(deployment: Deployment, *, pgvector: bool) -> str:
    tuning = deployment.tuning
    vectors = connections_per_task(deployment, pgvector=pgvector) // tuning.processes
    vectors -= tuning.pool_size + tuning.max_overflow
    pool = f"{tuning.pool_size}+{tuning.max_overflow}{f'+{vectors}' if vectors else ''}"
    return f"{deployment.max_tasks}x{tuning.processes}x({pool})"
