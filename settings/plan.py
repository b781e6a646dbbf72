"""From settings to Dify's plan: which services the stack runs and what they agree on."""

from dify.plan import Cleanup, Collector, Deployment, Mail, Options, Peak, Telemetry, Tuning
from dify.releases import ADOT_COLLECTOR, AWS_CLI, OTEL_COLLECTOR, PACKAGE_LOGIN, RELEASES, SQUID
from dify.services import (
    AGENT_BACKEND,
    AGENT_SSRF_PROXY,
    API,
    API_WEBSOCKET,
    BEAT,
    LOCAL_SANDBOX,
    MIGRATION,
    PLUGIN_DAEMON,
    SANDBOX,
    SSRF_PROXY,
    WEB,
    WORKER,
    Service,
    worker_of,
)
from dify.telemetry import COLLECTOR_ENDPOINT
from settings.images import Source
from settings.services import Worker, WorkerGroup
from settings.stack import Settings
from settings.task_size import Scaled
from settings.telemetry import Protocol
from settings.telemetry import Telemetry as TelemetryChoices

_MIGRATION_CPU, _MIGRATION_MEMORY = 1024, 4096
"""One process of the api image needs what its import needs; building an index is the database's work."""

_WEBSOCKET_CONNECTIONS = 1000
"""Open editors of one process (docker/docker-compose.yaml, api_websocket)."""


def is_dual_stack(settings: Settings) -> bool:
    """Whether the load balancer is public, and so has addresses of IPv6 beside those of IPv4."""
    return settings.network.internet and settings.edge.content_delivery is None


def deployments(settings: Settings) -> tuple[Deployment, ...]:
    """Every service that runs all the time, each as this stack runs it."""
    sizes, database = settings.services, settings.database
    pool = {"pool_size": database.pool_size, "max_overflow": database.max_overflow}
    api = Tuning(processes=sizes.api.processes, connections=sizes.api.connections_per_process, **pool)
    plain = Tuning(**pool)
    found = [
        _scaled(WEB, sizes.web, plain),
        _scaled(API, sizes.api, api),
        *_workers(settings),
        Deployment(service=BEAT, cpu=sizes.beat.cpu, memory=sizes.beat.memory, tuning=plain),
        Deployment(
            service=PLUGIN_DAEMON,
            cpu=sizes.plugin_daemon.cpu,
            memory=sizes.plugin_daemon.memory,
            disk_gib=sizes.plugin_daemon.disk_gib,
            tuning=plain,
        ),
        _scaled(SANDBOX, sizes.sandbox, plain),
        _scaled(SSRF_PROXY, sizes.ssrf_proxy, plain),
    ]
    if sizes.collaboration.enabled:
        websocket = Tuning(connections=_WEBSOCKET_CONNECTIONS, **pool)
        found.append(_scaled(API_WEBSOCKET, sizes.collaboration, websocket))
    if sizes.agents.enabled:
        found += [
            Deployment(service=AGENT_BACKEND, cpu=sizes.agents.cpu, memory=sizes.agents.memory, tuning=plain),
            Deployment(
                service=LOCAL_SANDBOX,
                cpu=sizes.agents.cpu,
                memory=sizes.agents.memory,
                disk_gib=sizes.agents.disk_gib,
                tuning=plain,
            ),
            _scaled(AGENT_SSRF_PROXY, sizes.ssrf_proxy, plain),
        ]
    return tuple(found)


def migration(settings: Settings) -> Deployment:
    """The one-off task that changes the schema."""
    database = settings.database
    return Deployment(
        service=MIGRATION,
        cpu=_MIGRATION_CPU,
        memory=_MIGRATION_MEMORY,
        tuning=Tuning(pool_size=database.pool_size, max_overflow=database.max_overflow),
    )


def options(settings: Settings) -> Options:
    """What several services must agree on."""
    mail, cleanup = settings.mail, settings.cleanup
    return Options(
        idle_timeout_seconds=settings.edge.idle_timeout_seconds,
        collaboration=settings.services.collaboration.enabled,
        agent=settings.services.agents.enabled,
        vector_store=settings.vector_store.kind.value,
        pooled=settings.database.proxy,
        internet=settings.network.internet,
        mail=None
        if mail is None
        else Mail(
            server=mail.server or f"email-smtp.{settings.region}.amazonaws.com", port=mail.port, sender=mail.sender
        ),
        telemetry=None if settings.telemetry is None else _telemetry(settings.telemetry),
        cleanup=Cleanup(
            workflow_logs_after_days=cleanup.workflow_logs_after_days,
            messages_after_days=cleanup.messages_after_days,
            embedding_cache=cleanup.embedding_cache,
            unused_datasets=cleanup.unused_datasets,
        ),
        uploads=settings.uploads.planned(),
    )


def _telemetry(choices: TelemetryChoices) -> Telemetry:
    protocol, needs_login = (choices.protocol or Protocol.HTTP).value, choices.login is not None
    if choices.collector is None:
        # Without a collector the settings have an endpoint.
        return Telemetry(
            endpoint=choices.endpoint or "",
            protocol=protocol,
            sampling_rate=choices.sampling_rate,
            needs_login=needs_login,
        )
    return Telemetry(
        endpoint=COLLECTOR_ENDPOINT,
        protocol=Protocol.HTTP.value,
        sampling_rate=choices.sampling_rate,
        collector=Collector(endpoint=choices.endpoint, protocol=protocol, needs_login=needs_login),
    )


def _scaled(service: Service, size: Scaled, tuning: Tuning, queues: tuple[str, ...] = ()) -> Deployment:
    return Deployment(
        service=service,
        cpu=size.cpu,
        memory=size.memory,
        min_tasks=size.min_tasks,
        max_tasks=size.max_tasks,
        tuning=tuning,
        queues=queues,
        peaks=tuple(
            Peak(start=peak.start, end=peak.end, timezone=peak.time_zone, min_tasks=peak.min_tasks)
            for peak in size.peaks
        ),
    )


def _workers(settings: Settings) -> list[Deployment]:
    """One worker of every queue, or one of each group."""
    database = settings.database

    def tuning(worker: Worker) -> Tuning:
        return Tuning(
            slots=worker.concurrency,
            backlog_per_task=worker.backlog_per_task,
            pool_size=database.pool_size,
            max_overflow=database.max_overflow,
        )

    def of_group(group: WorkerGroup) -> Deployment:
        return _scaled(worker_of(group.name), group, tuning(group), group.queues)

    groups = settings.services.worker_groups
    worker = settings.services.worker
    return [of_group(group) for group in groups] or [_scaled(WORKER, worker, tuning(worker))]


def images(settings: Settings) -> dict[str, str]:
    """The published images that the stack runs, by name. The SSRF proxy's is among them where it is not built here."""
    wanted = {one.service.image for one in (*deployments(settings), migration(settings))}
    published = {name: image for name, image in RELEASES[settings.release].images.items() if name in wanted}
    if settings.images.source is Source.UPSTREAM:
        published[SSRF_PROXY.image] = SQUID
    if not settings.network.internet:
        published[PACKAGE_LOGIN] = AWS_CLI
    if settings.telemetry is not None and settings.telemetry.collector is not None:
        published[OTEL_COLLECTOR] = ADOT_COLLECTOR
    return published
