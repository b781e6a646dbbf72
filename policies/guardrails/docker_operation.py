"""How a container of Docker runs: what it runs, how much of the host it may take, and who notices when it stops."""

import re
from collections import Counter
from collections.abc import Iterator

from pulumi_policy import Severity

from .docker_containers import blocks, containers, field, labels, runs_on
from .graph import Graph, once_per_graph
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import DOCKER_CONTAINER, DOCKER_IMAGE, REGISTRY_IMAGE, REMOTE_IMAGE
from .values import UNKNOWN, is_one_of, is_true, items, number

CONSTRAINTS = "https://docs.docker.com/engine/containers/resource_constraints/"

PINNED = re.compile(r"(^|@)sha256:[0-9a-f]{64}$|:(?!latest$)[A-Za-z0-9_][A-Za-z0-9_.-]*$")

ROTATING, SENT_AWAY = "local", frozenset({"awslogs", "fluentd", "gcplogs", "gelf", "journald", "splunk", "syslog"})
"""The driver that rotates by itself, and those that send logs away (Docker manual, "Configure logging drivers")."""

ALWAYS = ("always", "unless-stopped")
"""Restart policies that outlive the host's restart; on-failure does not."""

LEAST_OPEN_FILES = 4096
"""Every connection of a server takes one or two; a shell's usual 1024 are gone with a few hundred users."""

SEVERAL = frozenset({"api", "postgres", "web"})
"""What users wait for, as the label dify.kind names it."""


@rule(
    "docker-image-must-be-pinned",
    DOCKER_CONTAINER,
    REMOTE_IMAGE,
    severity=Severity.HIGH,
    description="Images are named by digest or by a tag other than latest, so that a restart runs what ran before.",
    remediation="Name a release in the image, better its digest; give a container the imageId of a RemoteImage.",
    references=References(checkov="CKV_DOCKER_7", nist="4.2.2"),
    url="https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
)
def image_pinned(resource: Resource, graph: Graph) -> Iterator[Finding]:
    # An image of the stack is judged itself; its id is unknown until it is pulled or built.
    if graph.linked(resource, "image", REMOTE_IMAGE, DOCKER_IMAGE, REGISTRY_IMAGE) or resource.has("build"):
        return
    name = resource.get("name" if resource.type == REMOTE_IMAGE else "image")
    if not PINNED.search(str(name or "").rsplit("/", maxsplit=1)[-1]):
        yield "does not pin its image"


@rule(
    "docker-container-must-limit-its-memory",
    DOCKER_CONTAINER,
    severity=Severity.HIGH,
    description="A container has no more memory than it was given, swap included: beyond that the kernel ends it, and "
    "nothing else. Docker itself would give as much swap again.",
    remediation="Set memory, in MiB, and memorySwap to the same.",
    references=References(docker="5.11", nist="4.4.3"),
    url=CONSTRAINTS,
)
def memory_limited(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "memory", lambda mib: number(mib) > 0, "memory is not limited")
    yield from expect(resource, "memorySwap", lambda mib: number(mib) > 0, "memorySwap is not limited")


@rule(
    "docker-container-must-limit-its-cpus",
    DOCKER_CONTAINER,
    severity=Severity.MEDIUM,
    description="A container takes no more of the host's CPUs than it was given.",
    remediation="Set cpus.",
    references=References(docker="5.12", nist="4.4.3"),
    url=CONSTRAINTS,
)
def cpus_limited(resource: Resource) -> Iterator[Finding]:
    if number(resource.get("cpus")) <= 0 and number(resource.get("cpuQuota")) <= 0:
        yield "cpus is not limited"


@rule(
    "docker-container-must-rotate-its-log",
    DOCKER_CONTAINER,
    severity=Severity.HIGH,
    description="A container's log is kept and cannot fill the disk, which would stop the databases as well.",
    remediation="Set logDriver to local, or to json-file with the logOpts max-size and max-file.",
    references=References(practice="SEC04-BP01"),
    url="https://docs.docker.com/engine/logging/configure/",
)
def log_rotated(resource: Resource) -> Iterator[Finding]:
    driver = resource.get("logDriver")
    if driver == ROTATING or is_one_of(driver, SENT_AWAY):
        return
    if driver != "json-file":
        yield "logs nowhere" if driver == "none" else "leaves its log to the host"
        return
    for option in ("max-size", "max-file"):
        yield from expect(resource, f"logOpts.{option}", lambda value: bool(value) and value != "-1", f"no {option}")


@rule(
    "docker-container-must-be-healthy",
    DOCKER_CONTAINER,
    severity=Severity.HIGH,
    description="What runs on is asked whether it still does its work: a process that is there may hang.",
    remediation="Set healthcheck with tests, interval, timeout and retries.",
    references=References(docker="5.27, 4.6", checkov="CKV_DOCKER_2"),
    url="https://docs.docker.com/reference/dockerfile/#healthcheck",
)
def health_checked(resource: Resource) -> Iterator[Finding]:
    tests = items(resource.get("healthcheck", "tests"))
    if runs_on(resource) and (not tests or tests[0] == "NONE"):
        yield "has no health check"


@rule(
    "docker-container-must-start-again",
    DOCKER_CONTAINER,
    severity=Severity.HIGH,
    description="What runs on is started again when it ends, and after a restart of the host; what runs once is not.",
    remediation="Set restart to unless-stopped; for what runs once set it to no, and mustRun to false.",
    references=References(practice="REL11-BP03"),
    url="https://docs.docker.com/engine/containers/start-containers-automatically/",
)
def starts_again(resource: Resource) -> Iterator[Finding]:
    if runs_on(resource):
        yield from expect(resource, "restart", lambda policy: policy in ALWAYS, "is not started again")
    else:
        yield from expect(resource, "restart", lambda policy: policy not in ALWAYS, "runs once, again and again")


@rule(
    "docker-container-must-have-open-files",
    DOCKER_CONTAINER,
    severity=Severity.LOW,
    description="What runs on may have as many open files as its connections need, whatever the host's default is.",
    remediation=f"Add the ulimit nofile, soft and hard, with at least {LEAST_OPEN_FILES}.",
    references=References(docker="5.19", practice="REL01-BP01"),
    url="https://docs.docker.com/reference/cli/docker/container/run/#ulimit",
)
def open_files(resource: Resource) -> Iterator[Finding]:
    limits = [one for one in blocks(resource, "ulimits") if field(one, "ulimits", "name") == "nofile"]
    if runs_on(resource) and not any(number(field(one, "ulimits", "soft")) >= LEAST_OPEN_FILES for one in limits):
        yield f"nofile is under {LEAST_OPEN_FILES}, or the host's"


@rule(
    "docker-service-must-have-two-containers",
    DOCKER_CONTAINER,
    severity=Severity.HIGH,
    description="Dify's API and web and their database run twice in production, so that an update or a crash of one "
    "stops nobody's work.",
    remediation="Set services.api.instances and services.web.instances to 2 or more; give the database its standby.",
    references=References(practice="REL10-BP01"),
    url="https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/use-fault-isolation-to-protect-your-workload.html",
    production_only=True,
)
def two_containers(resource: Resource, graph: Graph) -> Iterator[Finding]:
    kind = labels(resource).get("dify.kind")
    if kind in SEVERAL and _kinds(graph)[kind] < 2:
        yield f"is the only container of {kind}"


@rule(
    "docker-container-must-be-awaited",
    DOCKER_CONTAINER,
    severity=Severity.HIGH,
    description="An update goes on when what it made is done or answers: else new services meet the old database, and "
    "the second of two containers is replaced before the first one works.",
    remediation="Set attach to true with mustRun false, and wait to true for Dify's API, web and database.",
    references=References(practice="REL08-BP04"),
    url="https://www.pulumi.com/registry/packages/docker/api-docs/container/",
    production_only=True,
)
def awaited(resource: Resource) -> Iterator[Finding]:
    if not runs_on(resource):
        yield from expect(resource, "attach", is_true, "nobody waits for its end")
    elif labels(resource).get("dify.kind") in SEVERAL:
        yield from expect(resource, "wait", is_true, "nobody waits until it answers")


@once_per_graph
def _kinds(graph: Graph) -> Counter[str]:
    """How many containers there are of each kind. One whose labels are unknown is of none."""
    known = (one for one in containers(graph) if one.props.get("labels") is not UNKNOWN)
    return Counter(labels(one).get("dify.kind", "") for one in known)
