"""`python -m sandbox.monitoring_cost STACK [GB]`: what CloudWatch bills in a month for watching a stack that was
rehearsed (build/STACK.state.json), with GB gigabytes written to logs, 100 if not said.

Exit code 1 where the stack was not rehearsed, 2 for a wrong call.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from dify.monitoring_cost import Line, Watching, bill, published_at_most
from functions.business_metrics.published import PUBLISHED as BUSINESS
from functions.business_metrics.published import REASONS
from functions.probe.published import PUBLISHED as PROBE
from sandbox.run import BUILD

_LOG_GB = 100.0
"""Our own guess for a stack of some hundred users: no setting tells how much is written."""

Resource = Mapping[str, Any]


def main(arguments: list[str]) -> int:
    """Print the bill of the stack that the first argument names; returns the exit code."""
    match arguments:
        case [stack]:
            written = _LOG_GB
        case [stack, gigabytes] if gigabytes.isdecimal():
            written = float(gigabytes)
        case _:
            print("usage: python -m sandbox.monitoring_cost STACK [GB]", file=sys.stderr)
            return 2
    state = BUILD / f"{stack}.state.json"
    if not state.exists():
        print(f"{stack}: no rehearsed state; run make rehearse STACK={stack} first", file=sys.stderr)
        return 1
    resources = json.loads(state.read_text(encoding="utf-8"))["deployment"]["resources"]
    print(table(bill(watching(resources, written))))
    return 0


def watching(resources: Sequence[Resource], log_gb: float) -> Watching:
    """What of `resources`, as a state has them, is billed for watching."""

    def of(kind: str) -> list[Mapping[str, Any]]:
        # A component may be called like a resource, and has no inputs.
        found = [one for one in resources if one["type"].startswith("aws:") and one["type"].endswith(f":{kind}")]
        return [cast("Mapping[str, Any]", one["inputs"]) for one in found]

    filters = len(of("LogMetricFilter"))
    return Watching(
        metrics=filters + sum(map(_published, of("Function"))),
        alarms=tuple(_compared(alarm["metricQueries"]) for alarm in of("MetricAlarm")),
        composites=len(of("CompositeAlarm")),
        dashboards=len(of("Dashboard")),
        log_gb=log_gb,
    )


def table(lines: Sequence[Line]) -> str:
    """One row for each line, their sum last."""
    rows = [
        f"{line.price.unit:<24}{line.amount:>8.0f} x {line.price.dollars:.2f} ={line.dollars:>9.2f}" for line in lines
    ]
    return "\n".join([*rows, f"{'USD a month, us-east-1':<41}={sum(line.dollars for line in lines):>9.2f}"])


def _compared(queries: Sequence[Mapping[str, Any]]) -> tuple[int, bool]:
    unusual = any("ANOMALY_DETECTION_BAND" in query.get("expression", "") for query in queries)
    return sum("metric" in query for query in queries), unusual


def _published(function: Mapping[str, Any]) -> int:
    """Metrics that a function publishes, known by the variable that says what it does."""
    variables = cast("Mapping[str, str]", function.get("environment", {}).get("variables", {}))
    return sum(count(json.loads(variables[name])) for name, count in _PUBLISHING.items() if name in variables)


def _of_queues(settings: Mapping[str, Any]) -> int:
    """QueueLength of each queue, Backlog of each group, and Reachable."""
    groups = cast("Mapping[str, list[str]]", settings["groups"])
    return len(set[str]().union(*groups.values())) + len(groups) + 1


def _of_business(settings: Mapping[str, Any]) -> int:
    """The most used apps and models, and all others together."""
    values = {"App": settings["apps"] + 1, "Model": settings["models"] + 1, "Currency": len(settings["currencies"])}
    return published_at_most(BUSINESS, {"Stack": 1, "Reason": len(REASONS), **values})


def _of_probe(settings: Mapping[str, Any]) -> int:
    steps = len(settings["checks"]) + (settings["stream"] is not None)
    return published_at_most(PROBE, {"Stack": 1, "Step": steps})


_PUBLISHING: Mapping[str, Callable[[Mapping[str, Any]], int]] = {
    "QUEUE_DEPTH": _of_queues,
    "BUSINESS_METRICS": _of_business,
    "PROBE": _of_probe,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
