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
    Problem,
    SlotCondition,
)
from operations.host.part import KEEPER, KINDS, ONE_OFF, Part
from operations.host.postgres_pair import NODES
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

ALONE = (NGINX, "redis")
"""Kinds of which there is one, which every request needs."""

LEAST_REQUESTS = 100 // GUIDE.error_percent
"""Under which nothing is said of shares: one failure alone would be more than the share that is allowed."""

LEAST_UNSERVED = 5
"""Failures without any success that are no chance, also at night."""


def problems(found: Condition, parts: Sequence[Part]) -> Iterator[Problem]:
    """What is wrong, worst first. No two have the same key."""
    yield from _of_front(parts)
    yield from _of_database(found.database, found.stack)
    yield from _of_parts(found, parts)
    yield from _of_traffic(found)
    yield from _of_backups(found)
    yield from _of_room(found)
    if found.machine:
        yield from _of_machine(found.machine, found.stack)
    for call in found.unfinished:
        yield Problem(
            key=f"the operation `{call}` is unfinished",
            text=f"the operation `{call}` is unfinished; call it again",
            remedy="call it again as it was, or with --abandon to forget it",
        )


def _of_front(parts: Sequence[Part]) -> Iterator[Problem]:
    for kind in FRONT:
        instances = [part for part in parts if part.kind == kind]
        if instances and not any(part.serves for part in instances):
            yield Problem(
                key=f"no instance of {kind} is well",
                text=f"nobody is served: no instance of {kind} is well",
                remedy=_log_of(*(part.container for part in instances)),
                outage=True,
            )


def _of_database(database: DatabaseCondition | None, stack: str) -> Iterator[Problem]:
    if database is None:
        yield Problem(
            key="the database's nodes cannot be asked",
            text="the database's nodes cannot be asked who is primary",
            remedy=_log_of(*(f"dify-{stack}-{node}" for node in NODES)),
            outage=True,
        )
        return
    if database.primary is None:
        yield Problem(
            key="there is no primary database",
            text="there is no primary database; `promote` makes the standby one",
            remedy=_operation("promote", stack),
            outage=True,
        )
    yield from _of_standby(database)
    for slot in database.slots:
        yield from _of_slot(slot, stack)


def _of_standby(database: DatabaseCondition) -> Iterator[Problem]:
    remedy = "docker start the node that is down: it copies the primary again by itself, and its log says why it fell"
    if database.standby is None:
        yield Problem(
            key="there is no standby database",
            text="there is no standby database; one failure more and the last backup is all there is",
            remedy=remedy,
        )
    elif database.primary and not database.streaming:
        said = "the standby database does not stream"
        yield Problem(key=said, text=said, remedy=remedy)
    if (database.lag_bytes or 0) > LAG_BYTES or (database.lag_seconds or 0) > LAG_SECONDS:
        lag = f"{size(database.lag_bytes or 0)} and {duration(database.lag_seconds or 0)}"
        yield Problem(key="the standby database is behind", text=f"the standby database is {lag} behind", remedy=remedy)


def _of_slot(slot: SlotCondition, stack: str) -> Iterator[Problem]:
    name = f"replication slot {slot.name}"
    remedy = "nothing for a node that runs: it copies everything again by itself"
    if slot.name == backups.PART:
        remedy = _operation("backup", stack)
    if slot.wal_status in ("unreserved", "lost"):
        text = f"{name} is {slot.wal_status}: its reader must copy everything again"
        yield Problem(key=f"{name} is {slot.wal_status}", text=text, remedy=remedy)
    elif not slot.active:
        text = f"{name} has no reader and keeps {size(slot.bytes)} of write-ahead log"
        yield Problem(key=f"{name} has no reader", text=text, remedy=remedy)


def _of_parts(found: Condition, parts: Sequence[Part]) -> Iterator[Problem]:
    kinds = {part.kind for part in parts}
    for kind in KINDS:
        if kind not in kinds:
            yield Problem(
                key=f"{kind} is missing",
                text=f"{kind} is missing; `pulumi up` makes it",
                remedy=f"pulumi up --stack {found.stack}",
                outage=kind in (*FRONT, *ALONE),
            )
    measured = {part.name: part for part in found.parts}
    for part in parts:
        yield from _of_one_off(part) if part.kind in ONE_OFF else _of_service(part, measured[part.name], found)
    releases = sorted({part.release for part in parts if part.release and part.kind not in ONE_OFF})
    if len(releases) > 1:
        yield Problem(
            key="containers of several releases run",
            text=f"containers of several releases run: {', '.join(releases)}; `pulumi up` brings them together",
            remedy="an upgrade was interrupted: call it again",
        )


def _of_one_off(part: Part) -> Iterator[Problem]:
    if part.state == "exited" and part.exit_code:
        text = f"{part.name} ended with {part.exit_code}; see `docker logs {part.container}`"
        yield Problem(key=f"{part.name} ended", text=text, remedy=_log_of(part.container))


def _of_service(part: Part, measured: PartCondition, found: Condition) -> Iterator[Problem]:
    yield from _of_service_state(part, found.at)
    if measured.memory and part.memory and 100 * measured.memory > GUIDE.memory_percent * part.memory:
        yield Problem(
            key=f"{part.name} uses its memory",
            text=f"{part.name} uses {size(measured.memory)} of {size(part.memory)}",
            remedy=f"{_log_of(part.container)}; or more memoryMib for it in Pulumi.{found.stack}.yaml",
        )


def _of_service_state(part: Part, now: datetime) -> Iterator[Problem]:
    key, remedy, outage = f"{part.name} does not serve", _log_of(part.container), part.kind in ALONE
    if part.state != "running":
        memory = ", out of memory" if part.out_of_memory else ""
        text = f"{part.name} is {part.state} (exit code {part.exit_code}{memory})"
        yield Problem(key=key, text=text, remedy=remedy, outage=outage)
    elif part.health not in (None, "healthy"):
        text = f"{part.name} is {part.health}; see `docker logs {part.container}`"
        yield Problem(key=key, text=text, remedy=remedy, outage=outage)
    elif part.restarts and part.started and now - part.started < timedelta(hours=1):
        text = f"{part.name} was restarted {part.restarts} times, the last time within an hour"
        yield Problem(key=f"{part.name} was restarted", text=text, remedy=remedy)


def _of_traffic(found: Condition) -> Iterator[Problem]:
    traffic, report = found.traffic, _operation("report", found.stack)
    if traffic is None:
        yield Problem(
            key="the log of nginx cannot be read",
            text="the log of nginx cannot be read: how users are served is not known",
            remedy=f"docker logs --tail 1 dify-{found.stack}-{NGINX}: Docker's json-file driver must keep it",
        )
        return
    lately = f"in the last {(found.at - traffic.since).total_seconds() / 60:.0f} min"
    if traffic.failed == traffic.requests >= LEAST_UNSERVED:
        yield Problem(
            key="nobody was served",
            text=f"nobody was served {lately}: each of {traffic.requests:,} requests failed",
            remedy=f"docker logs of what is down, as other lines name it; else {report}",
            outage=True,
        )
    elif traffic.requests >= LEAST_REQUESTS and 100 * traffic.failed > GUIDE.error_percent * traffic.requests:
        yield Problem(
            key="requests failed",
            text=f"{traffic.failed:,} of {traffic.requests:,} requests failed {lately}",
            remedy=f"{report}: which service, which routes; then its log",
        )
    for one in traffic.services:
        timed = one.service in TIMED and one.answers >= LEAST_REQUESTS
        if timed and one.p95 is not None and one.p95 > GUIDE.response_seconds:
            begun = f"5 % of {one.answers:,} answers took {latency(one.p95)} or more to begin"
            yield Problem(
                key=f"answers of {one.service} are slow",
                text=f"answers of {one.service} are slow {lately}: {begun}",
                remedy=f"{report}: which routes; then the load of containers and database",
            )


def _of_machine(machine: MachineCondition, stack: str) -> Iterator[Problem]:
    """One look at the use of CPUs is noise, so it is the load of a quarter of an hour that is judged."""
    remedy = f"{_operation('report', stack)}: whose load; what else runs there"
    *_, load = machine.load
    if 100 * load > GUIDE.cpu_percent * machine.cpus:
        text = f"the host is busy: {load:.1f} processes on average wanted one of its {machine.cpus} CPUs for 15 min"
        yield Problem(key="the host is busy", text=text, remedy=remedy)
    used = machine.memory - machine.memory_available
    if 100 * used > GUIDE.memory_percent * machine.memory:
        text = f"the host's memory is short: {size(used)} of {size(machine.memory)} are used"
        yield Problem(key="the host's memory is short", text=text, remedy=remedy)


def _of_backups(found: Condition) -> Iterator[Problem]:
    ages = found.backups or BackupCondition(full=None, files=None, wal=None, failures={})
    remedy = f"{_log_of(f'dify-{found.stack}-{backups.PART}')}; look for a full disk first"
    for what, last, allowed in (
        ("full backup", ages.full, backups.FULL_ALLOWED),
        ("snapshot of files", ages.files, backups.FILES_ALLOWED),
        ("received write-ahead log", ages.wal, backups.WAL_ALLOWED),
    ):
        if last is None:
            yield Problem(key=f"there is no {what}", text=f"there is no {what}", remedy=remedy)
        elif found.at - last > allowed:
            old = duration((found.at - last).total_seconds())
            yield Problem(key=f"the last {what} is old", text=f"the last {what} is {old} old", remedy=remedy)
    for kind, failure in ages.failures.items():
        failed = f"the last backup of kind {kind} failed"
        yield Problem(key=failed, text=f"{failed}: {failure}", remedy=remedy)


def _of_room(found: Condition) -> Iterator[Problem]:
    if found.disk and 100 * (found.disk.bytes - found.disk.free) > GUIDE.disk_percent * found.disk.bytes:
        yield Problem(
            key="the disk is full",
            text=f"the disk has {size(found.disk.free)} of {size(found.disk.bytes)} free",
            remedy="docker system df; remove what a restore kept aside, or lower retentionDays of dify:backups",
        )
    if found.certificate is None:
        keeper, nginx = (f"dify-{found.stack}-{name}" for name in (KEEPER, NGINX))
        said = "nginx has no certificate that can be read"
        yield Problem(key=said, text=said, remedy=f"docker start -a {keeper} && docker restart {nginx}")
    elif found.certificate.ends - found.at < SOON:
        yield Problem(
            key="the certificate ends",
            text=f"the certificate ends on {found.certificate.ends:%Y-%m-%d}",
            remedy=f"put the new files in place, then pulumi up --stack {found.stack}",
        )


def _log_of(*containers: str) -> str:
    first, *others = containers
    return f"docker logs --tail 100 {first}" + (f", and of {', '.join(others)}" if others else "")


def _operation(name: str, stack: str) -> str:
    return f"python -m operations {name} {stack}"
