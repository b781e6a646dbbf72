"""From the settings of a stack to what it wants of its host."""

from dify.releases import POSTGRESQL_MAJOR
from operations.host.preflight import HostPlan, Port
from settings.host.capacity import SYSTEM_MIB, containers
from settings.host.stack import HostSettings

_MIB, _GIB = 1024**2, 1024**3

DISK = 20 * _GIB
"""Bytes that must be free: 8 GiB of write-ahead log that may wait for a reader (`max_slot_wal_keep_size` of
components/docker_host/scripts/postgres_settings.sh), the rest for images of two releases side by side."""


def plan_of(settings: HostSettings, stack: str) -> HostPlan:
    """What `stack` wants of its host."""
    parts = containers(settings)
    network = settings.network
    return HostPlan(
        stack=stack,
        docker_host=settings.host.docker,
        domain=settings.domain,
        release=settings.release,
        ports=tuple(
            Port(address=network.listen_address, number=number) for number in (network.http_port, network.https_port)
        ),
        memory=(SYSTEM_MIB + sum(part.memory_mib * part.instances for part in parts)) * _MIB,
        largest_cpus=max(part.cpus for part in parts),
        disk=DISK,
        postgres_major=POSTGRESQL_MAJOR,
        open_files=settings.host.open_files,
        watched=settings.alarms.reaches_somebody,
    )
