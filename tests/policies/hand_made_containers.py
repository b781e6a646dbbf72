"""Containers of Docker made by hand, of somebody else's program, and what the rules about Docker say of them."""

from copy import deepcopy
from typing import Any

from policies.guardrails import tokens
from policies.guardrails.rule import RULES
from tests.policies.graph_adapter import Declared, judge

OF_DOCKER = [rule.policy for rule in RULES if rule.name.startswith("docker-")]
TYPES = (tokens.DOCKER_CONTAINER, tokens.DOCKER_NETWORK, tokens.DOCKER_VOLUME, tokens.REMOTE_IMAGE)

HARDENED: dict[str, Any] = {
    "name": "shop-web",
    "image": "registry.example.com:5000/shop/web:1.2",
    "user": "1000",
    "readOnly": True,
    "securityOpts": ["no-new-privileges:true"],
    "capabilities": {"drops": ["ALL"]},
    "memory": 512,
    "memorySwap": 512,
    "cpus": "1",
    "restart": "unless-stopped",
    "logDriver": "local",
    "healthcheck": {"tests": ["CMD", "true"]},
    "ulimits": [{"name": "nofile", "soft": 65536, "hard": 65536}],
    "networkMode": "bridge",
    "networksAdvanced": [{"name": "shop"}],
}
"""Somebody else's container, with the network mode that the provider fills in."""


def container(*, called: str = "web", **changes: Any) -> Declared:
    """HARDENED with changes; Pulumi calls it `called`."""
    return Declared(type=tokens.DOCKER_CONTAINER, name=called, props=deepcopy({**HARDENED, **changes}))


def network(name: str, *, internal: bool = False) -> Declared:
    """A network of that name; where it is internal, the host has no address in it."""
    options = {"com.docker.network.bridge.inhibit_ipv4": "true"}
    inner = {"options": options} if internal else {}
    return Declared(type=tokens.DOCKER_NETWORK, name=name, props={"name": name, "internal": internal, **inner})


def volume(name: str, **options: str) -> Declared:
    """A protected volume of that name, with these options of its driver."""
    return Declared(type=tokens.DOCKER_VOLUME, name=name, props={"name": name, "driverOpts": options}, protect=True)


def found(*resources: Declared) -> set[str]:
    """The rules that are broken, without the first word that all have, by these in the network of HARDENED."""
    return {rule.removeprefix("docker-") for rule in judge([network("shop"), *resources], OF_DOCKER).rules}


def bound(source: str, *, read_only: bool = True) -> dict[str, Any]:
    """A mount of a path of the host."""
    return {"mounts": [{"type": "bind", "source": source, "target": "/seen", "readOnly": read_only}]}


def port(**changes: Any) -> dict[str, Any]:
    """A port that is published as it should be, but for the changes."""
    return {"ports": [{"internal": 8080, "external": 80, "ip": "0.0.0.0", "protocol": "tcp", **changes}]}  # noqa: S104
