"""The program of a stack file with some of its options changed."""

import json
from typing import Any

from settings.stack_file import read_values
from tests.components.component_graphs import ROOT
from tests.recorder import Graph
from tests.recordings import recorded

AGENTS = {"services.agents.enabled": True}
POOLED = {"database.proxy": True}
_REFUSING = {"webFirewall.failOpen": False}
CLOSED = {"network.internet": False, "edge.allowedCidrs": ["10.0.0.0/8"], **_REFUSING}
FILTERED: dict[str, Any] = {"network.dnsFirewall": {"allowedDomains": []}}
DELIVERED: dict[str, Any] = {"edge.contentDelivery": {}, **_REFUSING}
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
TOLD: dict[str, Any] = {
    "alarms.subscriptions": [
        {
            "webhook": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-pager-AbCdEf",
            "severities": ["page"],
        },
        {"slack": {"workspace": "T0123456789", "channel": "C0123456789"}, "severities": ["page", "ticket"]},
        {"email": "ops@example.com"},
    ]
}
PIPED = {"pipeline": {"repository": "example/dify-infrastructure"}}


def values_of(stack: str, changes: dict[str, Any], removed: tuple[str, ...] = ()) -> dict[str, str]:
    """The configuration of a tracked stack where the options `changes`, by dotted path, have other values. `removed` is
    a section and keys that it does not have."""
    values: dict[str, Any] = {
        key: json.loads(value) if value.startswith(("{", "[")) else value
        for key, value in read_values(ROOT / f"Pulumi.{stack}.yaml").items()
    }
    for path, value in changes.items():
        *sections, name = f"dify:{path}".split(".")
        place = values
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    for key in removed[1:]:
        del values[removed[0]][key]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def variant(changes: dict[str, Any], stack: str = "prod") -> Graph:
    """Everything that the program registers for `stack` where the options `changes` have other values."""
    return recorded(stack, values=values_of(stack, changes) if changes else None)
