"""`status`: how every part of the stack is, and what is wrong first."""

import argparse
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from operations.host import backups, certificate
from operations.host.call import address_of
from operations.host.condition import (
    BackupCondition,
    CertificateCondition,
    Condition,
    DatabaseCondition,
    PartCondition,
    SlotCondition,
    VolumeCondition,
)
from operations.host.docker_host import DockerHost
from operations.host.part import KINDS, ONE_OFF, Part, Use
from operations.host.postgres_pair import PostgresPair, other
from operations.host.preflight import SOON
from operations.journal import unfinished
from operations.outcome import ExitCode, FailedError
from operations.output import duration, say, size, table

LAG_BYTES = 64 * 1024**2
LAG_SECONDS = 60
"""A standby further behind would lose that much in a promotion: four segments of write-ahead log, or a minute."""

MEMORY_SHARE = 0.9
DISK_SHARE = 0.85
"""Shares above which a part or the disk is about to be full: PostgreSQL stops writing on a full disk."""

CERTIFICATE_FILE = "/run/secrets/dify/certificate.pem"
"""In nginx' container."""


def options(command: argparse.ArgumentParser) -> None:
    """What `status` takes beside the stack."""
    command.add_argument("--json", action="store_true", help="as JSON, in the form of operations/host/condition.py")


def command(chosen: argparse.Namespace) -> ExitCode:
    """`status STACK [--json]`."""
    begun = [journal.call for journal in unfinished(chosen.state_folder, chosen.stack)]
    with DockerHost.reach(address_of(chosen), chosen.stack) as host:
        found = Status(host=host, unfinished=begun).read()
    say(found.model_dump_json(indent=2) if chosen.json else text(found))
    return ExitCode.FAILED if found.problems else ExitCode.DONE


@dataclass(frozen=True, kw_only=True)
class Status:
    """Reads the condition of `host`; `unfinished` are the calls of operations that were begun and not ended."""

    host: DockerHost
    unfinished: Sequence[str] = ()

    def read(self) -> Condition:
        """Everything that can be seen. What cannot is a problem, never an error. Raises FailedError without Docker."""
        parts = self.host.parts()
        database = self._database()
        kept = backups.read_status(self.host)
        disk = backups.disk(self.host)
        served = self._certificate()
        now = datetime.now(UTC)
        found = Condition(
            stack=self.host.stack,
            at=now,
            problems=(),
            parts=self._conditions(parts),
            database=database,
            backups=kept,
            volumes=self._volumes(),
            disk=disk,
            certificate=served,
            unfinished=tuple(self.unfinished),
        )
        return found.model_copy(update={"problems": tuple(problems(found, parts))})

    def _conditions(self, parts: Sequence[Part]) -> tuple[PartCondition, ...]:
        # Docker measures each for a second, so all at once.
        with ThreadPoolExecutor(max_workers=max(1, len(parts))) as measuring:
            uses = list(measuring.map(self._use, parts))
        return tuple(
            PartCondition(
                name=part.name,
                state=part.state,
                health=part.health,
                release=part.release,
                started=part.started,
                restarts=part.restarts,
                memory=use.memory if use else None,
                memory_limit=part.memory,
                cpu=use.cpu if use else None,
            )
            for part, use in zip(parts, uses, strict=True)
        )

    def _use(self, part: Part) -> Use | None:
        """None also for a part that ends while it is measured."""
        try:
            return self.host.use(part)
        except FailedError:
            return None

    def _database(self) -> DatabaseCondition | None:
        pair = PostgresPair(host=self.host)
        try:
            named = pair.named_primary()
            primary = named if pair.writes(named) else None
            standby = other(named) if pair.follows(other(named)) else None
            followed = pair.standby_of(named) if primary else None
            slots = pair.slots(named) if primary else ()
        except FailedError:
            return None
        return DatabaseCondition(
            primary=primary,
            standby=standby,
            streaming=followed is not None and followed.state == "streaming",
            lag_bytes=followed.bytes if followed else None,
            lag_seconds=followed.seconds if followed else None,
            slots=tuple(
                SlotCondition(name=slot.name, active=slot.active, wal_status=slot.wal_status, bytes=slot.bytes)
                for slot in slots
            ),
        )

    def _volumes(self) -> tuple[VolumeCondition, ...]:
        try:
            sizes = self.host.volume_sizes()
        except FailedError:
            return ()
        return tuple(VolumeCondition(name=name, bytes=count) for name, count in sorted(sizes.items()))

    def _certificate(self) -> CertificateCondition | None:
        if self.host.find("nginx") is None:
            return None
        facts = certificate.facts_of("nginx", self.host.read("nginx", CERTIFICATE_FILE))
        return CertificateCondition(names=facts.names, ends=facts.ends) if facts.unreadable is None else None


def problems(found: Condition, parts: Sequence[Part]) -> Iterator[str]:
    """What is wrong, worst first, one line each."""
    yield from _of_database(found.database)
    yield from _of_parts(found, parts)
    yield from _of_backups(found)
    yield from _of_room(found)
    for call in found.unfinished:
        yield f"the operation `{call}` is unfinished; call it again"


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
    if measured.memory and part.memory and measured.memory > MEMORY_SHARE * part.memory:
        yield f"{part.name} uses {size(measured.memory)} of {size(part.memory)}"


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
    if found.disk and found.disk.free < (1 - DISK_SHARE) * found.disk.bytes:
        yield f"the disk has {size(found.disk.free)} of {size(found.disk.bytes)} free"
    if found.certificate is None:
        yield "nginx has no certificate that can be read"
    elif found.certificate.ends - found.at < SOON:
        yield f"the certificate ends on {found.certificate.ends:%Y-%m-%d}"


def text(found: Condition) -> str:
    """`found` for people: what is wrong in the first line."""
    first, *more = found.problems or ("all is well",)
    return "\n".join(
        (
            f"{found.stack}: {first}" + (f" (and {len(more)} more)" if more else ""),
            *(f"  {problem}" for problem in more),
            "",
            _parts_table(found),
            "",
            *_lines(found),
        )
    )


def _parts_table(found: Condition) -> str:
    rows = [
        (
            part.name,
            part.state,
            part.health or "-",
            part.release or "-",
            duration((found.at - part.started).total_seconds()) if part.started else "-",
            str(part.restarts),
            "-" if part.memory is None else size(part.memory),
            size(part.memory_limit) if part.memory_limit else "none",
            "-" if part.cpu is None else f"{part.cpu:.2f}",
        )
        for part in found.parts
    ]
    head = ("PART", "STATE", "HEALTH", "RELEASE", "STARTED", "RESTARTS", "MEMORY", "LIMIT", "CPUS")
    return table(head, rows)


def _lines(found: Condition) -> Iterator[str]:
    if database := found.database:
        lag = "not streaming"
        if database.streaming:
            lag = f"{size(database.lag_bytes or 0)}, {duration(database.lag_seconds or 0)} behind"
        yield f"database: primary {database.primary or 'none'}, standby {database.standby or 'none'} ({lag})"
        for slot in database.slots:
            reader = "read" if slot.active else "not read"
            yield f"slot {slot.name}: {reader}, keeps {size(slot.bytes)}"
    for name in ("full", "files", "wal"):
        last: datetime | None = getattr(found.backups, name, None)
        yield f"backup, {name}: {_ago(found.at, last)}"
    for volume in found.volumes:
        yield f"volume {volume.name}: {size(volume.bytes)}"
    if found.disk:
        yield f"disk: {size(found.disk.free)} of {size(found.disk.bytes)} free"
    if served := found.certificate:
        yield f"certificate: {', '.join(served.names)}, ends {served.ends:%Y-%m-%d}"


def _ago(now: datetime, then: datetime | None) -> str:
    return "none" if then is None else f"{duration((now - then).total_seconds())} ago"
