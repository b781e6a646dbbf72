"""Readiness: each instance tells nginx whether it takes requests, and is asked no more before it ends.

Docker itself tells nobody that a container is about to end, and restarts none that hangs.

nginx looks for those for which another one can stand in. A single instance tells itself alone: the plugin daemon above
all, whose plugins could otherwise say of every instance of the others that it is away.
"""

from collections.abc import Sequence

from components.docker_host.container import Health
from components.docker_host.programs import path
from dify.nginx import CONNECT_SECONDS, READY_FOLDER
from dify.plan import Deployment

SCRIPT = "instance.sh"

_OWN_FOLDER = "/tmp"  # noqa: S108  the container's own

CHECK_SECONDS = 4
"""How long an answer may take: less than Docker waits, which would end the check before it could count."""


def is_looked_for(deployment: Deployment) -> bool:
    """Whether nginx looks who of it is ready."""
    return deployment.min_tasks > 1


def drain_seconds(deployment: Deployment) -> int:
    """How long an instance goes on after it left. Nobody stands in for a single one, so it need not wait."""
    return CONNECT_SECONDS if is_looked_for(deployment) else 0


def entry(deployment: Deployment, part: str, command: Sequence[str]) -> Sequence[str]:
    """`command`, the service's own entry point, as an instance `part` that says whether it is ready."""
    times = (str(drain_seconds(deployment)), str(deployment.service.stop_seconds))
    return ("sh", path(SCRIPT), "run", _file(deployment, part), *times, *command)


def health(deployment: Deployment, part: str, probe: Sequence[str]) -> Health:
    """The check of an instance by `probe`, a command that ends with 0 while the service answers."""
    file = _file(deployment, part)
    return Health(command=["sh", path(SCRIPT), "check", file, str(CHECK_SECONDS), *probe], timeout=CHECK_SECONDS + 1)


def _file(deployment: Deployment, part: str) -> str:
    return f"{READY_FOLDER if is_looked_for(deployment) else _OWN_FOLDER}/{part}"
