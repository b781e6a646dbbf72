"""What is wrong with a stack on AWS: what is, held against what its settings say."""

from collections.abc import Iterator
from datetime import timedelta

from dify.image import ImageName
from operations.aws.status.condition import Condition, ServiceCondition, StoppedTask
from operations.aws.status.services import is_migration
from operations.output import duration, size
from settings.plan import deployments, images
from settings.severity import Severity
from settings.stack import Settings

BACKUP_ALLOWED = timedelta(hours=27)
"""The plan backs up each night, starts within an hour and may take two (components/backup.py)."""

RESTORABLE_ALLOWED = timedelta(minutes=30)
"""RDS uploads the log every five minutes (Amazon RDS User Guide, "Restoring to a specified time"); six of them may
be missing."""

COPIED_ALLOWED = timedelta(hours=1)
"""No source says how far behind the copy of a log is; that of RDS itself is minutes."""

LAG_SECONDS = 30
"""As the alarm `cache-...-lag` has it (components/alarm_tables/cache.py)."""

COPY_SECONDS = 15 * 60
"""Within which S3 promises a copy (components/files_replication.py)."""

SOON = timedelta(days=30)
"""ACM renews 60 days before the end: with a month left it has failed for a month (components/alarm_tables)."""

_TAKEN_BACK = ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "FAILED")
_UNDER_WAY = ("PENDING", "IN_PROGRESS")
_FAULTS = ("EssentialContainerExited", "TaskFailedToStart")
"""Stop codes of tasks that nobody stopped (Amazon ECS developer guide, "Stopped tasks error codes"). The scheduler's
own code is also that of a task whose health it judged, which its reason says."""


def problems(found: Condition, settings: Settings) -> Iterator[str]:
    """One line each, worst first."""
    yield from _of_alarms(found, Severity.PAGE)
    yield from _of_database(found, settings)
    yield from _of_services(found, settings)
    yield from _of_targets(found)
    yield from _of_cache(found, settings)
    yield from _of_search(found)
    yield from _of_backups(found)
    yield from _of_certificates(found)
    yield from _of_stopped(found)
    yield from _of_database_copy(found)
    yield from _of_replication(found)
    yield from _of_alarms(found, Severity.TICKET)
    for call in found.unfinished:
        yield f"the operation `{call}` is unfinished; call it again"
    yield from found.unanswered


def _of_alarms(found: Condition, severity: Severity) -> Iterator[str]:
    for alarm in found.alarms:
        if alarm.severity == severity:
            where = f"; {alarm.runbook}" if alarm.runbook else ""
            yield f"alarm {alarm.name} ({severity}): {alarm.why}{where}"


def _of_database(found: Condition, settings: Settings) -> Iterator[str]:
    database = found.database
    if database is None:
        return
    if not database.there:
        yield f"the database is gone; `restore {found.stack}` brings it back (docs/operate-aws.md)"
        return
    if database.status != "available":
        yield f"the database is {database.status}"
    if settings.database.multi_az and not database.multi_az:
        yield "the database has no standby: Multi-AZ is off; `pulumi up` turns it on"
    elif database.multi_az and database.standby_zone is None:
        yield "the database's standby is in no zone: one is being made, or RDS could not make it"
    room = 100 - settings.alarms.disk_percent
    if database.free is not None and database.free < database.storage * room / 100:
        yield f"the database has {size(database.free)} of {size(database.storage)} free"
    if database.latest_restorable is None:
        yield "the database cannot be restored to a moment: RDS has kept nothing yet"
    elif (behind := found.at - database.latest_restorable) > RESTORABLE_ALLOWED:
        yield f"the database can be restored only to {duration(behind.total_seconds())} ago"


def _of_database_copy(found: Condition) -> Iterator[str]:
    copy = found.database.copy_elsewhere if found.database else None
    if copy is None:
        return
    if copy.latest is None:
        yield f"there is no backup of the database in {copy.region} (docs/operate.md)"
    elif (behind := found.at - copy.latest) > COPIED_ALLOWED:
        yield f"in {copy.region} the database can be restored only to {duration(behind.total_seconds())} ago"


def _of_services(found: Condition, settings: Settings) -> Iterator[str]:
    if not found.services:
        return
    least = {one.name: one.min_tasks for one in deployments(settings)}
    tags = {name: ImageName.parse(reference).copy_tag for name, reference in images(settings).items()}
    for service in sorted(found.services, key=lambda one: one.running > 0):
        yield from _of_service(service, least[service.name])
        if service.image in tags and service.tag and service.tag != tags[service.image]:
            yield f"{service.name} runs {service.image} {service.tag}, the stack file says {tags[service.image]}"


def _of_service(service: ServiceCondition, least: int) -> Iterator[str]:
    if not service.there:
        yield f"{service.name} is missing; `pulumi up` makes it"
        return
    if service.desired < least:
        yield f"{service.name} is set to {service.desired} tasks, its settings say at least {least}"
    if service.running < service.desired:
        under_way = " (a deployment is under way)" if service.deployment in _UNDER_WAY else ""
        yield f"{service.name}: {service.running} of {service.desired} tasks run{under_way}"
    if service.deployment in _TAKEN_BACK:
        yield f"the last deployment of {service.name} failed ({service.reason or service.deployment})"


def _of_targets(found: Condition) -> Iterator[str]:
    for targets in found.targets:
        if not targets.healthy:
            yield f"the load balancer has no healthy task of {targets.service}"
        if targets.unhealthy:
            why = f" ({'; '.join(targets.reasons)})" if targets.reasons else ""
            yield f"{targets.unhealthy} tasks of {targets.service} are unhealthy{why}"


def _of_cache(found: Condition, settings: Settings) -> Iterator[str]:
    cache = found.cache
    if cache is None:
        return
    if cache.status != "available":
        yield f"the cache is {cache.status}"
    if settings.cache.nodes > 1 and not cache.failover:
        yield "no node of the cache takes over by itself: automatic failover is off"
    if len(cache.nodes) < settings.cache.nodes:
        yield f"the cache has {len(cache.nodes)} of {settings.cache.nodes} nodes"
    if not any(node.role == "primary" for node in cache.nodes):
        yield "the cache has no primary"
    for node in cache.nodes:
        if node.lag is not None and node.lag > LAG_SECONDS:
            yield f"cache node {node.name} is {duration(node.lag)} behind"


def _of_search(found: Condition) -> Iterator[str]:
    search = found.search
    if search is not None and search.health in ("red", "yellow"):
        what = "part of the vectors is on no node" if search.health == "red" else "part of the vectors has no copy"
        yield f"the vector store is {search.health}: {what}"


def _of_backups(found: Condition) -> Iterator[str]:
    for backup in found.backups:
        if backup.last is None:
            yield f"there is no backup of {backup.store}"
        elif (age := found.at - backup.last) > BACKUP_ALLOWED:
            yield f"the last backup of {backup.store} is {duration(age.total_seconds())} old"
        if backup.continuous is None and backup.last is not None:
            yield f"{backup.store} has no continuous backup: it can be restored only to when a whole one was made"
        elif backup.continuous == "STOPPED":
            yield f"the continuous backup of {backup.store} has stopped; nothing since then can be restored from it"
        if backup.failure:
            yield f"the last backup job of {backup.store}: {backup.failure}"


def _of_certificates(found: Condition) -> Iterator[str]:
    for one in found.certificates:
        if one.status != "ISSUED":
            yield f"the certificate of {one.place} is {one.status}"
        if one.ends is not None and one.ends - found.at < SOON:
            yield f"the certificate of {one.place} ends on {one.ends:%Y-%m-%d}"


def _of_stopped(found: Condition) -> Iterator[str]:
    """What ECS or a person stopped on purpose is no fault, unless its health was the reason."""
    for task in found.stopped:
        if is_migration(task):
            if task.exit_code:
                yield f"the migration ended with {task.exit_code} ({task.reason})"
        elif _was_fault(task):
            code = f", exit code {task.exit_code}" if task.exit_code else ""
            ago = f" {duration((found.at - task.at).total_seconds())} ago" if task.at else ""
            yield f"a task of {task.of} ended{ago}{code}: {task.reason}"


def _was_fault(task: StoppedTask) -> bool:
    return task.code in _FAULTS or "health check" in task.reason.lower()


def _of_replication(found: Condition) -> Iterator[str]:
    for copied in found.replication:
        if copied.seconds is not None and copied.seconds > COPY_SECONDS:
            yield f"copies of {copied.store} are {duration(copied.seconds)} behind"
        if copied.failed:
            yield f"{copied.failed} objects of {copied.store} were not copied since yesterday"
