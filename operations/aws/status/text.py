"""The condition of a stack for people: what is wrong in the first line."""

from collections.abc import Iterator

from operations.aws.status.condition import Condition
from operations.output import ago, duration, size, table

_STOPPED_SHOWN = 5


def text(found: Condition) -> str:
    """`found` as lines and a table."""
    first, *more = found.problems or ("all is well",)
    return "\n".join(
        (
            f"{found.stack}: {first}" + (f" (and {len(more)} more)" if more else ""),
            *(f"  {problem}" for problem in more),
            "",
            *((_services(found), "") if found.services else ()),
            *_stores(found),
            *_way_in(found),
            *_backups(found),
            *_others(found),
        )
    ).rstrip()


def _services(found: Condition) -> str:
    targets = {one.service: f"{one.healthy} of {one.healthy + one.unhealthy + one.coming}" for one in found.targets}
    rows = [
        (
            one.name,
            str(one.desired),
            str(one.running),
            str(one.pending),
            targets.get(one.name, "-"),
            one.tag or "-",
            (one.deployment or "-").lower(),
        )
        for one in found.services
    ]
    return table(("SERVICE", "DESIRED", "RUNNING", "PENDING", "HEALTHY", "IMAGE", "LAST DEPLOYMENT"), rows)


def _stores(found: Condition) -> Iterator[str]:
    if found.database and not found.database.there:
        yield "database: gone"
    elif database := found.database:
        standby = f"standby in {database.standby_zone or 'no zone'}" if database.multi_az else "no standby"
        free = "-" if database.free is None else size(database.free)
        yield (
            f"database: {database.status}, PostgreSQL {database.version}, in {database.zone or '-'}, {standby}, "
            f"{free} of {size(database.storage)} free"
        )
        yield from (f"database waits for: {what}" for what in database.waiting)
    if cache := found.cache:
        nodes = ", ".join(
            f"{node.name} {node.role or '-'} in {node.zone or '-'}"
            + (f" ({duration(node.lag)} behind)" if node.lag is not None else "")
            for node in cache.nodes
        )
        yield f"cache: {cache.status}, failover {'on' if cache.failover else 'off'}, {nodes or 'no nodes'}"
        yield from (f"cache waits for: {what}" for what in cache.waiting)
    if search := found.search:
        yield f"vector store: {search.health or 'not measured'}{', being changed' if search.processing else ''}"
        yield from (f"vector store waits for: {what}" for what in search.waiting)


def _way_in(found: Condition) -> Iterator[str]:
    for one in found.certificates:
        yield (
            f"certificate of {one.place}: {', '.join(one.names)}, ends {one.ends:%Y-%m-%d}"
            if one.ends
            else (f"certificate of {one.place}: {', '.join(one.names)}, {one.status}")
        )


def _backups(found: Condition) -> Iterator[str]:
    for one in found.backups:
        continuous = f", continuous: {one.continuous.lower()}" if one.continuous else ""
        yield f"backup of {one.store}: {ago(found.at, one.last)}{continuous}"
    if found.database and found.database.latest_restorable:
        yield f"database can be restored to: {found.database.latest_restorable:%Y-%m-%d %H:%M:%S} UTC"
    copy = found.database.copy_elsewhere if found.database else None
    if copy and copy.latest:
        yield f"database can be restored in {copy.region} to: {copy.latest:%Y-%m-%d %H:%M:%S} UTC"


def _others(found: Condition) -> Iterator[str]:
    for copied in found.replication:
        behind = "nothing measured" if copied.seconds is None else f"{duration(copied.seconds)} behind"
        yield f"copies of {copied.store} in the other region: {behind}"
    for alarm in found.alarms:
        yield f"alarm {alarm.name} ({alarm.severity}) rings since {alarm.since:%Y-%m-%d %H:%M} UTC: {alarm.why}"
    for task in found.stopped[:_STOPPED_SHOWN]:
        yield f"stopped: {task.of}, {ago(found.at, task.at)}: {task.reason}"
