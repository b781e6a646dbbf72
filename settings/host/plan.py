"""From the settings of a host to Dify's plan: which containers run Dify and what they agree on."""

from dify.plan import Cleanup, Deployment, Mail, Options, Tuning
from dify.services import (
    API,
    API_WEBSOCKET,
    BEAT,
    MIGRATION,
    PLUGIN_DAEMON,
    SANDBOX,
    SSRF_PROXY,
    WEB,
    WORKER,
    Service,
)
from settings.host.services import ContainerSize
from settings.host.stack import HostSettings

VECTOR_STORE = "pgvector"
"""Vectors are in Dify's own database: one store to copy, to back up and to restore."""

_CPU = 1024
"""Units of one CPU in a plan."""

_MIGRATION_CPUS, _MIGRATION_MEMORY_MIB = 1.0, 2048
"""One process of the api image needs what its import needs; building an index is the database's work."""

_WEBSOCKET_CONNECTIONS = 1000
"""Open editors of one process (docker/docker-compose.yaml, api_websocket)."""


def deployments(settings: HostSettings) -> tuple[Deployment, ...]:
    """Every Dify service that runs all the time, each as this host runs it."""
    sizes = settings.services
    api = _tuning(settings, processes=sizes.api.processes, connections=sizes.api.connections_per_process)
    plain = _tuning(settings)
    found = [
        _deployment(WEB, sizes.web, plain, sizes.web.instances),
        _deployment(API, sizes.api, api, sizes.api.instances),
        _deployment(WORKER, sizes.worker, _tuning(settings, slots=sizes.worker.concurrency), sizes.worker.instances),
        _deployment(BEAT, sizes.beat, plain),
        _deployment(PLUGIN_DAEMON, sizes.plugin_daemon, plain),
        _deployment(SANDBOX, sizes.sandbox, plain),
        _deployment(SSRF_PROXY, sizes.ssrf_proxy, plain),
    ]
    if sizes.collaboration.enabled:
        websocket = _tuning(settings, connections=_WEBSOCKET_CONNECTIONS)
        found.append(_deployment(API_WEBSOCKET, sizes.collaboration, websocket))
    return tuple(found)


def migration(settings: HostSettings) -> Deployment:
    """The one-off container that changes the schema."""
    return Deployment(
        service=MIGRATION, cpu=int(_MIGRATION_CPUS * _CPU), memory=_MIGRATION_MEMORY_MIB, tuning=_tuning(settings)
    )


def options(settings: HostSettings) -> Options:
    """What several services must agree on."""
    mail, cleanup = settings.mail, settings.cleanup
    return Options(
        idle_timeout_seconds=settings.requests.idle_timeout_seconds,
        collaboration=settings.services.collaboration.enabled,
        agent=False,
        vector_store=VECTOR_STORE,
        mail=None if mail is None else Mail(server=mail.server, port=mail.port, sender=mail.sender),
        cleanup=Cleanup(
            workflow_logs_after_days=cleanup.workflow_logs_after_days,
            messages_after_days=cleanup.messages_after_days,
            embedding_cache=cleanup.embedding_cache,
            unused_datasets=cleanup.unused_datasets,
        ),
        uploads=settings.uploads.planned(),
    )


def _tuning(settings: HostSettings, *, processes: int = 1, connections: int = 200, slots: int = 16) -> Tuning:
    database = settings.database
    return Tuning(
        processes=processes,
        connections=connections,
        slots=slots,
        pool_size=database.pool_size,
        max_overflow=database.max_overflow,
    )


def _deployment(service: Service, size: ContainerSize, tuning: Tuning, instances: int = 1) -> Deployment:
    return Deployment(
        service=service,
        cpu=int(size.cpus * _CPU),
        memory=size.memory_mib,
        min_tasks=instances,
        max_tasks=instances,
        tuning=tuning,
    )
