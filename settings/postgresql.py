"""`dify:database.parameters`: what PostgreSQL does with its memory and its disk, on AWS and on a Docker host alike.

Bounds: PostgreSQL documentation, "Resource Consumption", "Query Planning", "Write Ahead Log" and "Error Reporting and
Logging".
"""

from pydantic import Field

from settings.section import Section

_KIB_PER_MIB, _PAGES_PER_MIB = 1024, 128
"""PostgreSQL counts memory in KiB, and what is cached in pages of 8 KiB."""

_LARGEST_SHARE = 4
"""A quarter of memory is the server's own cache, and as much may build one index."""


class Parameters(Section):
    """All may change while the server runs. What is left out has the value that follows from the memory, or
    PostgreSQL's own (docs/tune.md)."""

    work_mem_mib: int | None = Field(
        default=None,
        ge=1,
        le=2047,
        description="Memory in MiB of one sort or hash of a query, 1 to 2047.",
        examples=[16],
    )
    maintenance_work_mem_mib: int | None = Field(
        default=None,
        ge=1,
        le=65_536,
        description="Memory in MiB of one index that is built or one vacuum, at most a quarter of all.",
        examples=[1024],
    )
    effective_cache_size_mib: int | None = Field(
        default=None,
        ge=1,
        le=2_097_152,
        description="Memory in MiB that the planner believes to hold tables.",
        examples=[12288],
    )
    random_page_cost: float | None = Field(
        default=None,
        ge=0.1,
        le=10,
        description="Cost of any page to the planner where the next page costs 1, 0.1 to 10.",
        examples=[1.1],
    )
    effective_io_concurrency: int | None = Field(
        default=None,
        ge=0,
        le=1000,
        description="Requests to the disk that a query may have open at once, 0 to 1000.",
        examples=[200],
    )
    max_wal_size_mib: int | None = Field(
        default=None,
        ge=256,
        le=65_536,
        description="Write-ahead log in MiB between two checkpoints, 256 to 65536.",
        examples=[4096],
    )
    log_min_duration_ms: int | None = Field(
        default=None,
        ge=1,
        le=3_600_000,
        description="Statements that take as many ms or longer are logged.",
        examples=[500],
    )

    def chosen(self) -> dict[str, str]:
        """What is set, by PostgreSQL's names and in its own units."""
        values = {
            "work_mem": _times(self.work_mem_mib, _KIB_PER_MIB),
            "maintenance_work_mem": _times(self.maintenance_work_mem_mib, _KIB_PER_MIB),
            "effective_cache_size": _times(self.effective_cache_size_mib, _PAGES_PER_MIB),
            "random_page_cost": self.random_page_cost,
            "effective_io_concurrency": self.effective_io_concurrency,
            "max_wal_size": self.max_wal_size_mib,
            "log_min_duration_statement": self.log_min_duration_ms,
        }
        return {name: f"{value:.12g}" for name, value in values.items() if value is not None}

    def too_much(self, memory_mib: int, connections: int) -> list[tuple[str, int, str, str]]:
        """What does not fit into `memory_mib` with so many `connections`: key, value, rule and fix of each."""
        found: list[tuple[str, int, str, str]] = []
        most = memory_mib // _LARGEST_SHARE
        if self.maintenance_work_mem_mib is not None and self.maintenance_work_mem_mib > most:
            rule = f"may be a quarter of the {memory_mib} MiB that the database has"
            found.append(("maintenanceWorkMemMib", self.maintenance_work_mem_mib, rule, f"set {most} or less"))
        most = max(1, (memory_mib - most) // connections)
        if self.work_mem_mib is not None and self.work_mem_mib > most:
            rule = f"{connections} connections that take it once do not fit into the {memory_mib} MiB of the database"
            found.append(("workMemMib", self.work_mem_mib, rule, f"set {most} or less, or lower poolSize"))
        return found


def _times(value: int | None, factor: int) -> int | None:
    return None if value is None else value * factor
