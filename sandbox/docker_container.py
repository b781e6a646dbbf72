"""A container on a Docker host.

Source of its behaviour: resource_docker_container_funcs.go, kreuzwerker/terraform-provider-docker 4.6, which
pulumi-docker 5 bridges. Other than there, a create that fails removes what it made.
"""

import base64
import io
import tarfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from docker.errors import APIError, NotFound

from sandbox.docker_container_mistakes import mistakes
from sandbox.docker_container_options import arguments, resources, restart_policy
from sandbox.docker_host import Api, DockerError
from sandbox.docker_image import local
from sandbox.docker_kind import Found, Made, listed
from sandbox.properties import Properties

__all__ = ["IN_PLACE", "SUPPORTED", "create", "delete", "mistakes", "read", "update"]

_UPDATED = frozenset({"cpuSet", "cpuShares", "maxRetryCount", "memory", "memoryReservation", "memorySwap", "restart"})
"""Changed on the container that runs, as `docker update` does."""

_NOTED = frozenset(
    {"attach", "destroyGraceSeconds", "logs", "mustRun", "removeVolumes", "rm", "start", "wait", "waitTimeout"}
)
"""How the resource is treated; Docker does not hear of a change."""

_IGNORED = frozenset({"init", "tmpfs"})
"""The provider takes a change of these for done, and changes nothing."""

IN_PLACE = _UPDATED | _NOTED | _IGNORED

_FIXED = """
capabilities capabilities.adds capabilities.drops command cpus dns dnsOpts dnsSearches domainname entrypoints envs
groupAdds healthcheck healthcheck.interval healthcheck.retries healthcheck.startPeriod healthcheck.tests
healthcheck.timeout hostname hosts hosts.host hosts.ip image ipcMode labels logDriver logOpts mounts
mounts.bindOptions mounts.bindOptions.propagation mounts.readOnly mounts.source mounts.target mounts.tmpfsOptions
mounts.tmpfsOptions.mode mounts.tmpfsOptions.sizeBytes mounts.type mounts.volumeOptions
mounts.volumeOptions.driverName mounts.volumeOptions.driverOptions mounts.volumeOptions.labels
mounts.volumeOptions.noCopy name networkMode networksAdvanced networksAdvanced.aliases networksAdvanced.ipv4Address
networksAdvanced.ipv6Address networksAdvanced.name pidMode ports ports.external ports.internal ports.ip ports.protocol
privileged publishAllPorts readOnly runtime securityOpts shmSize stdinOpen stopSignal stopTimeout sysctls tty ulimits
ulimits.hard ulimits.name ulimits.soft uploads uploads.content uploads.contentBase64 uploads.executable uploads.file
uploads.permissions uploads.source uploads.sourceHash user usernsMode volumes volumes.containerPath
volumes.fromContainer volumes.hostPath volumes.readOnly volumes.volumeName workingDir
"""

SUPPORTED = IN_PLACE | frozenset(_FIXED.split())


_POLL_SECONDS = 0.2


def create(api: Api, given: Properties, alive: Callable[[], bool]) -> Made:
    image = local(api, given["image"])
    identifier = api.create_container(image["Id"], **arguments(api, given))["Id"]
    try:
        _connect(api, identifier, given)
        _upload(api, identifier, given)
        logs = _run(api, identifier, given, alive)
        return Made(identifier, {**_outputs(api.inspect_container(identifier), given), "containerLogs": logs})
    except BaseException:
        with suppress(APIError):
            api.remove_container(identifier, v=True, force=True)
        raise


def read(api: Api, identifier: str, given: Properties) -> Found | None:
    """What can change while a container lives: limits, restarts, whether it runs. Everything else is another one."""
    try:
        seen = api.inspect_container(identifier)
    except NotFound:
        return None
    host = seen["HostConfig"]
    wanted = {**dict.fromkeys(_LIMITS, 0), "cpuset_cpus": "", **resources(given)}
    drifted: Properties = {}
    for argument, (name, key, unit) in _LIMITS.items():
        # Swap that nobody set follows from the memory.
        if host[key] != wanted[argument] and (name != "memorySwap" or name in given):
            drifted[name] = host[key] // unit if isinstance(host[key], int) and host[key] > 0 else host[key]
    if host["RestartPolicy"]["Name"] != restart_policy(given)["Name"]:
        drifted["restart"] = host["RestartPolicy"]["Name"]
    return Found({**given, **drifted, **_must_run(seen, given)}, _outputs(seen, given))


_LIMITS = {
    "mem_limit": ("memory", "Memory", 1024**2),
    "mem_reservation": ("memoryReservation", "MemoryReservation", 1024**2),
    "memswap_limit": ("memorySwap", "MemorySwap", 1024**2),
    "cpu_shares": ("cpuShares", "CpuShares", 1),
    "cpuset_cpus": ("cpuSet", "CpusetCpus", 1),
}
"""Argument of docker-py -> input, name in Docker's own description, unit there."""


def update(api: Api, identifier: str, before: Properties, given: Properties) -> Properties:
    for name in sorted(_IGNORED):
        if (before.get(name) or None) != (given.get(name) or None):
            raise DockerError(
                f"the docker provider takes a changed {name} for done and changes nothing: give the resource "
                f'replace_on_changes=["{name}"]'
            )
    if before.get("mustRun") is False and given.get("mustRun", True) and given.get("start", True):
        api.start(identifier)
    if any(before.get(name) != given.get(name) for name in _UPDATED):
        api.update_container(identifier, **resources(given), restart_policy=restart_policy(given))
    kept = {"containerLogs": before.get("containerLogs") or ""}
    return {**_outputs(api.inspect_container(identifier), given), **kept}


def delete(api: Api, identifier: str, state: Properties) -> None:
    try:
        if not state.get("attach"):
            # Without a grace the provider gives none, whatever stopTimeout says.
            api.stop(identifier, timeout=state.get("destroyGraceSeconds") or 0)
        api.remove_container(identifier, v=state.get("removeVolumes", True), force=True)
    except NotFound:
        return
    except APIError as error:
        # Docker itself is at it: `rm`.
        if "is already in progress" not in f"{error.explanation}":
            raise


def _connect(api: Api, identifier: str, given: Properties) -> None:
    """The networks replace the default one; all of them are there when the container starts."""
    wanted = listed(given, "networksAdvanced")
    if wanted and given.get("networkMode", "bridge") == "bridge":
        api.disconnect_container_from_network(identifier, "bridge")
    for one in wanted:
        api.connect_container_to_network(
            identifier,
            one["name"],
            aliases=one.get("aliases"),
            ipv4_address=one.get("ipv4Address"),
            ipv6_address=one.get("ipv6Address"),
        )


def _upload(api: Api, identifier: str, given: Properties) -> None:
    """Files of root, in the container before it starts."""
    wanted = listed(given, "uploads")
    if not wanted:
        return
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for one in wanted:
            content = _content(one)
            entry = tarfile.TarInfo(one["file"].lstrip("/"))
            entry.size, entry.mtime = len(content), int(time.time())
            entry.mode = int(one.get("permissions") or ("0744" if one.get("executable") else "0644"), 8)
            tar.addfile(entry, io.BytesIO(content))
    api.put_archive(identifier, "/", archive.getvalue())


def _content(upload: Properties) -> bytes:
    if upload.get("content"):
        return upload["content"].encode()
    if upload.get("contentBase64"):
        return base64.b64decode(upload["contentBase64"])
    try:
        return Path(upload["source"]).read_bytes()
    except OSError as error:
        raise DockerError(f"the file {upload['source']} cannot be uploaded: {error.strerror}") from error


def _run(api: Api, identifier: str, given: Properties, alive: Callable[[], bool]) -> str:
    """Start it and wait as asked for. Gives the logs of one that ran to its end, where they are wanted."""
    if not given.get("start", True):
        return ""
    api.start(identifier)
    if given.get("wait"):
        _until_healthy(api, identifier, given, alive)
    if not given.get("attach"):
        return ""
    while api.inspect_container(identifier)["State"]["Running"]:
        _pause(alive)
    if not given.get("logs"):
        return ""
    said: bytes = api.logs(identifier)
    return said.decode(errors="replace")


def _until_healthy(api: Api, identifier: str, given: Properties, alive: Callable[[], bool]) -> None:
    name, seconds = given["name"], given.get("waitTimeout", 60)
    ends = time.monotonic() + seconds
    while True:
        state = api.inspect_container(identifier)["State"]
        health = state.get("Health")
        if health is None:
            raise DockerError(
                f"the container {name} is to be waited for, but neither it nor its image has a healthcheck"
            )
        if health["Status"] == "healthy":
            return
        if state["Status"] == "exited":
            raise DockerError(
                f"the container {name} ended with {state['ExitCode']} before it was healthy{_last(health)}"
            )
        if time.monotonic() > ends:
            raise DockerError(f"the container {name} was not healthy within {seconds} s{_last(health)}")
        _pause(alive)


def _last(health: Any) -> str:
    checks = listed(health, "Log")
    if not checks:
        return ""
    said = " ".join(str(checks[-1]["Output"]).split())
    return f"; its last check ended with {checks[-1]['ExitCode']}{f': {said}' if said else ''}"


def _pause(alive: Callable[[], bool]) -> None:
    if not alive():
        raise DockerError("given up: nobody waits for the container any more")
    time.sleep(_POLL_SECONDS)


def _must_run(seen: Any, given: Properties) -> Properties:
    """One that stands still although it must run is noted as one that need not, which the next update undoes."""
    must: bool = given.get("mustRun", True)
    return {"mustRun": False} if must and not seen["State"]["Running"] else {}


def _outputs(seen: Any, given: Properties) -> Properties:
    config, host, state = seen["Config"], seen["HostConfig"], seen["State"]
    networks = [
        {
            "networkName": name,
            "ipAddress": one["IPAddress"],
            "ipPrefixLength": one["IPPrefixLen"],
            "gateway": one["Gateway"],
            "macAddress": one["MacAddress"],
        }
        for name, one in sorted(seen["NetworkSettings"]["Networks"].items())
    ]
    return {
        "bridge": seen["NetworkSettings"].get("Bridge", ""),
        "command": config["Cmd"] or [],
        "entrypoints": config["Entrypoint"] or [],
        "envs": given.get("envs") or [],
        "exitCode": None if state["Running"] else state["ExitCode"],
        "hostname": config["Hostname"],
        "init": host["Init"] or False,
        "ipcMode": host["IpcMode"],
        "labels": given.get("labels") or [],
        "logDriver": host["LogConfig"]["Type"],
        "networkDatas": networks,
        "platform": seen["Platform"],
        "runtime": host["Runtime"],
        "securityOpts": host["SecurityOpt"] or [],
        "shmSize": host["ShmSize"] // 1024**2,
        "stopSignal": config.get("StopSignal") or "",
        "stopTimeout": config.get("StopTimeout") or 0,
        "mustRun": given.get("mustRun", True),
        **_must_run(seen, given),
    }
