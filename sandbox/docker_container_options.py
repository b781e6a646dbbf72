"""Inputs of a container as the Docker Engine takes them.

Source: resource_docker_container*.go of kreuzwerker/terraform-provider-docker 4.6, and the Docker Engine API 1.41.
"""

from typing import Any

from docker.types import DriverConfig, Healthcheck, LogConfig, Mount, Ulimit

from sandbox.docker_duration import nanoseconds
from sandbox.docker_host import Api
from sandbox.docker_kind import labels, listed, nested
from sandbox.properties import Properties

_MIB = 1024**2
"""The provider's "MB" (1024 * 1024 bytes in its source)."""


def arguments(api: Api, given: Properties) -> dict[str, Any]:
    """Arguments of docker-py's create_container, apart from the image."""
    ports = listed(given, "ports")
    return {
        "name": given["name"],
        "command": given.get("command"),
        "entrypoint": given.get("entrypoints"),
        "hostname": given.get("hostname"),
        "domainname": given.get("domainname"),
        "user": given.get("user"),
        "working_dir": given.get("workingDir"),
        "environment": given.get("envs"),
        "labels": labels(given),
        "tty": given.get("tty", False),
        "stdin_open": given.get("stdinOpen", False),
        "ports": [(one["internal"], one.get("protocol", "tcp")) for one in ports] or None,
        "volumes": [one["containerPath"] for one in _volumes(given, "containerPath")] or None,
        "stop_signal": given.get("stopSignal"),
        "stop_timeout": given.get("stopTimeout"),
        "healthcheck": _healthcheck(given.get("healthcheck")),
        "runtime": given.get("runtime"),
        "host_config": api.create_host_config(**_host(given, ports)),
        # The caller's own ~/.docker/config.json is not part of the program.
        "use_config_proxy": False,
    }


def resources(given: Properties) -> dict[str, Any]:
    """Limits that Docker can change while a container runs, as arguments of docker-py's update_container."""
    found = {
        "mem_limit": _bytes(given.get("memory")),
        "mem_reservation": _bytes(given.get("memoryReservation")),
        "memswap_limit": _bytes(given.get("memorySwap")),
        "cpu_shares": given.get("cpuShares"),
        "cpuset_cpus": given.get("cpuSet"),
    }
    return {name: value for name, value in found.items() if value is not None}


def restart_policy(given: Properties) -> dict[str, Any]:
    return {"Name": given.get("restart", "no"), "MaximumRetryCount": given.get("maxRetryCount", 0)}


def _bytes(mebibytes: int | None) -> int | None:
    """-1 is Docker's word for unlimited swap."""
    return mebibytes * _MIB if mebibytes is not None and mebibytes > 0 else mebibytes


def _host(given: Properties, ports: list[Properties]) -> dict[str, Any]:
    capabilities = nested(given, "capabilities")
    bindings: dict[str, list[tuple[str, int | None]]] = {}
    for one in ports:
        bindings.setdefault(f"{one['internal']}/{one.get('protocol', 'tcp')}", []).append(
            (one.get("ip", "0.0.0.0"), one.get("external"))  # noqa: S104  the provider's default
        )
    return {
        **resources(given),
        "auto_remove": given.get("rm", False),
        "binds": [_bind(one) for one in _volumes(given, "hostPath", "volumeName")] or None,
        "cap_add": capabilities.get("adds"),
        "cap_drop": capabilities.get("drops"),
        "dns": given.get("dns"),
        "dns_opt": given.get("dnsOpts"),
        "dns_search": given.get("dnsSearches"),
        "extra_hosts": [f"{one['host']}:{one['ip']}" for one in listed(given, "hosts")] or None,
        "group_add": given.get("groupAdds"),
        "init": given.get("init", False),
        "ipc_mode": given.get("ipcMode"),
        "log_config": LogConfig(type=given.get("logDriver", "json-file"), config=nested(given, "logOpts")),
        "mounts": [_mount(one) for one in listed(given, "mounts")] or None,
        "nano_cpus": round(float(given["cpus"]) * 10**9) if given.get("cpus") else None,
        "network_mode": given.get("networkMode", "bridge"),
        "pid_mode": given.get("pidMode"),
        "port_bindings": bindings or None,
        "privileged": given.get("privileged", False),
        "publish_all_ports": given.get("publishAllPorts", False),
        "read_only": given.get("readOnly", False),
        "restart_policy": restart_policy(given),
        "security_opt": given.get("securityOpts"),
        "shm_size": _bytes(given.get("shmSize")),
        "sysctls": given.get("sysctls"),
        "tmpfs": given.get("tmpfs"),
        "ulimits": [Ulimit(**one) for one in listed(given, "ulimits")] or None,
        "userns_mode": given.get("usernsMode"),
        "volumes_from": [one["fromContainer"] for one in _volumes(given, "fromContainer")] or None,
    }


def _healthcheck(given: Properties | None) -> Healthcheck | None:
    if given is None:
        return None
    return Healthcheck(
        test=given.get("tests"),
        interval=nanoseconds(given.get("interval", "0s")),
        timeout=nanoseconds(given.get("timeout", "0s")),
        start_period=nanoseconds(given.get("startPeriod", "0s")),
        retries=given.get("retries", 0),
    )


def _mount(given: Properties) -> Mount:
    volume, memory = nested(given, "volumeOptions"), nested(given, "tmpfsOptions")
    driver = volume.get("driverName")
    return Mount(
        given["target"],
        given.get("source"),
        type=given["type"],
        read_only=given.get("readOnly", False),
        propagation=nested(given, "bindOptions").get("propagation"),
        no_copy=volume.get("noCopy", False),
        labels=labels(volume) or None,
        driver_config=DriverConfig(driver, nested(volume, "driverOptions")) if driver else None,
        tmpfs_size=memory.get("sizeBytes"),
        tmpfs_mode=memory.get("mode"),
    )


def _volumes(given: Properties, *kinds: str) -> list[Properties]:
    """Those entries of `volumes` that a name in `kinds` decides: first another container, then a source, else none."""
    order = ("fromContainer", "volumeName", "hostPath", "containerPath")
    return [one for one in listed(given, "volumes") if next((name for name in order if one.get(name)), "") in kinds]


def _bind(given: Properties) -> str:
    source = given.get("volumeName") or given["hostPath"]
    return f"{source}:{given['containerPath']}:{'ro' if given.get('readOnly') else 'rw'}"
