"""Rules that tie sections together, checked once every section is right by itself."""

from dify.capacity import Pool, over_budget
from settings.lines import line
from settings.stack import Settings


def conflicts(settings: Settings) -> list[str]:
    """One line per rule that `settings` break as a whole."""
    return [*_connection_budget(settings), *_point_in_time(settings)]


def pools(settings: Settings) -> tuple[Pool, ...]:
    """The database pools that the stack's services may open at their largest."""
    services, database = settings.services, settings.database
    tasks_and_processes = {
        "api": (services.api.max_tasks, services.api.processes),
        "worker": (services.worker.max_tasks, 1),
        "beat": (1, 1),
    }
    return tuple(
        Pool(service=name, tasks=tasks, processes=processes, size=database.pool_size, overflow=database.max_overflow)
        for name, (tasks, processes) in tasks_and_processes.items()
    )


def _connection_budget(settings: Settings) -> list[str]:
    excess = over_budget(pools(settings), settings.database.instance_class)
    if excess is None:
        return []
    fix = "lower poolSize, maxOverflow or maxTasks, or take a larger instanceClass"
    return [line(("database", "poolSize"), str(settings.database.pool_size), excess, fix)]


def _point_in_time(settings: Settings) -> list[str]:
    # AWS Backup's continuous backup takes over the retention that the database was given.
    given, kept = settings.database.backup_retention_days, settings.backup.hourly_retention_days
    if given == kept:
        return []
    rule = f"must equal backup.hourlyRetentionDays, which is {kept}: AWS Backup sets both to one value"
    return [line(("database", "backupRetentionDays"), str(given), rule, f"set {kept}, or change the other")]
