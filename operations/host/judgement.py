"""What of a stack's condition is wrong, worst first, and from where on: the thresholds of the production guide."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from dify.routes import TIMED
from dify.services import API, WEB
from operations.host import backups
from operations.host.condition import (
    BackupCondition,
    Condition,
    DatabaseCondition,
    MachineCondition,
    PartCondition,
)
from operations.host.part import KINDS, ONE_OFF, Part
from operations.host.preflight import SOON
from operations.host.traffic_log import PART as NGINX
from operations.output import duration, latency, size
from settings.alarms import Alarms

GUIDE = Alarms()
"""The production guide's thresholds, which are the defaults of the alarms on AWS (settings/alarms.py)."""

LAG_BYTES = 64 * 1024**2
LAG_SECONDS = 60
"""A standby further behind would lose that much in a promotion: four segments of write-ahead log, or a minute."""

FRONT = (NGINX, WEB.name, API.name)
"""Kinds without which nobody is served."""

LEAST_REQUESTS = 100 // GUIDE.error_percent
"""Under which nothing is said of shares: one failure alone would be more than the share that is allowed."""

LEAST_UNSERVED = 5
"""Failures without any success that are no chance, also at night."""


def problems(found: Condition, parts: Sequence[Part]) -> Iterator[str]:
    """What is wrong, worst first, one line each."""
    yield from _of_front(parts)
    yield from _of_database(found.database)
    yield from _of_parts(found, parts)
    yield from _of_traffic(found)
    yield from _of_backups(found)
    yield from _of_room(found)
    if found.machine:
        yield from _of_machine(found.machine)
    for call in found.unfinished:
        yield f"the operation `{call}` is unfinished; call it again"


def _of_front(parts: Sequence[Part]) -> Iterator[str]:
    for kind in FRONT:
        instances = [part for part in parts if part.kind == kind]
        if instances and not any(part.serves for part in instances):
            yield f"nobody is served: no instance of {kind} is well"


def _of_database(database: DatabaseCondition | None) -> Iterator[str]:
    if database is None:
        yield "the database's nodes cannot be asked who is primary"
        return
    if database.primary is None:
        yield "there is no primary database; `promote` makes the standby one"
    if database.standby is None:
        yield "there is no standby database; one failure more and the last backup is all there is"
    elif database.primary and not database.streaming:
        yield "the standby database does not stream"
    if (database.lag_bytes or 0) > LAG_BYTES or (database.lag_seconds or 0) > LAG_SECONDS:
        yield (
            f"the standby database is {size(database.lag_bytes or 0)} and {duration(database.lag_seconds or 0)} behind"
        )
    for slot in database.slots:
        if slot.wal_status in ("unreserved", "lost"):
            yield f"replication slot {slot.name} is {slot.wal_status}: its reader must copy everything again"
        elif not slot.active:
            yield f"replication slot {slot.name} has no reader and keeps {size(slot.bytes)} of write-ahead log"


def _of_parts(found: Condition, parts: Sequence[Part]) -> Iterator[str]:
    kinds = {part.kind for part in parts}
    for kind in KINDS:
        if kind not in kinds:
            yield f"{kind} is missing; `pulumi up` makes it"
    measured = {part.name: part for part in found.parts}
    for part in parts:
        yield from _of_one_off(part) if part.kind in ONE_OFF else _of_service(part, measured[part.name], found.at)
    releases = sorted({part.release for part in parts if part.release and part.kind not in ONE_OFF})
    if len(releases) > 1:
        yield f"containers of several releases run: {', '.join(releases)}; `pulumi up` brings them together"


def _of_one_off(part: Part) -> Iterator[str]:
    if part.state == "exited" and part.exit_code:
        yield f"{part.name} ended with {part.exit_code}; see `docker logs {part.container}`"


def _of_service(part: Part, measured: PartCondition, now: datetime) -> Iterator[str]:
    if part.state != "running":
        memory = ", out of memory" if part.out_of_memory else ""
        yield f"{part.name} is {part.state} (exit code {part.exit_code}{memory})"
    elif part.health not in (None, "healthy"):
        yield f"{part.name} is {part.health}; see `docker logs {part.container}`"
    elif part.restarts and part.started and now - part.started < timedelta(hours=1):
        yield f"{part.name} was restarted {part.restarts} times, the last time within an hour"
    if measured.memory and part.memory and 100 * measured.memory > GUIDE.memory_percent * part.memory:
        yield f"{part.name} uses {size(measured.memory)} of {size(part.memory)}"


def _of_traffic(found: Condition) -> Iterator[str]:
    traffic = found.traffic
    if traffic is None:
        yield "the log of nginx cannot be read: how users are served is not known"
        return
    lately = f"in the last {(found.at - traffic.since).total_seconds() / 60:.0f} min"
    if traffic.failed == traffic.requests >= LEAST_UNSERVED:
        yield f"nobody was served {lately}: each of {traffic.requests:,} requests failed"
    elif traffic.requests >= LEAST_REQUESTS and 100 * traffic.failed > GUIDE.error_percent * traffic.requests:
        yield f"{traffic.failed:,} of {traffic.requests:,} requests failed {lately}"
    for one in traffic.services:
        timed = one.service in TIMED and one.answers >= LEAST_REQUESTS
        if timed and one.p95 is not None and one.p95 > GUIDE.response_seconds:
            begun = f"5 % of {one.answers:,} answers took {latency(one.p95)} or more to begin"
            yield f"answers of {one.service} are slow {lately}: {begun}"


def _of_machine(machine: MachineCondition) -> Iterator[str]:
    """One look at the use of CPUs is noise, so it is the load of a quarter of an hour that is judged."""
    *_, load = machine.load
    if 100 * load > GUIDE.cpu_percent * machine.cpus:
        yield f"the host is busy: {load:.1f} processes on average wanted one of its {machine.cpus} CPUs for 15 min"
    used = machine.memory - machine.memory_available
    if 100 * used > GUIDE.memory_percent * machine.memory:
        yield f"the host's memory is short: {size(used)} of {size(machine.memory)} are used"


def _of_backups(found: Condition) -> Iterator[str]:
    ages = found.backups or BackupCondition(full=None, files=None, wal=None, failures={})
    for what, last, allowed in (
        ("full backup", ages.full, backups.FULL_ALLOWED),
        ("snapshot of files", ages.files, backups.FILES_ALLOWED),
        ("received write-ahead log", ages.wal, backups.WAL_ALLOWED),
    ):
        if last is None:
            yield f"there is no {what}"
        elif found.at - last > allowed:
            yield f"the last {what} is {duration((found.at - last).total_seconds())} old"
    for kind, failure in ages.failures.items():
        yield f"the last backup of kind {kind} failed: {failure}"


def _of_room(found: Condition) -> Iterator[str]:
    if found.disk and 100 * (found.disk.bytes - found.disk.free) > GUIDE.disk_percent * found.disk.bytes:
        yield f"the disk has {size(found.disk.free)} of {size(found.disk.bytes)} free"
    if found.certificate is None:
        yield "nginx has no certificate that can be read"
    elif found.certificate.ends - found.at < SOON:
        yield f"the certificate ends on {found.certificate.ends:%Y-%m-%d}"
