"""The texts of a host's volume of programs: scripts and configuration, without any secret."""

import math
from pathlib import Path

from components.docker_host import backup, database, nginx, readiness, secret_keeper, services
from dify.host_addresses import address, has_address
from dify.nginx import BODY_LIMIT_MIB, ReverseProxy, configuration
from dify.releases import SSRF_PROXY_FOLDER
from settings import HostSettings
from settings.host.capacity import nginx_connections
from settings.host.plan import deployments

_ROOT = Path(__file__).parent.parent
_AROUND_A_FILE_MIB = 1
"""What a form is around the file in it."""

_SCRIPTS = _ROOT / "components" / "docker_host" / "scripts"


def programs_of(config: HostSettings) -> dict[str, str]:
    """Texts by the name of their file."""
    proxy = _ROOT / SSRF_PROXY_FOLDER
    sources = {
        **{
            name: _SCRIPTS / name
            for name in (*database.SCRIPTS, *backup.SCRIPTS, secret_keeper.SCRIPT, readiness.SCRIPT)
        },
        "generation.py": _ROOT / "functions" / "shared" / "generation.py",
        services.SSRF_PROXY_SCRIPT: proxy / "entrypoint.sh",
        services.SSRF_PROXY_TEMPLATE: proxy / "squid.conf",
    }
    texts = {name: source.read_text(encoding="utf-8") for name, source in sources.items()}
    return {**texts, nginx.CONFIGURATION: configuration(_reverse_proxy(config))}


def _reverse_proxy(config: HostSettings) -> ReverseProxy:
    asked = [one for one in deployments(config) if has_address(one.service.kind)]
    return ReverseProxy(
        domain=config.domain,
        upstreams={
            one.name: [
                f"{address(config.network.cidr, one.service.kind, instance)}:{one.service.port}"
                for instance in range(1, one.min_tasks + 1)
            ]
            for one in asked
        },
        firewall=config.requests.choices(),
        trusted_proxies=config.requests.trusted_proxies,
        public_port=config.network.https_port,
        idle_timeout_seconds=config.requests.idle_timeout_seconds,
        processes=math.ceil(config.services.nginx.cpus),
        connections=nginx_connections(config),
        body_limit_mib=max(BODY_LIMIT_MIB, config.uploads.planned().largest_mib + _AROUND_A_FILE_MIB),
    )
