"""What drills measured: build/host-drill.json, and a table of it by `python -m tests.host_live.figures`."""

import fcntl
import json
import sys
from pathlib import Path

from operations.output import table
from tests.engine.sandboxes import ROOT
from tests.host_live.load import Load

FILE = ROOT / "build" / "host-drill.json"

Figure = int | float | str


def keep(drill: str, **figures: Figure) -> None:
    """Write down what `drill` measured, beside what others did; its last figures replace those before."""
    FILE.parent.mkdir(exist_ok=True)
    with FILE.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        known = json.loads(file.read() or "{}")
        known[drill] = figures
        file.truncate(0)
        json.dump(known, file, indent=1)
        file.write("\n")


def keep_load(drill: str, load: Load, *kinds: str, **more: Figure) -> None:
    """As `keep`, of a load: requests, how many failed, how long no request of `kinds` was answered well, and the times
    of good answers."""
    keep(
        drill,
        requests=len(load.answers),
        failed=len(load.failed()),
        without_service_s=round(load.without_service(*kinds), 2),
        median_ms=round(1000 * load.at(0.5), 1),
        p99_ms=round(1000 * load.at(0.99)),
        slowest_ms=round(1000 * load.slowest()),
        **more,
    )


def text(file: Path = FILE) -> str:
    """The figures as tables: drills under load, then the others."""
    known: dict[str, dict[str, Figure]] = json.loads(file.read_text(encoding="utf-8"))
    loaded = {drill: figures for drill, figures in known.items() if "requests" in figures}
    columns = list(dict.fromkeys(name for figures in loaded.values() for name in figures))
    rows = [(drill, *(str(figures.get(name, "-")) for name in columns)) for drill, figures in loaded.items()]
    others = [
        (drill, ", ".join(f"{name} {value}" for name, value in figures.items()))
        for drill, figures in known.items()
        if drill not in loaded
    ]
    return "\n\n".join((table(("DRILL", *columns), rows), table(("DRILL", "TOOK"), others)))


def main() -> int:
    print(text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
