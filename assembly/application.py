"""Dify itself: the cluster and its services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from assembly.edge import Edge
from assembly.foundation import Foundation, namespace
from assembly.images import build_images, entries
from assembly.stores import Stores
from components.application import Application, ApplicationArgs, Load, OperatorSecret, Place
from components.cluster import Cluster, ClusterArgs
from components.container import Sidecar
from components.database import DATABASE_NAME, PLUGIN_DATABASE_NAME
from components.iam import Statement
from components.images import Images
from components.package_index import LOGIN_FILE, PackageIndex, PackageIndexArgs
from components.search import Search
from dify.environment import Endpoints
from dify.flows import CACHE_PORT, DATABASE_PORT
from dify.plan import named
from dify.releases import PACKAGE_LOGIN
from dify.services import API, API_WEBSOCKET, BEAT, MIGRATION, PLUGIN_DAEMON, WORKER
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
            statements=_statements(base, stores, packages),
            load=Load(
                requests_per_task={API.name: config.services.api.requests_per_task},
                backlogs={
                    worker.name: stores.queue_depth.backlog(worker.name, worker.tuning.backlog_per_task)
                    for worker in named(planned, WORKER.kind)
                },
            ),
            load_balancer=edge.load_balancer,
            sidecars=_sidecars(images, packages),
            entries=entries(config),
            after=[stores.setup.finished, *edge.guards],
        ),
        here,
    )
    return Runtime(cluster=cluster, application=application)


def _endpoints(
    config: Settings, cluster: Cluster, stores: Stores, packages: PackageIndex | None
) -> pulumi.Output[Endpoints]:
    def known(hosts: Mapping[str, str]) -> Endpoints:
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


def _statements(base: Foundation, stores: Stores, packages: PackageIndex | None) -> dict[str, Sequence[Statement]]:
    """What each kind of service may do in AWS. Runners of other people's code may do nothing, plugins keep packages."""
    files = stores.storage.files_statements()
    search = [] if stores.search is None else Search.use_statements(base.site)
    return {
        **{service.kind: [*files, *search] for service in (API, WORKER, MIGRATION)},
        **{service.kind: files for service in (API_WEBSOCKET, BEAT)},
        PLUGIN_DAEMON.kind: [
            *stores.storage.plugins_statements(),
            *([] if packages is None else packages.read_statements()),
        ],
    }


def _operator_secrets(config: Settings) -> list[OperatorSecret]:
    mail, telemetry = config.mail, config.telemetry
    given: list[OperatorSecret] = []
    if mail is not None:
        given.append(OperatorSecret(arn=mail.login, fields={"SMTP_USERNAME": "username", "SMTP_PASSWORD": "password"}))
    if telemetry is not None and telemetry.login is not None:
        given.append(OperatorSecret(arn=telemetry.login, fields={"OTLP_API_KEY": "key"}))
    return given


def _package_index(base: Foundation) -> PackageIndex:
    return PackageIndex("packages", PackageIndexArgs(site=base.site, key_arn=base.keys.images.arn), base.here)


def _sidecars(images: Images, packages: PackageIndex | None) -> dict[str, Sequence[Sidecar]]:
    if packages is None:
        return {}
    return {PLUGIN_DAEMON.name: [packages.login_sidecar(PACKAGE_LOGIN, images.references[PACKAGE_LOGIN])]}
