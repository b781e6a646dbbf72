"""An image on a Docker host (as resource_docker_image_funcs.go of kreuzwerker/terraform-provider-docker 4.6): what is
there under the name is taken as it is, else it is pulled."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from docker.errors import APIError, ImageNotFound
from docker.utils import parse_repository_tag

from sandbox.docker_host import Api, DockerError
from sandbox.docker_kind import Found, Made
from sandbox.properties import Properties

SUPPORTED = frozenset({"forceRemove", "keepLocally", "name", "platform", "pullTriggers", "triggers"})
IN_PLACE = frozenset({"forceRemove", "keepLocally", "name"})


def mistakes(_given: Properties) -> dict[str, str]:
    return {}


def create(api: Api, given: Properties, _alive: Callable[[], bool]) -> Made:
    image = local(api, given["name"], given.get("platform"))
    return Made(image["Id"] + given["name"], _outputs(image, given["name"]))


def read(api: Api, _identifier: str, given: Properties) -> Found | None:
    try:
        image = api.inspect_image(given["name"])
    except ImageNotFound:
        return None
    return Found(given, _outputs(image, given["name"]))


def update(api: Api, _identifier: str, _before: Properties, given: Properties) -> Properties:
    return _outputs(local(api, given["name"], given.get("platform")), given["name"])


def delete(api: Api, _identifier: str, state: Properties) -> None:
    if not state.get("keepLocally"):
        with suppress(ImageNotFound):
            api.remove_image(state["name"], force=state.get("forceRemove", False))


def local(api: Api, name: str, platform: str | None = None) -> Any:
    """The image of this name or id as Docker describes it, pulled where it is not there. Raises DockerError."""
    try:
        return api.inspect_image(name)
    except ImageNotFound:
        pass
    if name.startswith("sha256:"):
        raise DockerError(f"the image {name} is not on the Docker host, and an id cannot be pulled")
    repository, tag = parse_repository_tag(name)
    try:
        steps: Any = api.pull(repository, tag=tag or "latest", platform=platform, stream=True, decode=True)
        failed = [str(step["error"]) for step in steps if "error" in step]
    except APIError as error:
        failed = [f"{error.explanation or error}"]
    if failed:
        said = " ".join(failed[0].split())
        raise DockerError(f"the image {name} is not on the Docker host and cannot be pulled: {said}")
    return api.inspect_image(name)


def _outputs(image: Any, name: str) -> Properties:
    """An image that came from no registry has no digest in a repository."""
    repository = parse_repository_tag(name)[0].removeprefix("docker.io/").removeprefix("library/")
    digests: list[str] = image.get("RepoDigests") or []
    matching = [one for one in digests if one.partition("@")[0].removeprefix("docker.io/") == repository]
    return {"imageId": image["Id"], "repoDigest": next(iter(matching), "")}
