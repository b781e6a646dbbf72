"""Dify itself: the cluster and its services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from assembly.edge import Edge
from assembly.foundation import Foundation, namespace
from assembly.images import build_images, entries
from assembly.stores import Stores
from components.application import Application, ApplicationArgs, Load, Place
from components.cluster import Cluster, ClusterArgs
from components.collector import Collector
from components.container import OperatorSecret, Sidecar
from components.database import DATABASE_NAME, PLUGIN_DATABASE_NAME
from components.iam import Statement
from components.images import Images
from components.package_index import LOGIN_FILE, PackageIndex, PackageIndexArgs
from components.search import Search
from dify.environment import Endpoints
from dify.flows import CACHE_PORT, DATABASE_PORT
from dify.plan import named
from dify.releases import OTEL_COLLECTOR, PACKAGE_LOGIN
from dify.services import API, API_WEBSOCKET, BEAT, MIGRATION, PLUGIN_DAEMON, WORKER
from dify.telemetry import SENDERS
from settings import Settings
from settings.endpoints import isolates
from settings.plan import deployments, migration, options


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What runs."""

    cluster: Cluster
    application: Application


def build_application(base: Foundation, stores: Stores, edge: Edge) -> Runtime:
    """The cluster and every service that runs in it."""
    config, site, here = base.config, base.site, base.here
    planned = deployments(config)
    cluster = Cluster(
        "cluster",
        ClusterArgs(vpc_id=base.network.vpc_id, cluster_name=site.name, namespace=namespace(site), logs=base.logs),
        here,
    )
    images = build_images(base)
    packages = None if config.network.internet else _package_index(base)
    collector = _collector(config, images)
    application = Application(
        "application",
        ApplicationArgs(
            site=site,
            logs=base.logs,
            place=Place(
                cluster=cluster,
                subnet_ids=base.network.private_subnet_ids,
                isolated_subnet_ids=base.network.data_subnet_ids
                if isolates(config)
                else base.network.private_subnet_ids,
                group_ids=base.group_ids,
            ),
            deployments=planned,
            migration=migration(config),
            options=options(config),
            endpoints=_endpoints(config, cluster, stores, packages),
            images=images,
            secrets=stores.secrets,
            operator_secrets=_operator_secrets(config),
            statements=_statements(base, stores, packages, collector),
            load=Load(
                requests_per_task={API.name: config.services.api.requests_per_task},
                backlogs={
                    worker.name: stores.queue_depth.backlog(worker.name, worker.tuning.backlog_per_task)
                    for worker in named(planned, WORKER.kind)
                },
            ),
            load_balancer=edge.load_balancer,
            sidecars=_sidecars(config, images, packages, collector),
            entries=entries(config),
            after=[stores.setup.finished, *edge.guards],
        ),
        here,
    )
    return Runtime(cluster=cluster, application=application)


def _endpoints(
    config: Settings, cluster: Cluster, stores: Stores, packages: PackageIndex | None
) -> pulumi.Output[Endpoints]:
    def known(hosts: Mapping[str, Any]) -> Endpoints:
        return Endpoints(
            domain=config.domain,
            region=config.region,
            namespace=cluster.namespace,
            database_port=DATABASE_PORT,
            database_name=DATABASE_NAME,
            plugin_database_name=PLUGIN_DATABASE_NAME,
            cache_port=CACHE_PORT,
            **hosts,
        )

    return pulumi.Output.all(
        database_host=stores.database_host,
        cache_host=stores.cache.host,
        files_bucket=stores.storage.files_bucket,
        plugins_bucket=stores.storage.plugins_bucket,
        search_host="" if stores.search is None else stores.search.host,
        package_index_url="" if packages is None else packages.index_url,
        package_login_file="" if packages is None else LOGIN_FILE,
    ).apply(known)


def _statements(
    base: Foundation, stores: Stores, packages: PackageIndex | None, collector: Collector | None
) -> dict[str, Sequence[Statement]]:
    """What each kind of service may do in AWS. Runners of other people's code may do nothing, plugins keep packages."""
    sends = [] if collector is None else collector.send_statements()
    files = stores.storage.files_statements()
    search = [] if stores.search is None else Search.use_statements(base.site)
    own = {
        **{service.kind: [*files, *search] for service in (API, WORKER, MIGRATION)},
        **{service.kind: files for service in (API_WEBSOCKET, BEAT)},
        PLUGIN_DAEMON.kind: [
            *stores.storage.plugins_statements(),
            *([] if packages is None else packages.read_statements()),
        ],
    }
    # These are also the kinds that send telemetry.
    return {kind: [*statements, *sends] for kind, statements in own.items()}


def _operator_secrets(config: Settings) -> list[OperatorSecret]:
    mail, telemetry = config.mail, config.telemetry
    given: list[OperatorSecret] = []
    if mail is not None:
        given.append(OperatorSecret(arn=mail.login, fields={"SMTP_USERNAME": "username", "SMTP_PASSWORD": "password"}))
    # With a collector beside it a service needs no key.
    if telemetry is not None and telemetry.login is not None and telemetry.collector is None:
        given.append(OperatorSecret(arn=telemetry.login, fields={"OTLP_API_KEY": "key"}))
    return given


def _package_index(base: Foundation) -> PackageIndex:
    return PackageIndex("packages", PackageIndexArgs(site=base.site, key_arn=base.keys.images.arn), base.here)


def _collector(config: Settings, images: Images) -> Collector | None:
    telemetry = options(config).telemetry
    if config.telemetry is None or telemetry is None or telemetry.collector is None:
        return None
    return Collector(
        region=config.region,
        image=images.references[OTEL_COLLECTOR],
        choices=telemetry.collector,
        login=config.telemetry.login,
    )


def _sidecars(
    config: Settings, images: Images, packages: PackageIndex | None, collector: Collector | None
) -> dict[str, Sequence[Sidecar]]:
    logins = [] if packages is None else [packages.login_sidecar(PACKAGE_LOGIN, images.references[PACKAGE_LOGIN])]
    collectors = [] if collector is None else [collector.sidecar()]
    senders = [one.name for one in (*deployments(config), migration(config)) if one.service.kind in SENDERS]
    return {name: [*(logins if name == PLUGIN_DAEMON.name else ()), *collectors] for name in senders}
