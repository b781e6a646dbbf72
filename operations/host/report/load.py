"""How busy the host and its containers are while the report is made."""

from collections.abc import Iterator

from operations.host import backups
from operations.host.condition import PartCondition
from operations.host.docker_host import DockerHost
from operations.host.machine import read_machine
from operations.host.measured_parts import measured_parts
from operations.output import size
from operations.report_page import Section


def load_sections(host: DockerHost) -> list[Section]:
    """The host, and each container that runs. Raises FailedError."""
    parts = measured_parts(host, host.parts())
    return [
        Section(title="Load of the host", head=("WHAT", "USED", "OF", "SHARE"), rows=list(_host(host))),
        Section(
            title="Load of the containers",
            head=("PART", "CPUS", "MEMORY", "LIMIT", "SHARE", "RECEIVED", "SENT"),
            rows=[_row(part) for part in parts if part.memory is not None],
            note="At this moment: CPUs are those of one second, bytes of the network those since the start.",
        ),
    ]


def _host(host: DockerHost) -> Iterator[tuple[str, str, str, str]]:
    if machine := read_machine(host):
        for minutes, load in zip((1, 5, 15), machine.load, strict=True):
            yield f"CPUs, {minutes} min", f"{load:.2f}", str(machine.cpus), _share(load, machine.cpus)
        used = machine.memory - machine.memory_available
        yield "memory", size(used), size(machine.memory), _share(used, machine.memory)
    if disk := backups.disk(host):
        used = disk.bytes - disk.free
        yield "disk", size(used), size(disk.bytes), _share(used, disk.bytes)


def _row(part: PartCondition) -> tuple[str, ...]:
    return (
        part.name,
        f"{part.cpu or 0:.2f}",
        size(part.memory or 0),
        size(part.memory_limit) if part.memory_limit else "none",
        _share(part.memory or 0, part.memory_limit),
        size(part.received or 0),
        size(part.sent or 0),
    )


def _share(used: float, whole: float) -> str:
    return f"{100 * used / whole:.0f} %" if whole else "-"
