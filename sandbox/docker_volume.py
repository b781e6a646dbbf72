"""A volume on a Docker host (as resource_docker_volume.go of kreuzwerker/terraform-provider-docker 4.6).

One that is there under the name already becomes this resource, with its data: that is how a retained volume is found
again.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from docker.errors import NotFound

from sandbox.docker_host import Api
from sandbox.docker_kind import Found, Made, labels
from sandbox.properties import Properties

SUPPORTED = frozenset({"driver", "driverOpts", "labels", "name"})


def mistakes(_given: Properties) -> dict[str, str]:
    return {}


def create(api: Api, given: Properties, _alive: Callable[[], bool]) -> Made:
    api.create_volume(
        name=given["name"], driver=given.get("driver"), driver_opts=given.get("driverOpts"), labels=labels(given)
    )
    return Made(given["name"], _outputs(api.inspect_volume(given["name"])))


def read(api: Api, identifier: str, given: Properties) -> Found | None:
    try:
        seen = api.inspect_volume(identifier)
    except NotFound:
        return None
    return Found(given, _outputs(seen))


def delete(api: Api, identifier: str, _state: Properties) -> None:
    with suppress(NotFound):
        api.remove_volume(identifier)


def _outputs(seen: Any) -> Properties:
    return {"name": seen["Name"], "driver": seen["Driver"], "mountpoint": seen["Mountpoint"]}
