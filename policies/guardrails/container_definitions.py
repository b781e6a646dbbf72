"""Container definitions as the rules read them: JSON text or objects, and what of them a task runs for long."""

from typing import Any

from .graph import known
from .resource import Resource
from .values import MalformedError, is_one_of, is_true, items, mapping, parsed

LATE = ("containerDefinitions",)
"""JSON text that holds host names, so a first preview does not know it; an update judges it before the task exists."""

ENDED = frozenset({"SUCCESS", "COMPLETE"})
"""Conditions under which a container has ended before the one that waits for it starts (API_ContainerDependency)."""


def containers_of(resource: Resource) -> list[dict[str, Any]]:
    """The container definitions. Raises MalformedError if there are none, which makes the rule refuse."""
    containers = items(parsed(known(resource, "containerDefinitions")))
    if not containers:
        raise MalformedError("no container definitions")
    return [mapping(container) for container in containers]


def lasting(containers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of `containers` that run beside others: without the ones that prepare the task and end."""
    waits = [mapping(wait) for container in containers for wait in items(container.get("dependsOn"))]
    ended = {wait.get("containerName") for wait in waits if is_one_of(wait.get("condition"), ENDED)}
    return [container for container in containers if container.get("name") not in ended]


def drops(container: dict[str, Any]) -> set[str]:
    """The capabilities that it gives up, `ALL` for all of them."""
    capabilities = mapping(mapping(container.get("linuxParameters")).get("capabilities"))
    return {str(name).upper() for name in items(capabilities.get("drop"))}


def is_unconfined(container: dict[str, Any]) -> bool:
    """Whether it can write to its root file system, or is root (who names no user may be) and keeps capabilities."""
    user = str(container.get("user") or "0").split(":", maxsplit=1)[0]
    is_root = user in {"0", "root"} and "ALL" not in drops(container)
    return is_root or not is_true(container.get("readonlyRootFilesystem"))
