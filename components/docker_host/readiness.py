"""Readiness: each instance tells nginx whether it takes requests, and is asked no more before it ends.

Docker itself tells nobody that a container is about to end, and restarts none that hangs.
"""

from collections.abc import Sequence

from components.docker_host.container import Health
from components.docker_host.programs import path
from dify.nginx import CONNECT_SECONDS, READY_FOLDER
from dify.plan import Deployment

SCRIPT = "instance.sh"

CHECK_SECONDS = 4
"""How long an answer may take: less than Docker waits, which would end the check before it could count."""


def drain_seconds(deployment: Deployment) -> int:
    """How long an instance goes on after it left. Nobody stands in for a single one, so it need not wait."""
    return CONNECT_SECONDS if deployment.min_tasks > 1 else 0


def entry(deployment: Deployment, part: str, command: Sequence[str]) -> Sequence[str]:
    """`command`, the service's own entry point, as an instance `part` that says whether it is ready."""
    times = (str(drain_seconds(deployment)), str(deployment.service.stop_seconds))
    return ("sh", path(SCRIPT), "run", _file(part), *times, *command)


def health(part: str, probe: Sequence[str]) -> Health:
    """The check of an instance by `probe`, a command that ends with 0 while the service answers."""
    return Health(
        command=["sh", path(SCRIPT), "check", _file(part), str(CHECK_SECONDS), *probe], timeout=CHECK_SECONDS + 1
    )


def _file(part: str) -> str:
    return f"{READY_FOLDER}/{part}"
