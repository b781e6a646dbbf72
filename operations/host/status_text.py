"""The condition of a stack, for people."""

from collections.abc import Iterator
from datetime import datetime

from operations.host.condition import Condition, TrafficCondition
from operations.output import ago, duration, latency, size, table


def text(found: Condition) -> str:
    """`found` for people: what is wrong in the first line."""
    first, *more = [problem.text for problem in found.problems] or ["all is well"]
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
    if machine := found.machine:
        used = machine.memory - machine.memory_available
        averages = ", ".join(f"{load:.2f}" for load in machine.load)
        yield f"load: {averages} on average over 1, 5 and 15 min, on {machine.cpus} CPUs"
        yield f"memory: {size(used)} of {size(machine.memory)} used"
    if traffic := found.traffic:
        yield from _traffic_lines(traffic, found.at)
    for name in ("full", "files", "wal"):
        last: datetime | None = getattr(found.backups, name, None)
        yield f"backup, {name}: {ago(found.at, last)}"
    for volume in found.volumes:
        yield f"volume {volume.name}: {size(volume.bytes)}"
    if found.disk:
        yield f"disk: {size(found.disk.free)} of {size(found.disk.bytes)} free"
    if served := found.certificate:
        yield f"certificate: {', '.join(served.names)}, ends {served.ends:%Y-%m-%d}"


def _traffic_lines(traffic: TrafficCondition, now: datetime) -> Iterator[str]:
    lately = f"in the last {(now - traffic.since).total_seconds() / 60:.0f} min"
    refused = f"{traffic.refused:,} more were refused by nginx"
    yield f"requests: {traffic.requests:,} {lately}, {traffic.failed:,} failed; {refused}"
    for one in traffic.services:
        begin = ""
        if one.median is not None and one.p95 is not None and one.p99 is not None:
            times = " / ".join(map(latency, (one.median, one.p95, one.p99)))
            begin = f"; answers begin after {times} (median, 95 %, 99 %)"
        yield f"requests to {one.service}: {one.requests:,}, {one.failed:,} failed{begin}"
