"""A network on a Docker host (as resource_docker_network*.go of kreuzwerker/terraform-provider-docker 4.6): everything
is fixed at its creation."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from docker.errors import NotFound
from docker.types import IPAMConfig, IPAMPool

from sandbox.docker_host import Api
from sandbox.docker_kind import Found, Made, labels, listed
from sandbox.properties import Properties

SUPPORTED = frozenset(
    {
        *("attachable", "driver", "internal", "ipamDriver", "ipv6", "labels", "name", "options"),
        *("ipamConfigs", "ipamConfigs.subnet", "ipamConfigs.gateway", "ipamConfigs.ipRange", "ipamConfigs.auxAddress"),
    }
)


def mistakes(_given: Properties) -> dict[str, str]:
    return {}


def create(api: Api, given: Properties, _alive: Callable[[], bool]) -> Made:
    pools = [
        IPAMPool(
            subnet=one.get("subnet"),
            iprange=one.get("ipRange"),
            gateway=one.get("gateway"),
            aux_addresses=one.get("auxAddress"),
        )
        for one in listed(given, "ipamConfigs")
    ]
    made = api.create_network(
        given["name"],
        driver=given.get("driver", "bridge"),
        options=given.get("options"),
        ipam=IPAMConfig(driver=given.get("ipamDriver", "default"), pool_configs=pools),
        # Two networks of one name are possible in engines before 25.
        check_duplicate=True,
        internal=given.get("internal", False),
        labels=labels(given),
        enable_ipv6=given.get("ipv6", False),
        attachable=given.get("attachable"),
    )
    return Made(made["Id"], _outputs(api.inspect_network(made["Id"])))


def read(api: Api, identifier: str, given: Properties) -> Found | None:
    try:
        seen = api.inspect_network(identifier)
    except NotFound:
        return None
    return Found(given, _outputs(seen))


def delete(api: Api, identifier: str, _state: Properties) -> None:
    with suppress(NotFound):
        api.remove_network(identifier)


def _outputs(seen: Any) -> Properties:
    configured: list[Properties] = seen["IPAM"]["Config"] or []
    pools = [
        {
            name: pool[key]
            for name, key in (("subnet", "Subnet"), ("gateway", "Gateway"), ("ipRange", "IPRange"))
            if pool.get(key)
        }
        for pool in configured
    ]
    return {
        "driver": seen["Driver"],
        "internal": seen["Internal"],
        "ipamConfigs": pools,
        "options": seen["Options"] or {},
        "scope": seen["Scope"],
    }
