"""Secrets and containers of Docker: nothing that `docker inspect` or Pulumi's state shows is one."""

import base64
import binascii
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from .docker_containers import NO_NETWORK, blocks, containers, is_in, mounts, repository
from .graph import Graph, once_per_graph
from .literals import holds_secret
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import DOCKER_CONTAINER, DOCKER_VOLUME
from .values import UNKNOWN, UndecidedError

SECRETS = "https://docs.docker.com/compose/how-tos/use-secrets/"
PLACE = "/run/secrets"
"""Where containers find secrets (Docker documentation, "Manage secrets")."""


@rule(
    "docker-container-must-keep-secrets-out-of-environment",
    DOCKER_CONTAINER,
    severity=Severity.CRITICAL,
    description="No secret is in a container's environment as Docker knows it: `docker inspect` shows it to everybody "
    "who may ask, and Pulumi keeps it in the state.",
    remediation="Have the program read it from a file on a volume that is filled on the host.",
    references=References(docker="4.10", nist="4.1.4"),
    url=SECRETS,
)
def environment(resource: Resource) -> Iterator[Finding]:
    for variable in resource.entries("envs"):
        if variable is UNKNOWN:
            yield UndecidedError(("envs",))
            continue
        name, _, value = str(variable).partition("=")
        if holds_secret(name, value):
            yield f"has a secret in the variable {name}"


@rule(
    "docker-container-must-carry-no-secrets",
    DOCKER_CONTAINER,
    severity=Severity.CRITICAL,
    description="No private key, access key or password is among the files and arguments that a container is made "
    "with: all of them are in Pulumi's state.",
    remediation="Bring the file by a volume that is filled on the host; let arguments name a file.",
    references=References(docker="4.10", nist="4.1.4"),
    url=SECRETS,
)
def carries_none(resource: Resource) -> Iterator[Finding]:
    for upload in blocks(resource, "uploads"):
        if any(_tells(text) for text in (upload.get("content"), _decoded(upload.get("contentBase64")))):
            yield f"is given a secret in {upload.get('file')}"
    for name in ("command", "entrypoints"):
        given = resource.entries(name)
        if UNKNOWN in given:
            yield UndecidedError((name,))
        elif any(_tells(text) for text in given):
            yield f"is given a secret in its {name}"


@rule(
    "docker-secrets-must-be-mounted-read-only",
    DOCKER_CONTAINER,
    severity=Severity.HIGH,
    description="What reads secrets cannot change them: whoever takes it over could leave a password of his own.",
    remediation="Set readOnly to true on the mount.",
    references=References(nist="4.4.3"),
    url=SECRETS,
)
def read_only(resource: Resource) -> Iterator[Finding]:
    for mount in mounts(resource):
        if mount.writable and is_in(mount.target, PLACE):
            yield f"may change the secrets in {mount.target}"


@rule(
    "docker-secrets-must-have-one-reader",
    DOCKER_VOLUME,
    severity=Severity.HIGH,
    description="A volume of secrets is read by containers of one image: each sees its own secrets and nobody else's.",
    remediation="Give each reader a Volume of its own, with the secrets that it needs.",
    references=References(nist="4.3.4", practice="SEC03-BP02"),
    url=SECRETS,
)
def one_reader(resource: Resource, graph: Graph) -> Iterator[Finding]:
    readers = _readers(graph).get(str(resource.get("name")), set[str]())
    if len(readers) > 1:
        yield f"has secrets that containers of {' and '.join(sorted(readers))} read"


@once_per_graph
def _readers(graph: Graph) -> Mapping[str, set[str]]:
    """Volume of secrets -> repositories of the images that read it, wherever they mount it. Who fills it mounts it
    elsewhere, and has no network to tell others by. What is unknown hides no other."""
    secrets: set[str] = set()
    found: dict[str, set[str]] = defaultdict(set)
    for container in containers(graph):
        try:
            for mount in mounts(container):
                if is_in(mount.target, PLACE):
                    secrets.add(mount.source)
                if is_in(mount.target, PLACE) or container.get("networkMode") != NO_NETWORK:
                    found[mount.source].add(repository(container, graph))
        except UndecidedError:
            continue
    return {volume: readers for volume, readers in found.items() if volume in secrets}


def _tells(text: Any) -> bool:
    """Whether a text holds a secret, whatever it is called."""
    return holds_secret("", text)


def _decoded(text: Any) -> str:
    try:
        return base64.b64decode(str(text or ""), validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""
