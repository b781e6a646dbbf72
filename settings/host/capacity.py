"""What a host's containers need together."""

from dataclasses import dataclass

from dify.capacity import RESERVED_CLIENTS, RESERVED_CONNECTIONS, clients_per_task, connections_per_task
from dify.postgresql import MIB_PER_CONNECTION, SHARED_BUFFERS_PERCENT
from dify.services import API
from settings.host.plan import deployments, migration
from settings.host.services import ContainerSize
from settings.host.stack import HostSettings

SYSTEM_MIB = 2048
"""Left for the operating system, the Docker Engine and its proxies."""

LEAST_NGINX_CONNECTIONS = 4096
"""What pages, files and idle browsers need beside a small api."""

_NODES = 2


@dataclass(frozen=True, kw_only=True)
class Part:
    """`key` is where the stack file says its size; empty for what it does not say."""

    name: str
    key: str
    cpus: float
    memory_mib: int
    instances: int = 1


def containers(settings: HostSettings) -> tuple[Part, ...]:
    """Every container that runs at once, the one-off migration among them."""
    once = migration(settings)
    sizes = settings.services
    keys: dict[str, ContainerSize] = {
        "services.web": sizes.web,
        "services.api": sizes.api,
        "services.worker": sizes.worker,
        "services.beat": sizes.beat,
        **({"services.collaboration": sizes.collaboration} if sizes.collaboration.enabled else {}),
        "services.pluginDaemon": sizes.plugin_daemon,
        "services.sandbox": sizes.sandbox,
        "services.ssrfProxy": sizes.ssrf_proxy,
        "services.nginx": sizes.nginx,
        "database": settings.database,
        "cache": settings.cache,
        "backups": settings.backups,
    }
    return (
        *(
            Part(
                name=key.rpartition(".")[2],
                key=key,
                cpus=size.cpus,
                memory_mib=size.memory_mib,
                instances=_NODES if size is settings.database else getattr(size, "instances", 1),
            )
            for key, size in keys.items()
        ),
        Part(name=once.name, key="", cpus=once.cpu / 1024, memory_mib=once.memory),
    )


def connections(settings: HostSettings) -> int:
    """Database connections that all processes may open at once, and those that are kept for others."""
    everything = (*deployments(settings), migration(settings))
    return RESERVED_CONNECTIONS + sum(each.max_tasks * connections_per_task(each, pgvector=True) for each in everything)


def clients(settings: HostSettings) -> int:
    """Connections to Redis that all processes may open at once, and those that are kept for others."""
    everything = (*deployments(settings), migration(settings))
    return RESERVED_CLIENTS + sum(each.max_tasks * clients_per_task(each) for each in everything)


def nginx_connections(settings: HostSettings) -> int:
    """Connections that one process of nginx may hold: two for each request that the api instances and the editors take
    at once, as far as descriptors go, of which nginx takes twice as many."""
    asked = sum(
        each.max_tasks * each.tuning.processes * each.tuning.connections
        for each in deployments(settings)
        if each.service.mode == API.mode
    )
    return min(max(LEAST_NGINX_CONNECTIONS, 2 * asked), settings.host.open_files // 2)


def most_connections(settings: HostSettings) -> int:
    """What PostgreSQL's memory has room for beside its buffers."""
    return settings.database.memory_mib * (100 - SHARED_BUFFERS_PERCENT) // 100 // MIB_PER_CONNECTION


def table(settings: HostSettings) -> str:
    """Every container with its size, and the sum beside what the host has."""
    rows = [("container", "instances", "CPUs", "MiB")]
    rows += [(p.name, str(p.instances), f"{p.cpus:g}", str(p.memory_mib)) for p in containers(settings)]
    parts = containers(settings)
    cpus = sum(part.cpus * part.instances for part in parts if part.key)
    memory = sum(part.memory_mib * part.instances for part in parts)
    rows.append(("all of them", "", f"{cpus:g}", str(memory)))
    rows.append(("host", "", str(settings.host.cpus), str(settings.host.memory_gib * 1024)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
