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
FILTERED: dict[str, Any] = {"network.dnsFirewall": {"allowedDomains": []}}
DELIVERED: dict[str, Any] = {"edge.contentDelivery": {}}
SIGNED_IN = {
    "signIn": {
        "issuer": "https://login.example.com",
        "authorizationEndpoint": "https://login.example.com/authorize",
        "tokenEndpoint": "https://login.example.com/token",
        "userInfoEndpoint": "https://login.example.com/userinfo",
        "clientId": "dify-prod",
        "login": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-sign-in-AbCdEf",
    }
}
PIPED = {"pipeline": {"repository": "example/dify-infrastructure"}}


def values_of(stack: str, changes: dict[str, Any]) -> dict[str, str]:
    """The configuration of a tracked stack where the options `changes`, by dotted path, have other values."""
    values: dict[str, Any] = {
        key: json.loads(value) if value.startswith(("{", "[")) else value
        for key, value in read_values(ROOT / f"Pulumi.{stack}.yaml").items()
    }
    for path, value in changes.items():
        *sections, name = f"dify:{path}".split(".") if "." in path else (f"dify:{path}",)
        place = values
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def variant(changes: dict[str, Any], stack: str = "prod") -> Graph:
    """Everything that the program registers for `stack` where the options `changes` have other values."""
    return _recorded(stack, json.dumps(changes, sort_keys=True))


@cache
def _recorded(stack: str, changes: str) -> Graph:
    return record_program(stack, values=values_of(stack, json.loads(changes)))
