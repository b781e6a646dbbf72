"""What PostgreSQL on one host does with its memory, as the lines of its configuration.

Rules: PostgreSQL documentation, "Resource Consumption" (a quarter of memory for shared_buffers) and "Query Planning";
pgvector's README, "Indexing" (maintenance_work_mem and shared memory). What a quarter does not take is the operating
system's cache, which counts towards a container's limit as far as nothing else needs it.
"""

SHARED_BUFFERS_PERCENT = 25
MIB_PER_CONNECTION = 5
"""A backend's own memory while it sorts little: catalog caches and one work_mem of 4 MiB."""

_LEAST_WORK_MIB, _MOST_WORK_MIB = 4, 64
_MOST_MAINTENANCE_MIB = 1024


def maintenance_mib(memory_mib: int) -> int:
    """Memory of one that builds an index or cleans up, of which parallel builds take as much in /dev/shm."""
    return min(memory_mib // 16, _MOST_MAINTENANCE_MIB)


def postgresql_settings(memory_mib: int, connections: int) -> dict[str, str]:
    """Settings of a server with `memory_mib` for `connections` clients at once."""
    rest = memory_mib * (100 - SHARED_BUFFERS_PERCENT) // 100
    # A query may take its work_mem several times: three is the rule of thumb of PostgreSQL's wiki ("Tuning Your
    # PostgreSQL Server").
    work = max(_LEAST_WORK_MIB, min(_MOST_WORK_MIB, rest // (3 * connections)))
    return {
        "max_connections": str(connections),
        "shared_buffers": f"{memory_mib * SHARED_BUFFERS_PERCENT // 100}MB",
        "effective_cache_size": f"{rest}MB",
        "work_mem": f"{work}MB",
        "maintenance_work_mem": f"{maintenance_mib(memory_mib)}MB",
        "max_wal_size": "2GB",
        "checkpoint_completion_target": "0.9",
        "random_page_cost": "1.1",  # disks of today's hosts seek as fast as they read
        "log_min_duration_statement": "1000",
        "log_lock_waits": "on",
        # A client that vanished in the middle of a transaction must not hold its locks for ever.
        "idle_in_transaction_session_timeout": "600000",
        "log_checkpoints": "on",
    }
