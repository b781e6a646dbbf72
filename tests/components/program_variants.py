"""The program of a stack file with some of its options changed."""

import json
from functools import cache
from typing import Any

from settings.stack_file import read_values
from tests.components.component_graphs import ROOT
from tests.recorder import Graph, record_program

AGENTS = {"services.agents.enabled": True}
POOLED = {"database.proxy": True}
CLOSED = {"network.internet": False, "edge.allowedCidrs": ["10.0.0.0/8"]}


def variant(changes: dict[str, Any], stack: str = "prod") -> Graph:
    """Everything that the program registers for `stack` where the options `changes` have other values."""
    return _recorded(stack, json.dumps(changes, sort_keys=True))


@cache
def _recorded(stack: str, changes: str) -> Graph:
    values: dict[str, Any] = {
        key: json.loads(value) if value.startswith(("{", "[")) else value
        for key, value in read_values(ROOT / f"Pulumi.{stack}.yaml").items()
    }
    for path, value in json.loads(changes).items():
        *sections, name = f"dify:{path}".split(".")
        place = values
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    written = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    return record_program(stack, values=written)
