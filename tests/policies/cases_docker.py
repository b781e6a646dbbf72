"""Cases of the rules about single containers of Docker, as changes of the stack on one Docker host."""

from functools import partial
from typing import Any

from policies.guardrails import tokens as t
from tests.policies.case import Case, Change, drop, named, put, remove
from tests.policies.graph_adapter import Declared, Stack

API = partial(Case, at=t.DOCKER_CONTAINER, source="host", where=named("api-1-container"))
"""A container like most others."""


def append(name: str, entry: Any) -> Change:
    """Add an entry to a list."""

    def change(_: Stack, subject: Declared) -> None:
        subject.props[name] = [*subject.props.get(name, []), entry]

    return change


def of(name: str, change: Change) -> Change:
    """Change the container of that name, whichever the case is about."""

    def of_another(stack: Stack, _: Declared) -> None:
        change(stack, next(one for one in stack if one.name == name and one.type == t.DOCKER_CONTAINER))

    return of_another


SOCKET = {"type": "bind", "source": "/var/run/docker.sock", "target": "/docker.sock", "readOnly": True}

CASES = [
    API(
        rule="docker-container-must-not-be-privileged",
        breaks=put("privileged", True),
        loses="privileged",
        hides="privileged",
        safe_when_missing=True,
    ),
    API(
        rule="docker-container-must-have-namespaces-of-its-own",
        breaks=put("pidMode", "host"),
        loses="pidMode",
        hides="pidMode",
        safe_when_missing=True,
    ),
    API(
        rule="docker-container-must-stay-in-its-cgroup",
        breaks=put("cgroupParent", "/"),
        loses="cgroupParent",
        hides="cgroupParent",
        safe_when_missing=True,
    ),
    API(
        rule="docker-container-must-stay-confined",
        breaks=append("securityOpts", "seccomp=unconfined"),
        loses="securityOpts",
        hides="securityOpts",
        safe_when_missing=True,
    ),
    API(
        rule="docker-container-must-not-gain-privileges",
        breaks=put("securityOpts", ["no-new-privileges:false"]),
        loses="securityOpts",
        hides="securityOpts",
    ),
    API(
        rule="docker-container-must-drop-capabilities",
        breaks=put("capabilities.adds", ["CAP_SYS_ADMIN"]),
        loses="capabilities",
        hides="capabilities",
    ),
    API(
        rule="docker-container-must-not-run-as-root",
        breaks=put("user", "0:1001"),
        loses="user",
        hides="user",
    ),
    API(
        rule="docker-container-must-have-read-only-root",
        breaks=put("readOnly", False),
        loses="readOnly",
        hides="readOnly",
    ),
    API(
        rule="docker-container-must-not-reach-docker",
        breaks=append("mounts", SOCKET),
        loses="mounts",
        hides="mounts",
        safe_when_missing=True,
    ),
    API(
        rule="docker-mount-must-leave-the-system-alone",
        breaks=put("volumes", [{"hostPath": "/etc", "containerPath": "/host", "readOnly": True}]),
        loses="volumes",
        hides="volumes",
        safe_when_missing=True,
    ),
    Case(
        rule="docker-image-must-be-pinned",
        at=t.REMOTE_IMAGE,
        where=named("images-nginx"),
        source="host",
        breaks=put("name", "docker.io/library/nginx:latest"),
        loses="name",
        hides="name",
    ),
    API(
        rule="docker-container-must-limit-its-memory",
        breaks=put("memorySwap", -1),
        loses="memorySwap",
        hides="memory",
    ),
    API(
        rule="docker-container-must-limit-its-cpus",
        breaks=put("cpus", "0"),
        loses="cpus",
        hides="cpus",
    ),
    API(
        rule="docker-container-must-rotate-its-log",
        breaks=put("logOpts", {"max-file": "5"}),
        loses="logDriver",
        hides="logDriver",
    ),
    API(
        rule="docker-container-must-be-healthy",
        breaks=put("healthcheck.tests", ["NONE"]),
        loses="healthcheck",
        hides="healthcheck",
    ),
    API(
        rule="docker-container-must-start-again",
        breaks=put("restart", "no"),
        loses="restart",
        hides="restart",
    ),
    API(
        rule="docker-container-must-be-awaited",
        breaks=put("wait", False),
        loses="wait",
        hides="wait",
    ),
    API(
        rule="docker-container-must-have-open-files",
        breaks=put("ulimits.0.soft", 1024),
        loses="ulimits",
        hides="ulimits",
    ),
    API(
        rule="docker-service-must-have-two-containers",
        breaks=of("api-2-container", remove),
        loses=of("api-2-container", drop("labels")),
        hides="labels",
        where=named("beat-container"),
    ),
    API(
        rule="docker-container-must-keep-secrets-out-of-environment",
        breaks=append("envs", "DB_PASSWORD=correct horse battery staple"),
        loses="envs",
        hides="envs",
        safe_when_missing=True,
    ),
    API(
        rule="docker-secrets-must-be-mounted-read-only",
        breaks=put("mounts.1.readOnly", False),
        loses="mounts.1.readOnly",
        hides="mounts",
    ),
    Case(
        rule="docker-secrets-must-have-one-reader",
        at=t.DOCKER_VOLUME,
        where=named("volumes-secrets-redis"),
        source="host",
        breaks=of("api-1-container", put("mounts.1.source", "dify-host-secrets-redis")),
        loses="name",
        hides="name",
        safe_when_missing=True,
    ),
    API(
        rule="docker-container-must-carry-no-secrets",
        breaks=put("uploads", [{"file": "/key.pem", "content": "-----BEGIN PRIVATE KEY-----\n"}]),
        loses="uploads",
        hides="uploads",
        safe_when_missing=True,
    ),
]
