"""How busy the Docker host itself is, as its kernel says it to any container that runs there."""

from operations.host.backups import PART as BACKUP
from operations.host.condition import MachineCondition
from operations.host.docker_host import DockerHost
from operations.host.postgres_pair import NODES
from operations.outcome import FailedError

_ASKED = (BACKUP, *NODES)
"""Parts whose image has `cat`; the first that runs is asked."""


def read_machine(host: DockerHost) -> MachineCondition | None:
    """None where no such part runs. A container sees the whole machine's load and memory (Linux, proc(5): neither has a
    namespace)."""
    for name in _ASKED:
        part = host.find(name)
        if part is None or part.state != "running":
            continue
        try:
            load, *memory = host.output(name, "cat", "/proc/loadavg", "/proc/meminfo").splitlines()
            cpus: int = host.info()["NCPU"]
        except FailedError:
            continue
        kib = {line.partition(":")[0]: int(line.split()[1]) for line in memory}
        one, five, fifteen, *_ = map(float, load.split()[:3])
        return MachineCondition(
            cpus=cpus,
            load=(one, five, fifteen),
            memory=kib["MemTotal"] * 1024,
            memory_available=kib["MemAvailable"] * 1024,
        )
    return None
