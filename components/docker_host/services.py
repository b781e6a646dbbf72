"""How each Dify service is a container: entry point, health, networks, disks and capabilities.

Sources of entry points: api/Dockerfile and web/Dockerfile of langgenius/dify 1.16 to 1.17, docker/local.dockerfile of
langgenius/dify-plugin-daemon 0.6, docker/templates/production.dockerfile of langgenius/dify-sandbox 0.2.15. They are
named here because a shell must run before them that reads the secrets, or tells nginx how they are.
"""

from collections.abc import Mapping, Sequence

import pulumi

from components.docker_host import readiness
from components.docker_host.container import Disk, Health, Mount
from components.docker_host.networks import Net
from components.docker_host.programs import FOLDER, SECRETS_FOLDER, path
from components.docker_host.volumes import PROGRAMS, READY, Data
from dify.environment.backend import FILES_FOLDER
from dify.environment.runners import PLUGINS_FOLDER
from dify.flows import CACHE_PORT
from dify.host_secrets import ENVIRONMENT, volume_of
from dify.nginx import READY_FOLDER
from dify.plan import Deployment
from dify.services import (
    API,
    API_IMAGE,
    API_PORT,
    API_WEBSOCKET,
    BEAT,
    MIGRATION,
    PLUGIN_DAEMON,
    PLUGIN_DAEMON_PORT,
    SANDBOX,
    SSRF_PROXY,
    SSRF_PROXY_PORT,
    WEB,
    WEB_PORT,
    WORKER,
    Service,
)

SSRF_PROXY_SCRIPT, SSRF_PROXY_TEMPLATE = "ssrf_proxy.sh", "squid.conf"

NUMBERED = (WEB.kind, API.kind, API_WEBSOCKET.kind, WORKER.kind)
"""Kinds of which there may be several."""

NETWORKS: Mapping[str, Sequence[Net]] = {
    WEB.kind: (Net.EDGE, Net.APPLICATION),
    API.kind: (Net.EDGE, Net.APPLICATION, Net.CODE, Net.DATA),
    API_WEBSOCKET.kind: (Net.EDGE, Net.DATA),
    WORKER.kind: (Net.APPLICATION, Net.CODE, Net.DATA),
    BEAT.kind: (Net.APPLICATION, Net.DATA),
    MIGRATION.kind: (Net.DATA,),
    PLUGIN_DAEMON.kind: (Net.EDGE, Net.APPLICATION, Net.DATA),
    SANDBOX.kind: (Net.CODE,),
    SSRF_PROXY.kind: (Net.CODE, Net.EGRESS),
}
"""Who is where: two that share no network cannot reach each other."""

_ENTRY: Mapping[str, Sequence[str]] = {
    API_IMAGE: ("/bin/bash", "/entrypoint.sh"),
    PLUGIN_DAEMON.image: ("/bin/bash", "/app/entrypoint.sh"),
    SANDBOX.image: ("/bin/bash", "/entrypoint.sh"),
    WEB.image: ("/bin/sh", "./entrypoint.sh"),
}

_READS_SECRETS = f'set -a; . {SECRETS_FOLDER}/{ENVIRONMENT}; set +a; exec "$@"'
"""The environment of the process alone: `docker inspect` shows none of it."""

_READS_TEMPLATE = (
    # There is one, and the next takes its name: without it no workflow reaches anything.
    "export SSRF_PROXY_SHUTDOWN_SECONDS=2 && "
    f"SSRF_PROXY_TEMPLATE=$(cat {path(SSRF_PROXY_TEMPLATE)}) && export SSRF_PROXY_TEMPLATE && "
    f"exec sh {path(SSRF_PROXY_SCRIPT)}"
)

_DOCKER_GRANTS = frozenset(
    {
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
        *("NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    }
)
"""Capabilities of a container for which nothing is said (Docker documentation, "Linux capabilities")."""

_FIRST_PAGE = (
    f"fetch('http://127.0.0.1:{WEB_PORT}/', {{redirect: 'manual'}})"
    ".then(answer => process.exit(answer.status < 400 ? 0 : 1), () => process.exit(1))"
)

_QUEUE_IS_THERE = f"grep -q ':{CACHE_PORT:04X} 01 ' /proc/net/tcp"
"""An open connection to Redis. Celery's own `inspect ping` imports Dify anew each time, which takes seconds of a CPU,
and finds a worker dead that is only busy (langgenius/dify#12325)."""

_API_ANSWERS = ("curl", "-fsS", "-o", "/dev/null", f"http://127.0.0.1:{API_PORT}/health")
_DAEMON_ANSWERS = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{PLUGIN_DAEMON_PORT}/health/check')"

_PROBES: Mapping[str, Sequence[str]] = {
    # The first page redirects to the sign-in page, which is not rendered for this.
    WEB.kind: ("node", "-e", _FIRST_PAGE),
    API.kind: _API_ANSWERS,
    API_WEBSOCKET.kind: _API_ANSWERS,
    PLUGIN_DAEMON.kind: ("python3", "-c", _DAEMON_ANSWERS),
}
"""What services that nginx asks are asked here."""

_CHECKS: Mapping[str, Health] = {
    WORKER.kind: Health(command=["sh", "-c", _QUEUE_IS_THERE]),
    # It connects when the first job is due, within a minute (api/extensions/ext_celery.py).
    BEAT.kind: Health(command=["sh", "-c", _QUEUE_IS_THERE], awaited=False),
    SANDBOX.kind: Health(command=SANDBOX.probe),
    SSRF_PROXY.kind: Health(command=["bash", "-c", f": </dev/tcp/127.0.0.1/{SSRF_PROXY_PORT}"]),
}


PROGRAMS_OF: Mapping[str, Sequence[str]] = {
    SSRF_PROXY.kind: (SSRF_PROXY_SCRIPT, SSRF_PROXY_TEMPLATE),
    **dict.fromkeys(_PROBES, (readiness.SCRIPT,)),
}
"""What a kind of service runs from the volume of programs."""


def part(deployment: Deployment, instance: int) -> str:
    """What one container of a service is called."""
    service = deployment.service
    return f"{service.name}-{instance}" if service.kind in NUMBERED else service.name


def entry(deployment: Deployment, instance: int) -> Sequence[str]:
    """What its container runs instead of the image's own entry point."""
    service = deployment.service
    if service.kind == SSRF_PROXY.kind:
        return ("sh", "-c", _READS_TEMPLATE)
    own = _ENTRY[service.image]
    runs = readiness.entry(deployment, part(deployment, instance), own) if is_asked(service) else own
    return runs if volume_of(deployment) is None else ("sh", "-c", _READS_SECRETS, "sh", *runs)


def capabilities(service: Service) -> Sequence[str]:
    """What a service cannot do without, of what Docker would grant."""
    return () if "ALL" in service.drops else sorted(_DOCKER_GRANTS - {*service.drops})


def health(deployment: Deployment, instance: int) -> Health:
    """How its work is seen. Each check uses what the service's image has."""
    service = deployment.service
    if is_asked(service):
        return readiness.health(deployment, part(deployment, instance), _PROBES[service.kind])
    return _CHECKS[service.kind]


def is_asked(service: Service) -> bool:
    """Whether nginx sends requests there."""
    return service.kind in _PROBES


def stop_seconds(deployment: Deployment) -> int:
    """How long it may take to end."""
    service = deployment.service
    return service.stop_seconds + (readiness.drain_seconds(deployment) if is_asked(service) else 0)


def disk(deployment: Deployment, volumes: Mapping[str, pulumi.Input[str]]) -> Disk:
    """What it sees beside its image: data of its own kind, its secrets, and programs where it runs any."""
    service, secrets = deployment.service, volume_of(deployment)
    says_ready = is_asked(service) and readiness.is_looked_for(deployment)
    data: dict[str, str] = {}
    if service.runs_api_image:
        data[FILES_FOLDER] = Data.FILES.value
    if service.kind == PLUGIN_DAEMON.kind:
        data[PLUGINS_FOLDER] = Data.PLUGINS.value
    return Disk(
        mounts=[
            *(Mount(source=volumes[volume], target=folder, read_only=False) for folder, volume in data.items()),
            *([] if secrets is None else [Mount(source=volumes[secrets], target=SECRETS_FOLDER)]),
            *([Mount(source=volumes[PROGRAMS], target=FOLDER)] if service.kind in PROGRAMS_OF else []),
            *([Mount(source=volumes[READY], target=READY_FOLDER, read_only=False)] if says_ready else []),
        ],
        writable=[folder for folder in service.writable if folder not in data],
        read_only_root=service.read_only_root,
    )
