"""What every part of the stack takes at this moment."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from operations.host.condition import PartCondition
from operations.host.docker_host import DockerHost
from operations.host.part import Part, Use
from operations.outcome import FailedError


def measured_parts(host: DockerHost, parts: Sequence[Part]) -> tuple[PartCondition, ...]:
    """Each of `parts`, with what it takes where it runs."""
    # Docker measures each for a second, so all at once.
    with ThreadPoolExecutor(max_workers=max(1, len(parts))) as measuring:
        uses = list(measuring.map(partial(_use, host), parts))
    return tuple(map(_condition, parts, uses))


def _use(host: DockerHost, part: Part) -> Use | None:
    """None also for a part that ends while it is measured."""
    try:
        return host.use(part)
    except FailedError:
        return None


def _condition(part: Part, use: Use | None) -> PartCondition:
    return PartCondition(
        name=part.name,
        state=part.state,
        health=part.health,
        release=part.release,
        started=part.started,
        restarts=part.restarts,
        memory=use.memory if use else None,
        memory_limit=part.memory,
        cpu=use.cpu if use else None,
        received=use.received if use else None,
        sent=use.sent if use else None,
    )
