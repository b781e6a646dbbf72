"""A connection to the Docker Engine of one host, and what it refuses in a line that says what to do."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import requests
from docker import APIClient
from docker.errors import APIError, DockerException

Api = Any
"""docker-py's low-level client (docker.APIClient), whose own types are incomplete."""


class DockerError(Exception):
    """Docker refused, or could not be reached; the message is one line."""


_ANSWER_SECONDS = 300
"""How long Docker may take for one answer; removing gigabytes takes minutes. A wait for a container is many answers."""


@contextmanager
def connected(host: str) -> Generator[Api]:
    """A client of the Docker Engine at `host`, such as unix:///var/run/docker.sock; errors of Docker in the block come
    out as DockerError. Each call has its own: clients are not made for many threads."""
    try:
        api: Api = APIClient(base_url=host, version="auto", timeout=_ANSWER_SECONDS)
    except Exception as error:  # SSH, TLS and sockets each fail in their own way
        raise DockerError(f"the Docker host {host} cannot be reached: {_root(error)}") from error
    try:
        yield api
    except APIError as error:
        raise DockerError(_explained(error)) from error
    except (DockerException, requests.RequestException) as error:
        raise DockerError(f"the Docker host {host}: {_root(error)}") from error
    finally:
        api.close()


def _root(error: BaseException) -> str:
    """What the innermost cause says; the outer ones only wrap it."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    said = f"{error.strerror}" if isinstance(error, OSError) and error.strerror else f"{error}"
    return " ".join(said.split()) or type(error).__name__


def _explained(error: APIError) -> str:
    said = " ".join(f"{error.explanation or error}".split())
    for pattern, advice in _ADVICE:
        if found := re.search(pattern, said):
            return found.expand(advice)
    return said


_ADVICE = (
    (
        r"Bind for (\S+) failed: port is already allocated",
        r"\1 of the host is taken by another container: remove that one, or choose another external port",
    ),
    (
        r"listen (?:tcp|udp)[46]? (\S+): bind: address already in use",
        r"\1 of the host is taken by another program: stop it, or choose another external port",
    ),
    (
        r'The container name "/(\S+?)" is already in use by container "(\w{12})',
        r"a container named \1 (\2) is there already: remove it (docker rm -f \1), or choose another name",
    ),
    (
        r"network with name (\S+) already exists",
        r"a network named \1 is there already: remove it (docker network rm \1), or choose another name",
    ),
    (
        r"Pool overlaps with other one on this address space",
        r"the subnet overlaps with that of another network of this host (docker network ls): choose another",
    ),
    (
        r"network (\S+) id \w+ has active endpoints|network (\S+) has active endpoints",
        r"the network \1\2 still has containers that belong to no resource of this stack (docker network inspect \1\2)",
    ),
    (
        r"remove (\S+): volume is in use - \[(\w{12})",
        r"the volume \1 is used by the container \2, which belongs to no resource of this stack: remove that one first",
    ),
    (
        r"Minimum memory limit allowed is (\S+)",
        r"memory is less than Docker's least, \1",
    ),
)
"""What Docker says (engine 20.10 to 28) and what helps; anything else is passed on as it is."""
