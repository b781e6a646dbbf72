"""How busy the host is, is read where its kernel says it, and what a container takes as Docker measures it."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from operations.host.docker_host import DockerHost
from operations.host.machine import read_machine
from operations.host.part import use_of
from operations.outcome import FailedError
from tests.operations.host.conditions import PARTS
from tests.operations.host.host_world import HostWorld

MIB = 1024**2

_PROC = """0.50 1.25 2.00 3/500 12345
MemTotal:        1000 kB
MemFree:          100 kB
MemAvailable:     400 kB
HugePages_Total:       0
"""


def _host(*, running: str, said: str | None = _PROC) -> DockerHost:
    """A Docker of which only the part `running` runs, and says this."""
    part = PARTS[0]

    def find(name: str) -> Any:
        return replace(part, name=name, state="running" if name == running else "exited")

    def output(name: str, *_: str) -> str:
        if said is None:
            raise FailedError("it is gone")
        return said

    return cast("DockerHost", SimpleNamespace(find=find, output=output, info=lambda: {"NCPU": 4}))


@pytest.mark.parametrize("running", ["backup", "postgres-a", "postgres-b"])
def test_any_part_that_runs_can_say_how_busy_the_machine_is(running: str) -> None:
    found = read_machine(_host(running=running))
    assert found is not None
    assert (found.cpus, found.load) == (4, (0.5, 1.25, 2.0))
    assert (found.memory, found.memory_available) == (1000 * 1024, 400 * 1024)


@pytest.mark.parametrize("host", [_host(running="nobody"), _host(running="backup", said=None)])
def test_where_nobody_can_say_it_is_not_known(host: DockerHost) -> None:
    assert read_machine(host) is None


def _stats(**memory: int) -> dict[str, Any]:
    return {
        "memory_stats": {"usage": 100 * MIB, "stats": memory},
        "cpu_stats": {"cpu_usage": {"total_usage": 300}, "system_cpu_usage": 2000, "online_cpus": 2},
        "precpu_stats": {"cpu_usage": {"total_usage": 200}, "system_cpu_usage": 1000},
        "networks": {"eth0": {"rx_bytes": 10, "tx_bytes": 1}, "eth1": {"rx_bytes": 20, "tx_bytes": 2}},
    }


@pytest.mark.parametrize("prefix", ["", "total_"], ids=["cgroup 2", "cgroup 1"])
def test_files_in_the_page_cache_are_no_memory_that_a_part_needs(prefix: str) -> None:
    used = use_of(_stats(**{f"{prefix}inactive_file": 20 * MIB, f"{prefix}active_file": 30 * MIB}))
    assert used.memory == 50 * MIB


def test_cpus_are_those_of_the_second_and_bytes_those_of_all_networks() -> None:
    used = use_of(_stats())
    assert (used.cpu, used.received, used.sent) == (0.2, 30, 3)
    assert use_of({**_stats(), "networks": None}).received == 0


@pytest.mark.engine
def test_a_real_host_is_this_machine(world: HostWorld) -> None:
    world.heal()
    found = read_machine(world.host)
    assert found is not None
    meminfo = dict(line.split()[:2] for line in Path("/proc/meminfo").read_text().splitlines())
    assert found.memory == int(meminfo["MemTotal:"]) * 1024
    assert 0 < found.memory_available < found.memory
    assert len(found.load) == 3
    assert world.host.use(world.host.part("postgres-a")).received > 0  # pyright: ignore[reportOptionalMemberAccess]
