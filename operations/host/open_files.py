"""Asks Docker for a container with as many open files as planned, before one of the stack's fails for it.

No other way is sure: the limit is set by runc, a child of containerd or of dockerd, maybe on another machine, maybe
without the right to give more than it has itself (Linux, kernel/sys.c, do_prlimit: CAP_SYS_RESOURCE, which a rootless
Docker lacks). So a container is started of an image that holds nothing: Docker's own init starts in it, finds no
program and ends.
"""

import io
import tarfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any, cast

from docker import errors
from docker.types import Ulimit

from operations.host.docker_host import DockerHost
from operations.host.preflight import OpenFilesFacts

_NO_PROGRAM = "/no-program"


def ask_for(count: int, host: DockerHost) -> OpenFilesFacts:
    """Whether a container on `host` may have `count` open files; nothing is left behind."""
    client: Any = host.client
    try:
        with _image_of_nothing(host) as image, _container(host, image, count) as container:
            try:
                client.start(container)
            except errors.APIError as error:
                said = _words(error)
                # runc: "error setting rlimit type 7"; crun: "setrlimit `RLIMIT_NOFILE`".
                return OpenFilesFacts(given=False if "rlimit" in said.lower() else None, why=said)
            return OpenFilesFacts(given=True)
    except (errors.DockerException, OSError) as error:
        return OpenFilesFacts(given=None, why=_words(error))


@contextmanager
def _image_of_nothing(host: DockerHost) -> Generator[str]:
    client: Any = host.client
    nothing = io.BytesIO()
    tarfile.open(fileobj=nothing, mode="w").close()
    client.import_image_from_data(nothing.getvalue(), repository="dify-check", tag=host.stack)
    image = f"dify-check:{host.stack}"
    try:
        yield image
    finally:
        client.remove_image(image)


@contextmanager
def _container(host: DockerHost, image: str, count: int) -> Generator[str]:
    """Without a label of the stack: it is no part of it. One that a crash left behind is removed first."""
    client: Any = host.client
    name = f"{host.prefix}-check"
    with suppress(errors.NotFound):
        client.remove_container(name, force=True)
    client.create_container(
        image,
        name=name,
        entrypoint=[_NO_PROGRAM],
        command=[],
        host_config=client.create_host_config(
            network_mode="none",
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            read_only=True,
            init=True,
            ulimits=[Ulimit(name="nofile", soft=count, hard=count)],
        ),
    )
    try:
        yield name
    finally:
        client.remove_container(name, force=True)


def _words(error: Exception) -> str:
    said = cast("Any", error).explanation if isinstance(error, errors.APIError) else None
    return " ".join(str(said or error).split())
