"""How large the instances of each service are, and how many there are, on both targets."""

from collections.abc import Sequence

from tests.recorder import Graph
from tests.tuning.readings import number

KEYS = {
    "web": "web",
    "api": "api",
    "api-websocket": "collaboration",
    "worker": "worker",
    "beat": "beat",
    "plugin-daemon": "pluginDaemon",
    "sandbox": "sandbox",
    "ssrf-proxy": "ssrfProxy",
    "nginx": "nginx",
}
"""Service -> its key in `dify:services`."""

HEAD = ("Service", "`dify:services`", "AWS: CPU units", "MiB", "tasks", "Host: CPUs", "MiB", "instances")


def sizes(aws: Graph, host: Graph) -> list[Sequence[str]]:
    """A row of each service."""
    return [(name, f"`{key}`", *_on_aws(aws, name), *_on_host(host, name)) for name, key in KEYS.items()]


def _on_aws(graph: Graph, name: str) -> tuple[str, str, str]:
    definitions = [one for one in graph.resources if one.name == f"{name}-definition"]
    if not definitions:
        return "-", "-", "-"
    scaling = [one.inputs for one in graph.resources if one.name == f"{name}-scaling"]
    tasks = f"{number(scaling[0]['minCapacity'])} to {number(scaling[0]['maxCapacity'])}" if scaling else "1"
    inputs = definitions[0].inputs
    return number(inputs["cpu"]), number(inputs["memory"]), tasks


def _on_host(graph: Graph, name: str) -> tuple[str, str, str]:
    own = {f"{name}-container", *(f"{name}-{number}-container" for number in range(1, 100))}
    found = [one.inputs for one in graph.resources if one.name in own]
    return number(found[0]["cpus"]), number(found[0]["memory"]), str(len(found))
