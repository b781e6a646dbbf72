"""Which path of Dify each stack sends to which service, as its load balancer or nginx would."""

import re
from collections.abc import Iterator, Mapping

from dify.routes import PREFIXES
from dify.services import WEB
from tests.components.host_graphs import programs
from tests.recorder import Graph

_BELOW = "anything"
"""Stands for whatever follows a prefix."""

_REST = "everything else"
_MAP = re.compile(r'map "\$request_uri" \$dify_service \{(.*?)\}', re.DOTALL)
_LINE = re.compile(r'^\s*"~(.*)" "([a-z-]+)";$', re.MULTILINE)


def route_rows(graphs: Mapping[str, Graph]) -> Iterator[list[str]]:
    """A row for each prefix of Dify's nginx. Raises ValueError where a stack sends one elsewhere."""
    for prefix, service in PREFIXES.items():
        yield [f"`{prefix}`", service, *(_served(stack, graph, prefix, service) for stack, graph in graphs.items())]
    yield [_REST, WEB.name, *(_default(graph) for graph in graphs.values())]


def _served(stack: str, graph: Graph, prefix: str, service: str) -> str:
    path = prefix.rstrip("/") + f"/{_BELOW}"
    asked = [path] if prefix.endswith("/") else [prefix, path]
    found = [_host(graph, one) if _is_host(graph) else _rule(graph, one) for one in asked]
    if {answer for answer, _ in found} != {service}:
        raise ValueError(f"{stack} sends {prefix} to {found[0][0]}, and {service} is what answers it")
    return ", ".join(dict.fromkeys(place for _, place in found))


def _rule(graph: Graph, path: str) -> tuple[str, str]:
    """The service that the first rule in order sends `path` to, and the rule's priority."""
    rules = sorted(graph.of("lb/listenerRule:ListenerRule"), key=lambda one: one.inputs["priority"])
    for rule in rules:
        for pattern in (value for one in rule.inputs["conditions"] for value in one["pathPattern"]["values"]):
            if path == pattern or (pattern.endswith("*") and path.startswith(pattern[:-1])):
                group = rule.inputs["actions"][-1]["targetGroupArn"]
                return group.removeprefix("edge-").removesuffix("-arn"), f"{rule.inputs['priority']:g}"
    return WEB.name, "default"


def _host(graph: Graph, path: str) -> tuple[str, str]:
    found = _MAP.search(programs(graph)["nginx.conf"])
    assert found is not None
    for pattern, service in _LINE.findall(found[1]):
        if re.search(pattern.replace("\\\\", "\\"), path):
            return service, "map"
    return WEB.name, "default"


def _default(graph: Graph) -> str:
    return "default of the map" if _is_host(graph) else "default action"


def _is_host(graph: Graph) -> bool:
    return not graph.of("ec2/vpc:Vpc")
