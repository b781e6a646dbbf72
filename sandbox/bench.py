"""`python -m sandbox.bench`: what a preview of prod costs, and what of that its policies cost.

Prod is previewed with its policies, without any, and beside a floor: a program that has as many trivial resources, the
same provider modules and a pack of one rule. What is between the floor and prod is this repository's own work. Runs are
interleaved, each on an empty account with a new provider; medians. Then the pack is measured alone (bench_pack.py).

A ratio holds on any machine; seconds of processor time, which other work hardly changes, stand where policies are
compared.
"""

import argparse
import json
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from policies.guardrails import ALL
from sandbox import bench_programs
from sandbox.bench_memory import MemoryWatch
from sandbox.bench_pack import Cost, copies, cost
from sandbox.events import Summary, summarise
from sandbox.workspace import Workspace, providers

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "bench"
POLICIES = ROOT / "policies"

_MOST_OF_FLOOR = 1.5
"""The highest ratio of prod to the floor that is accepted."""

_MOST_OF_BARE = 1.25
"""The highest ratio of prod with its policies to prod without, in processor time."""

_SIZES = (1, 2, 5)
"""How many times prod the pack is measured on alone; the goals are for the last, some 5,000 resources."""

_MOST_SECONDS, _MOST_MB = 20, 500
_MOST_GROWTH = 1.5
"""The highest ratio of what a resource costs the pack in the largest stack to what it costs in prod, its start aside. A
pack that goes through the whole stack for each resource would come to 5."""


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
    """Seconds of every run, by the clock and of the processors, and the highest memory in MB of its program and its
    pack."""

    seconds: list[float] = field(default_factory=list[float])
    worked: list[float] = field(default_factory=list[float])
    program_mb: float = 0
    pack_mb: float = 0
    summary: Summary | None = None

    @property
    def median(self) -> float:
        """Seconds of the run in the middle."""
        return statistics.median(self.seconds)

    @property
    def median_worked(self) -> float:
        """Processor seconds of the engine, the program and the pack in the run in the middle."""
        return statistics.median(self.worked)


def measure(case: Case, into: Measured) -> None:
    """Preview `case` once."""
    home = FOLDER / "homes" / case.name
    place = Workspace(case.program, case.stack, home, case.settings)
    with providers() as provider:
        place.environment.update(provider)
        place.create()
        pack = [] if case.pack is None else ["--policy-pack", str(case.pack)]
        with MemoryWatch(home) as memory:
            started, worked = time.monotonic(), _worked()
            ran = place.run(["preview", *pack, "--event-log", str(place.event_log)])
            seconds, worked = time.monotonic() - started, _worked() - worked
    summary = summarise(place.event_log)
    if ran.returncode and not summary.violations:
        sys.exit(f"bench: {case.name} failed\n{ran.stdout}{ran.stderr}")
    into.seconds.append(seconds)
    into.worked.append(worked)
    into.program_mb, into.pack_mb = max(into.program_mb, memory.program_mb), max(into.pack_mb, memory.pack_mb)
    into.summary = summary
    print(f"  {case.name:10} {seconds:5.1f} s, {worked:5.1f} s of processors", flush=True)


def main() -> int:
    """Measure, print a table and write build/bench.json; exit code 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.bench", description="The cost of previewing prod.")
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    print(f"bench: {rounds} interleaved rounds, then the pack alone (about 4 minutes)", flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    recorder = bench_programs.write_recorder(FOLDER)
    first = Measured()
    measure(Case("recorded", ROOT, "prod", recorder, ROOT / "Pulumi.prod.yaml"), first)
    results = _previews(rounds, _resources(first))
    alone = _alone(recorder)
    largest = alone[_SIZES[-1]]
    report = {
        "floor_s": round(results["floor"].median, 2),
        "prod_s": round(results["prod"].median, 2),
        "bare_s": round(results["bare"].median, 2),
        "empty_s": round(results["empty"].median, 2),
        "ratio": round(results["prod"].median / results["floor"].median, 2),
        "policies_ratio": round(results["prod"].median_worked / results["bare"].median_worked, 2),
        "policies_ratio_by_clock": round(results["prod"].median / results["bare"].median, 2),
        "program_mb": round(results["prod"].program_mb),
        "pack_mb": round(results["prod"].pack_mb),
        "pack_alone": {
            f"{times}x": {"resources": one.resources, "cpu_s": round(one.seconds, 2), "mb": round(one.mb)}
            for times, one in alone.items()
        },
        "pack_growth": round(largest.ms_per_resource / alone[1].ms_per_resource, 2),
        "resources": _resources(first),
        "policies": len(ALL),
    }
    (ROOT / "build" / "bench.json").write_text(json.dumps(report, indent=2) + "\n")
    _show(results, alone)
    missed = 0
    for what, got, most in _goals(report, largest):
        missed += got > most
        print(f"{'missed' if got > most else 'met':6}  {what}: {got:g} (at most {most:g})")
    print("written: build/bench.json")
    return 1 if missed else 0


def _previews(rounds: int, resources: int) -> dict[str, Measured]:
    services = bench_programs.imported_services(ROOT)
    # The stack and the provider count as resources too.
    floor = bench_programs.write_parameters(FOLDER, "floor", resources - 2, services)
    settings = ROOT / "Pulumi.prod.yaml"
    cases = [
        Case("empty", bench_programs.write_empty(FOLDER), "bench", None),
        Case("floor", floor, "bench", bench_programs.write_one_rule(FOLDER)),
        Case("bare", ROOT, "prod", None, settings),
        Case("prod", ROOT, "prod", POLICIES, settings),
    ]
    results: dict[str, Measured] = defaultdict(Measured)
    for _ in range(rounds):
        for case in cases:
            measure(case, results[case.name])
    return results


def _alone(recorder: Path) -> dict[int, Cost]:
    stack = bench_programs.recorded(recorder)
    nothing = cost(POLICIES, copies(stack, 0))
    return {times: cost(POLICIES, copies(stack, times), nothing.seconds) for times in _SIZES}


def _goals(report: Mapping[str, object], largest: Cost) -> Iterator[tuple[str, float, float]]:
    """What is promised, what it came to, and the most that is accepted."""
    yield "prod / floor, by the clock", float(str(report["ratio"])), _MOST_OF_FLOOR
    yield "prod with / without its policies, processor time", float(str(report["policies_ratio"])), _MOST_OF_BARE
    yield f"seconds of the pack for {largest.resources} resources", round(largest.seconds, 2), _MOST_SECONDS
    yield f"MB of the pack for {largest.resources} resources", round(largest.mb), _MOST_MB
    yield f"cost of a resource at {_SIZES[-1]}x / at 1x", float(str(report["pack_growth"])), _MOST_GROWTH


def _resources(measured: Measured) -> int:
    return measured.summary.resources if measured.summary else 0


def _worked() -> float:
    """Processor seconds of all processes that this one has seen end, theirs included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _show(results: Mapping[str, Measured], alone: Mapping[int, Cost]) -> None:
    print(f"\n{'':10} {'median':>8} {'processors':>10} {'program':>9} {'pack':>9} {'resources':>10}")
    for name, one in results.items():
        times = f"{one.median:6.1f} s {one.median_worked:8.1f} s"
        print(f"{name:10} {times} {one.program_mb:6.0f} MB {one.pack_mb:6.0f} MB {_resources(one):10}")
    print("\nthe pack alone, on prod's graph")
    for times, one in alone.items():
        each = f"{one.ms_per_resource:.2f} ms a resource"
        print(f"{times}x {one.resources:12} resources {one.seconds:6.1f} s of processors {one.mb:6.0f} MB {each:>22}")
    print()


if __name__ == "__main__":
    sys.exit(main())
