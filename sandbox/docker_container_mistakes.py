"""Mistakes in a container's inputs that Docker, or its provider, would only find while it is made."""

import re
from collections.abc import Generator
from typing import Any, cast

from pulumi.runtime.rpc import UNKNOWN

from sandbox.docker_duration import nanoseconds
from sandbox.properties import Properties

_RESTART = ("no", "on-failure", "always", "unless-stopped")
_MOUNT = ("bind", "volume", "tmpfs")
_PROTOCOL = ("tcp", "udp", "sctp")
_PERMISSIONS = re.compile(r"0[0-7]{3}")
_READ_ONLY = (
    "the docker provider copies uploads to / of the container, which Docker refuses while its root is read-only, "
    "even for a file in a volume that can be written: leave readOnly out of the container that uploads, and let others "
    "mount the volume"
)
_CONTENT = ("content", "contentBase64", "source")


def mistakes(given: Properties) -> dict[str, str]:
    """Reasons by path; unknown values pass. Source: the validations of resource_docker_container.go (kreuzwerker/
    terraform-provider-docker 4.6) and what the Docker Engine answers."""
    return dict([*_choices(given), *_healthcheck(given), *_uploads(given), *_relations(given)])


def _choices(given: Properties) -> Generator[tuple[str, str]]:
    chosen = [("restart", given.get("restart"), _RESTART)]
    chosen += [(f"mounts[{at}].type", one.get("type"), _MOUNT) for at, one in _each(given, "mounts")]
    chosen += [(f"ports[{at}].protocol", one.get("protocol"), _PROTOCOL) for at, one in _each(given, "ports")]
    for path, value, allowed in chosen:
        if value not in (None, UNKNOWN, *allowed):
            yield path, f"{value!r} is not one of {', '.join(allowed)}"
    for at, one in enumerate(_list(given, "command")):
        if one == "":
            yield f"command[{at}]", "must not be empty: the docker provider refuses it"
    cpus = given.get("cpus")
    if cpus not in (None, UNKNOWN) and not re.fullmatch(r"\d*\.?\d+", str(cpus)):
        yield "cpus", f"{cpus!r} is no number of CPUs such as 1.5"


def _healthcheck(given: Properties) -> Generator[tuple[str, str]]:
    check = given.get("healthcheck")
    if not isinstance(check, dict):
        return
    for name in ("interval", "timeout", "startPeriod"):
        value: Any = cast("Properties", check).get(name)
        if value not in (None, UNKNOWN):
            try:
                nanoseconds(str(value))
            except ValueError as error:
                yield f"healthcheck.{name}", str(error)


def _uploads(given: Properties) -> Generator[tuple[str, str]]:
    for at, one in _each(given, "uploads"):
        if sum(bool(one.get(name)) for name in _CONTENT) != 1:
            yield f"uploads[{at}]", f"needs exactly one of {', '.join(_CONTENT)}, and not empty"
        permissions = one.get("permissions")
        if permissions not in (None, UNKNOWN) and not _PERMISSIONS.fullmatch(str(permissions)):
            yield f"uploads[{at}].permissions", f"{permissions!r} is no octal mode such as 0644"


def _relations(given: Properties) -> Generator[tuple[str, str]]:
    if given.get("readOnly") is True and given.get("uploads"):
        yield "uploads", _READ_ONLY
    if given.get("logs") is True and not given.get("attach"):
        yield "logs", "needs attach"
    if given.get("maxRetryCount") and given.get("restart") not in ("on-failure", UNKNOWN):
        yield "maxRetryCount", "needs restart to be on-failure"


def _each(given: Properties, name: str) -> list[tuple[int, Properties]]:
    return [(at, cast("Properties", one)) for at, one in enumerate(_list(given, name)) if isinstance(one, dict)]


def _list(given: Properties, name: str) -> list[Any]:
    value = given.get(name)
    return cast("list[Any]", value) if isinstance(value, list) else []
