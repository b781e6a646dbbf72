"""What PostgreSQL does with its memory and its disk."""

from dify.capacity import instance_memory_gib
from tests.tuning.knob import Cost, Knob, Table
from tests.tuning.readings import (
    attribute,
    derived,
    host_container,
    host_postgresql,
    host_variable,
    number,
    of_class,
    parameter,
)

_OWN = "database.parameters"
_MEMORY, _CLASS = "database.memoryMib", "database.instanceClass"

_GIB = 1024**3
_MAINTENANCE_BYTES = 63_963_136
"""Divisor of RDS' default (`describe-db-parameters`, GREATEST({DBInstanceClassMemory*1024/63963136},65536))."""


def _mib(instance_class: str, percent: int) -> str:
    return f"{number(instance_memory_gib(instance_class) * 1024 * percent // 100)} MiB"


def _maintenance(instance_class: str) -> str:
    kib = max(instance_memory_gib(instance_class) * _GIB * 1024 // _MAINTENANCE_BYTES, 65_536)
    return f"{number(kib // 1024)} MiB"


POSTGRESQL = Table(
    name="PostgreSQL",
    knobs=(
        Knob(
            name="memory",
            does="what everything below is a share of",
            comes="the guide's class; a host gives each of the two nodes as much",
            aws=derived(
                "database-instance",
                "instanceClass",
                lambda found: f"{found}: {instance_memory_gib(found)} GiB",
                _CLASS,
                cost=Cost.FAILOVER,
            ),
            host=host_container("postgres-a", "memory", _MEMORY, unit="MiB"),
            alarms=("database-memory", "database-swap", "database-cpu"),
            sign="`MEMORY` of `operations status`",
        ),
        Knob(
            name="`shared_buffers`",
            does="the server's own cache of pages",
            comes="25 % of memory, on both (RDS: memory / 32,768 pages; host: `dify/postgresql.py`)",
            aws=derived("database-instance", "instanceClass", lambda one: _mib(one, 25), _CLASS, cost=Cost.FAILOVER),
            host=host_postgresql("shared_buffers", _MEMORY),
            sign="few `BufferCacheHitRatio`, many reads",
        ),
        Knob(
            name="`effective_cache_size`",
            does="what the planner believes to be cached, with the system's own cache",
            comes="RDS: 50 % of memory; host: 75 %",
            aws=parameter(
                "effective_cache_size",
                _CLASS,
                f"{_OWN}.effectiveCacheSizeMib",
                unset=of_class(lambda one: _mib(one, 50)),
            ),
            host=host_postgresql("effective_cache_size", _MEMORY, f"{_OWN}.effectiveCacheSizeMib"),
        ),
        Knob(
            name="`work_mem`",
            does="memory of one sort or hash of one query; what is larger goes to the disk",
            comes="AWS: PostgreSQL's own. Host: what is left of memory for three of each connection, 4 to 64 MB",
            aws=parameter("work_mem", f"{_OWN}.workMemMib", unset=lambda _: "4 MB"),
            host=host_postgresql("work_mem", _MEMORY, f"{_OWN}.workMemMib"),
            alarms=("database-memory", "database-disk-queue"),
            sign="`temporary file` in the log, from 10 MiB",
        ),
        Knob(
            name="`maintenance_work_mem`",
            does="memory of one index that is built (vectors most of all), or of one vacuum",
            comes="RDS: memory / 62,464, at least 64 MiB. Host: a sixteenth, at most 1 GiB, and as much in `/dev/shm`",
            aws=parameter(
                "maintenance_work_mem", _CLASS, f"{_OWN}.maintenanceWorkMemMib", unset=of_class(_maintenance)
            ),
            host=host_postgresql("maintenance_work_mem", _MEMORY, f"{_OWN}.maintenanceWorkMemMib"),
            sign="indexing into pgvector takes hours",
        ),
        Knob(
            name="`random_page_cost`",
            does="how much dearer than the next page another one is to the planner",
            comes="disks without heads; PostgreSQL's 4 is for those with",
            aws=parameter("random_page_cost", f"{_OWN}.randomPageCost"),
            host=host_postgresql("random_page_cost", f"{_OWN}.randomPageCost"),
            sign="whole tables read where an index is there",
        ),
        Knob(
            name="`effective_io_concurrency`",
            does="requests to the disk that a query may have open at once",
            comes="PostgreSQL's own up to 17",
            aws=parameter("effective_io_concurrency", f"{_OWN}.effectiveIoConcurrency", unset=lambda _: "1"),
            host=host_postgresql("effective_io_concurrency", f"{_OWN}.effectiveIoConcurrency", unset="1"),
            sign="large reads are slow while the disk is not busy",
        ),
        Knob(
            name="`max_wal_size`",
            does="log between two checkpoints",
            comes="AWS: RDS' own. Host: so large that indexing does not checkpoint all the time",
            aws=parameter("max_wal_size", f"{_OWN}.maxWalSizeMib", unset=lambda _: "RDS' own"),
            host=host_postgresql("max_wal_size", f"{_OWN}.maxWalSizeMib"),
            sign="`checkpoints are occurring too frequently`",
        ),
        Knob(
            name="`checkpoint_completion_target`",
            does="share of that time over which a checkpoint is spread",
            comes="PostgreSQL's own since 14, said in so many words",
            host=host_postgresql("checkpoint_completion_target"),
        ),
        Knob(
            name="`wal_compression`",
            does="whole pages in the log are compressed: less to send to the standby",
            comes="`components/docker_host/scripts/postgres_settings.sh`",
            host=host_postgresql("wal_compression"),
        ),
        Knob(
            name="`max_slot_wal_keep_size`",
            does="log that is kept for a standby that is away",
            comes="the disk is worth more than a base backup that is saved",
            host=host_postgresql("max_slot_wal_keep_size"),
            sign="`replication slot ... is lost`",
        ),
        Knob(
            name="synchronous commit",
            does="a commit waits for the standby",
            comes="AWS: always, below PostgreSQL (Multi-AZ). Host: off, or nothing is written without a standby",
            aws=attribute("database-instance", "multiAz"),
            host=host_variable("postgres-a", "POSTGRES_SYNCHRONOUS", "database.synchronous"),
            sign="writes take twice as long",
        ),
        Knob(
            name="`log_min_duration_statement`",
            does="statements that take longer are logged, in ms",
            comes="a second: what users begin to notice",
            aws=parameter("log_min_duration_statement", f"{_OWN}.logMinDurationMs"),
            host=host_postgresql("log_min_duration_statement", f"{_OWN}.logMinDurationMs"),
            sign="saved query `slow-statements`",
        ),
        Knob(
            name="`idle_in_transaction_session_timeout`",
            does="a client that vanished in the middle of a transaction loses its locks, in ms",
            comes="ten minutes: longer than any step of a migration is silent",
            aws=parameter("idle_in_transaction_session_timeout"),
            host=host_postgresql("idle_in_transaction_session_timeout"),
            alarms=("database-connections", "database-transaction-ids"),
            sign="`idle in transaction` sessions",
        ),
        Knob(
            name="storage",
            does="first size of the volume; below 400 GiB it gives 3,000 requests and 125 MiB a second",
            comes="the guide's; a host has the disk that it has",
            aws=attribute(
                "database-instance", "allocatedStorage", "database.allocatedStorageGib", unit="GiB", cost=Cost.WINDOW
            ),
            alarms=("database-disk", "database-disk-queue"),
            sign="`operations status` says what the disk has free",
        ),
        Knob(
            name="largest storage",
            does="size up to which it grows by itself",
            comes="ten times the first",
            aws=attribute("database-instance", "maxAllocatedStorage", "database.maxStorageGib", unit="GiB"),
            alarms=("database-disk",),
        ),
    ),
)
