"""Settings, sites and recorded programs that the component tests share."""

import json
from functools import cache
from pathlib import Path
from typing import Any, cast

from components.component import Component
from components.site import LogPolicy, Site
from settings import Settings
from settings.environment import Lifecycle
from settings.stack_file import parse_file
from tests.recorder import Graph, Recorded
from tests.recordings import recorded

ROOT = Path(__file__).parent.parent.parent
ACCOUNT = "111122223333"
REGION = "eu-central-1"
LOGS = LogPolicy(path="/dify-prod", retention_days=365, key_arn="key-logs")


def site(lifecycle: Lifecycle = Lifecycle.RETAIN) -> Site:
    """A site named like the production stack's."""
    return Site(name="dify-prod", account=ACCOUNT, region=REGION, lifecycle=lifecycle)


@cache
def settings(stack: str = "prod") -> Settings:
    """The settings of a tracked stack file."""
    return parse_file(ROOT / f"Pulumi.{stack}.yaml", stack)


def program(stack: str = "prod") -> Graph:
    """The whole program of a tracked stack file, as after an update."""
    return recorded(stack)


def below(graph: Graph, component: type[Component], name: str) -> list[Recorded]:
    """Children of the component of that class and name."""
    end = f"{component.type_token}::{name}"
    return [resource for resource in graph.resources if resource.parent.endswith(end)]


def document(text: str) -> list[dict[str, Any]]:
    """Statements of a policy document."""
    return cast("list[dict[str, Any]]", json.loads(text)["Statement"])


def containers(graph: Graph, service: str) -> dict[str, dict[str, Any]]:
    """All containers of a service's task definition, by name."""
    described = json.loads(graph.named(f"{service}-definition").inputs["containerDefinitions"])
    return {found["name"]: found for found in described}


def container(graph: Graph, service: str) -> dict[str, Any]:
    """The container in which the service itself runs."""
    return containers(graph, service)[service]


def pairs(entries: list[dict[str, str]], value: str = "value") -> dict[str, str]:
    """A container's environment or secrets by name."""
    return {entry["name"]: entry[value] for entry in entries}
