"""Arithmetic that keeps a plan from falling over: database connections against what the database admits."""

from dataclasses import dataclass

RESERVED_CONNECTIONS = 15
"""Left for the owner, monitoring and PostgreSQL's superuser reserve."""

ROLLING_FACTOR = 2
"""During a deployment old and new tasks run side by side (maximumPercent 200)."""

_BYTES_PER_CONNECTION = 9_531_392
"""RDS PostgreSQL default: max_connections = LEAST(DBInstanceClassMemory / 9531392, 5000) (Amazon RDS User Guide,
"Quotas and constraints", maximum number of database connections)."""

_MEMORY_GIB_BY_SIZE = {"micro": 1, "small": 2, "medium": 4, "large": 8}
"""Memory of burstable (t) and general purpose (m) classes; r classes have twice that of m from large upwards."""


@dataclass(frozen=True, kw_only=True)
class Pool:
    """One service's database pool. Each of `processes` may open `size` + `overflow` connections (SQLAlchemy)."""

    service: str
    tasks: int
    processes: int
    size: int
    overflow: int

    @property
    def connections(self) -> int:
        return self.tasks * self.processes * (self.size + self.overflow)


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


def needed_connections(pools: tuple[Pool, ...]) -> int:
    """Connections that all pools may hold at once while a deployment rolls."""
    return sum(pool.connections for pool in pools) * ROLLING_FACTOR + RESERVED_CONNECTIONS


def over_budget(pools: tuple[Pool, ...], instance_class: str) -> str | None:
    """One line that says by how much the plan exceeds the database, or None where it fits."""
    needed, admitted = needed_connections(pools), admitted_connections(instance_class)
    if needed <= admitted:
        return None
    terms = " + ".join(f"{p.service} {p.tasks}x{p.processes}x({p.size}+{p.overflow})" for p in pools)
    return (
        f"({terms}) x {ROLLING_FACTOR} while deploying + {RESERVED_CONNECTIONS} reserved = {needed} connections, "
        f"but {instance_class} admits {admitted}"
    )
