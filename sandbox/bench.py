"""`python -m sandbox.bench`: what a preview of prod costs beside an empty program and a floor.

The floor has as many trivial resources as prod, the same provider modules and a pack of one rule: what is between it
and prod is this repository's own work. Runs are interleaved, each on an empty account with a new provider; medians.
"""

import argparse
import json
import re
import statistics
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from policies.guardrails import ALL
from sandbox import bench_programs
from sandbox.events import Summary, summarise
from sandbox.workspace import Workspace, providers

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "bench"

_GOAL = 1.5
"""The highest ratio of prod to the floor that is accepted."""

_SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Case:
    """One program to preview; `pack` None means without policies."""

    name: str
    program: Path
    stack: str
    pack: Path | None
    settings: Path | None = None


@dataclass
class Measured:
    """Seconds of every run, and the highest memory in MB of its program and its pack."""

    seconds: list[float] = field(default_factory=list[float])
    program_mb: float = 0
    pack_mb: float = 0
    summary: Summary | None = None

    @property
    def median(self) -> float:
        """Seconds of the run in the middle."""
        return statistics.median(self.seconds)


class MemoryWatch:
    """Samples the peak memory (VmHWM) of the Python processes that belong to one sandbox. Linux only; elsewhere 0."""

    def __init__(self, home: Path) -> None:
        self._mark = f"PULUMI_HOME={home}/".encode()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.program_mb = 0.0
        self.pack_mb = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(_SAMPLE_SECONDS):
            for process in Path("/proc").glob("[0-9]*"):
                self._look(process)

    def _look(self, process: Path) -> None:
        try:
            command = (process / "cmdline").read_bytes()
            is_program, is_pack = b"pulumi-language-python-exec" in command, b"\0pulumi.policy\0" in command
            if not (is_program or is_pack) or self._mark not in (process / "environ").read_bytes():
                return
            peak = re.search(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())
        except OSError:
            return
        megabytes = int(peak[1]) / 1024 if peak else 0.0
        if is_program:
            self.program_mb = max(self.program_mb, megabytes)
        else:
            self.pack_mb = max(self.pack_mb, megabytes)


def measure(case: Case, into: Measured) -> None:
    """Preview `case` once."""
    home = FOLDER / "homes" / case.name
    place = Workspace(case.program, case.stack, home, case.settings)
    with providers() as provider:
        place.environment.update(provider)
        place.create()
        pack = [] if case.pack is None else ["--policy-pack", str(case.pack)]
        with MemoryWatch(home) as memory:
            started = time.monotonic()
            ran = place.run(["preview", *pack, "--event-log", str(place.event_log)])
            seconds = time.monotonic() - started
    summary = summarise(place.event_log)
    if ran.returncode and not summary.violations:
        sys.exit(f"bench: {case.name} failed\n{ran.stdout}{ran.stderr}")
    into.seconds.append(seconds)
    into.program_mb, into.pack_mb = max(into.program_mb, memory.program_mb), max(into.pack_mb, memory.pack_mb)
    into.summary = summary
    print(f"  {case.name:10} {seconds:5.1f} s", flush=True)


def main() -> int:
    """Measure, print a table and write build/bench.json; exit code 1 when prod misses the goal."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.bench", description="The cost of previewing prod.")
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    print(f"bench: {rounds} interleaved rounds and a growth series (about 3 minutes)", flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    services = bench_programs.imported_services(ROOT)
    prod = Case("prod", ROOT, "prod", ROOT / "policies", ROOT / "Pulumi.prod.yaml")
    results: dict[str, Measured] = defaultdict(Measured)
    measure(prod, results["prod"])
    resources = _resources(results["prod"])
    one_rule = bench_programs.write_one_rule(FOLDER)
    # The stack and the provider count as resources too.
    floor = bench_programs.write_parameters(FOLDER, "floor", resources - 2, services)
    cases = [
        Case("empty", bench_programs.write_empty(FOLDER), "bench", None),
        Case("floor", floor, "bench", one_rule),
        prod,
    ]
    results["prod"] = Measured()
    for _ in range(rounds):
        for case in cases:
            measure(case, results[case.name])
    growth = _growth(resources, services, results)
    ratio = round(results["prod"].median / results["floor"].median, 2)
    report = {
        "floor_s": round(results["floor"].median, 2),
        "prod_s": round(results["prod"].median, 2),
        "ratio": ratio,
        "program_mb": round(results["prod"].program_mb),
        "pack_mb": round(results["prod"].pack_mb),
        "ms_per_resource": growth,
        "resources": resources,
        "policies": len(ALL),
        "empty_s": round(results["empty"].median, 2),
    }
    (ROOT / "build" / "bench.json").write_text(json.dumps(report, indent=2) + "\n")
    _show(results, report)
    return 0 if ratio <= _GOAL else 1


def _growth(resources: int, services: list[str], results: dict[str, Measured]) -> dict[str, float]:
    """Milliseconds a resource beyond the empty program, with the real pack, at one, two and four times prod's size."""
    found: dict[str, float] = {}
    for factor in (1, 2, 4):
        name, count = f"{factor}x", resources * factor
        program = bench_programs.write_parameters(FOLDER, name, count - 2, services)
        for _ in range(2 if factor < 4 else 1):
            measure(Case(name, program, "bench", ROOT / "policies"), results[name])
        found[name] = round((results[name].median - results["empty"].median) / count * 1000, 1)
    return found


def _resources(measured: Measured) -> int:
    return measured.summary.resources if measured.summary else 0


def _show(results: dict[str, Measured], report: Mapping[str, object]) -> None:
    print(f"\n{'':10} {'median':>8} {'program':>9} {'pack':>9} {'resources':>10}")
    for name, one in results.items():
        print(f"{name:10} {one.median:6.1f} s {one.program_mb:6.0f} MB {one.pack_mb:6.0f} MB {_resources(one):10}")
    growth = report["ms_per_resource"]
    print(
        f"\nprod / floor: {report['ratio']} (goal: at most {_GOAL}); ms per resource beyond an empty program: {growth}"
    )
    print("written: build/bench.json")


if __name__ == "__main__":
    sys.exit(main())
