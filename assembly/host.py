"""Dify on one Docker host, put together in the order in which its parts need each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_docker as docker

from assembly.host_programs import programs_of
from components.docker_host import backup, database, nginx, secret_keeper, services
from components.docker_host.application import HostApplication, HostApplicationArgs, Place
from components.docker_host.backup import HostBackup, HostBackupArgs
from components.docker_host.container import Attachment, digest
from components.docker_host.database import DatabasePair, DatabasePairArgs, database_hosts
from components.docker_host.images import HostImages, HostImagesArgs
from components.docker_host.networks import HostNetworks, HostNetworksArgs, Net
from components.docker_host.nginx import Listen, Nginx, NginxArgs
from components.docker_host.redis import PART as REDIS_PART
from components.docker_host.redis import Redis
from components.docker_host.secret_keeper import Certificate, SecretKeeper, SecretKeeperArgs
from components.docker_host.server import Server
from components.docker_host.site import HostSite
from components.docker_host.volumes import HostVolumes, HostVolumesArgs
from dify import host_secrets
from dify.environment import Endpoints
from dify.flows import CACHE_PORT, DATABASE_PORT
from dify.host_addresses import address, has_address
from dify.postgresql import maintenance_mib, postgresql_settings
from dify.releases import NGINX, POSTGRESQL, POSTGRESQL_MAJOR, REDIS, RELEASES, SQUID
from dify.services import API_IMAGE, SSRF_PROXY
from settings import HostSettings
from settings.host.capacity import connections
from settings.host.plan import deployments, migration, options

_DATABASE, _PLUGIN_DATABASE = "dify", "dify_plugin"
"""Databases that the first start makes (components/docker_host/scripts/postgres_roles.sql)."""


@dataclass(frozen=True, kw_only=True)
class Host:
    """What a host runs."""

    config: HostSettings
    site: HostSite
    networks: HostNetworks
    volumes: HostVolumes
    secrets: SecretKeeper
    database: DatabasePair
    redis: Redis
    application: HostApplication
    nginx: Nginx
    backup: HostBackup


def build_host(config: HostSettings) -> Host:
    """Everything, on the Docker Engine that the settings name."""
    site = HostSite(
        stack=pulumi.get_stack(),
        release=config.release,
        lifecycle=config.lifecycle,
        log_size_mib=config.logs.max_size_mib,
        log_files=config.logs.max_files,
        open_files=config.host.open_files,
    )
    here = pulumi.ResourceOptions(providers=[docker.Provider("docker", host=config.host.docker)])
    files = _secret_files(config, site)
    volumes = HostVolumes(
        "volumes",
        HostVolumesArgs(
            site=site,
            postgres_major=POSTGRESQL_MAJOR,
            secrets=sorted({*(f.volume for f in files), host_secrets.NGINX}),
        ),
        here,
    )
    networks = HostNetworks("networks", HostNetworksArgs(site=site, edge_cidr=config.network.cidr), here)
    images = HostImages("images", HostImagesArgs(published=_published(config)), here)
    programs = programs_of(config)
    # A stack on AWS does not wait for cryptography's import.
    from settings.host.certificate import fingerprint  # noqa: PLC0415

    certificate = Certificate(
        domain=config.domain,
        certificate_file=config.tls.certificate_file,
        key_file=config.tls.key_file,
        fingerprint=fingerprint(config.tls),
    )
    secrets = SecretKeeper(
        secret_keeper.PART,
        SecretKeeperArgs(
            site=site,
            image=images.ids[API_IMAGE],
            volumes=volumes.names,
            programs=programs,
            files=files,
            certificate=certificate,
            mail_login=None if config.mail is None else config.mail.login_file,
        ),
        here,
    )
    data = Attachment(network=networks.names[Net.DATA])
    pair = DatabasePair(
        "postgres",
        DatabasePairArgs(
            server=Server(
                site=site,
                image=images.ids["postgresql"],
                cpus=config.database.cpus,
                memory_mib=config.database.memory_mib,
                network=data,
                volumes=volumes.names,
                programs=_digest(programs, database.SCRIPTS),
                after=[secrets.filled],
            ),
            settings={
                **postgresql_settings(config.database.memory_mib, connections(config)),
                **config.database.parameters.chosen(),
            },
            maintenance_mib=config.database.parameters.maintenance_work_mem_mib
            or maintenance_mib(config.database.memory_mib),
            synchronous=config.database.synchronous,
        ),
        here,
    )
    redis = Redis(
        REDIS_PART,
        Server(
            site=site,
            image=images.ids["redis"],
            cpus=config.cache.cpus,
            memory_mib=config.cache.memory_mib,
            network=data,
            volumes=volumes.names,
            after=[secrets.filled],
        ),
        here,
    )
    application = HostApplication(
        "application",
        HostApplicationArgs(
            place=Place(
                site=site,
                networks=networks.names,
                volumes=volumes.names,
                images=images.ids,
                edge_cidr=config.network.cidr,
                programs={kind: _digest(programs, names) for kind, names in services.PROGRAMS_OF.items()},
            ),
            deployments=deployments(config),
            migration=migration(config),
            options=options(config),
            endpoints=_endpoints(config, site),
            secrets=secrets.filled,
            stores=[*pair.nodes, redis.container],
        ),
        here,
    )
    proxy = Nginx(
        nginx.PART,
        NginxArgs(
            server=Server(
                site=site,
                image=images.ids["nginx"],
                cpus=config.services.nginx.cpus,
                memory_mib=config.services.nginx.memory_mib,
                network=Attachment(network=networks.names[Net.EDGE], address=address(config.network.cidr, nginx.PART)),
                volumes=volumes.names,
                programs=digest({nginx.CONFIGURATION: programs[nginx.CONFIGURATION], "c": certificate.fingerprint}),
                after=[one for kind, several in application.containers.items() if has_address(kind) for one in several],
            ),
            listen=Listen(
                address=config.network.listen_address,
                http_port=config.network.http_port,
                https_port=config.network.https_port,
            ),
        ),
        here,
    )
    kept = HostBackup(
        backup.PART,
        HostBackupArgs(
            server=Server(
                site=site,
                image=images.ids["postgresql"],
                cpus=config.backups.cpus,
                memory_mib=config.backups.memory_mib,
                network=data,
                volumes=volumes.names,
                programs=_digest(programs, backup.SCRIPTS),
                after=pair.nodes,
            ),
            retention_days=config.backups.retention_days,
            hour=config.backups.hour,
        ),
        here,
    )
    return Host(
        config=config,
        site=site,
        networks=networks,
        volumes=volumes,
        secrets=secrets,
        database=pair,
        redis=redis,
        application=application,
        nginx=proxy,
        backup=kept,
    )


def host_outputs(host: Host) -> dict[str, Any]:
    """What a host tells those who operate it. What it does not have is not among them."""
    config = host.config
    copy = config.backups.copy_to
    return {
        "url": _endpoints(config, host.site).public_url,
        "docker": config.host.docker,
        "prefix": host.site.prefix,
        "release": config.release,
        "containers": {
            **host.application.container_names,
            "secret-keeper": host.secrets.container_name,
            **host.database.container_names,
            "redis": host.redis.container_name,
            "nginx": host.nginx.container_name,
            "backup": host.backup.container_name,
        },
        "volumes": host.volumes.names,
        "networks": host.networks.names,
        "self_signed": config.tls.self_signed,
        **({} if copy is None else {"backup_copy": copy.model_dump(by_alias=True)}),
    }


def _published(config: HostSettings) -> dict[str, str]:
    everything = (*deployments(config), migration(config))
    wanted = {one.service.image for one in everything} - {SSRF_PROXY.image}
    own = {name: image for name, image in RELEASES[config.release].images.items() if name in wanted}
    return {**own, SSRF_PROXY.image: SQUID, "postgresql": POSTGRESQL, "redis": REDIS, "nginx": NGINX}


def _digest(programs: Mapping[str, str], names: Sequence[str]) -> str:
    return digest({name: programs[name] for name in names})


def _secret_files(config: HostSettings, site: HostSite) -> tuple[host_secrets.SecretFile, ...]:
    return host_secrets.secret_files(
        (*deployments(config), migration(config)),
        options(config),
        cache_host=site.host(REDIS_PART),
        cache_port=CACHE_PORT,
    )


def _endpoints(config: HostSettings, site: HostSite) -> Endpoints:
    return Endpoints(
        domain=config.domain,
        https_port=config.network.https_port,
        namespace=site.namespace,
        database_host=database_hosts(site),
        database_port=DATABASE_PORT,
        database_name=_DATABASE,
        plugin_database_name=_PLUGIN_DATABASE,
        cache_host=site.host(REDIS_PART),
        cache_port=CACHE_PORT,
        encrypted=False,
    )
