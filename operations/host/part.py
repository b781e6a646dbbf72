"""A part of the stack, which is one container: what it is, how it is and what it takes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

STACK, PART, KIND, RELEASE = "dify.stack", "dify.part", "dify.kind", "dify.release"
"""Labels. `kind` is what a part is an instance of: `api` for `api-1`."""

KINDS = (
    "nginx",
    "web",
    "api",
    "worker",
    "beat",
    "plugin-daemon",
    "sandbox",
    "ssrf-proxy",
    "redis",
    "postgres",
    "backup",
)
"""What every host runs; live editing adds `api-websocket`."""

KEEPER, MIGRATION = "secret-keeper", "migration"
ONE_OFF = (KEEPER, MIGRATION)
"""They run to their end."""

WRITERS = ("worker", "beat", "api-websocket", "api", "plugin-daemon")
"""Kinds that write to the database or the files, in the order in which they are stopped. nginx stays and says so."""

_NOT_YET = "0001-01-01"
"""How Docker writes a time that never was."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One container of the stack. `health` is None where it has no health check; `memory` 0 where it has no limit."""

    name: str
    kind: str
    container: str
    release: str | None
    image: str
    state: str
    health: str | None
    started: datetime | None
    restarts: int
    exit_code: int
    out_of_memory: bool
    memory: int

    @property
    def serves(self) -> bool:
        """Running, and healthy where somebody looks."""
        return self.state == "running" and self.health in (None, "healthy")


@dataclass(frozen=True, kw_only=True)
class Use:
    """What a running part takes: `memory` in bytes without the page cache, `cpu` in CPUs; and what its networks have
    brought and taken away since its start, in bytes."""

    memory: int
    cpu: float
    received: int
    sent: int


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A command's exit code and what it printed."""

    code: int
    output: str
    error: str

    @property
    def why(self) -> str:
        """Its last words, for a line about its failure."""
        lines = (self.error.strip() or self.output.strip()).splitlines()
        return lines[-1].strip() if lines else f"it ended with {self.code} and said nothing"


def part_of(known: dict[str, Any]) -> Part:
    """The part that a container is, of all that Docker knows of it."""
    labels, state = known["Config"]["Labels"], known["State"]
    return Part(
        name=labels.get(PART, known["Name"].removeprefix("/")),
        kind=labels.get(KIND, labels.get(PART, "")),
        container=known["Name"].removeprefix("/"),
        release=labels.get(RELEASE),
        image=known["Config"]["Image"],
        state=state["Status"],
        health=state.get("Health", {}).get("Status"),
        started=_time(state["StartedAt"]),
        restarts=known["RestartCount"],
        exit_code=state["ExitCode"],
        out_of_memory=state["OOMKilled"],
        memory=known["HostConfig"]["Memory"],
    )


def use_of(stats: dict[str, Any]) -> Use:
    """As `docker stats` counts (Docker CLI, cli/command/container/stats_helpers.go), but for the part of the page cache
    that was used lately: the kernel gives that back too before anything is killed, and a database fills it."""
    memory = stats.get("memory_stats", {})
    cache = memory.get("stats", {})
    reclaimable = sum(cache.get(f"{kind}_file", cache.get(f"total_{kind}_file", 0)) for kind in ("active", "inactive"))
    now, before = stats["cpu_stats"], stats["precpu_stats"]
    used = now["cpu_usage"]["total_usage"] - before["cpu_usage"]["total_usage"]
    passed = now.get("system_cpu_usage", 0) - before.get("system_cpu_usage", 0)
    cpus = now.get("online_cpus") or 1
    networks: dict[str, dict[str, int]] = stats.get("networks") or {}
    return Use(
        memory=max(0, memory.get("usage", 0) - reclaimable),
        cpu=used / passed * cpus if passed > 0 and used > 0 else 0.0,
        received=sum(one["rx_bytes"] for one in networks.values()),
        sent=sum(one["tx_bytes"] for one in networks.values()),
    )


def _time(text: str) -> datetime | None:
    """Docker writes nanoseconds, which Python cuts."""
    if text.startswith(_NOT_YET):
        return None
    return datetime.fromisoformat(text).astimezone(UTC)
