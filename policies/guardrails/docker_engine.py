"""How Docker itself is reached: whoever talks to it is root on its host."""

from collections.abc import Iterator

from pulumi_policy import Severity

from .graph import Graph
from .resource import Resource
from .rule import Finding, References, rule
from .tokens import DOCKER_CONTAINER, DOCKER_PROVIDER
from .values import items, parsed

IN_THE_CLEAR = ("tcp://", "http://")
"""Connections that nothing protects unless the provider is given certificates."""

CERTIFICATES = ("caMaterial", "certMaterial", "keyMaterial")
CARELESS = ("stricthostkeychecking=no", "stricthostkeychecking=off", "userknownhostsfile=/dev/null")
"""Options with which ssh takes whoever answers for the host (ssh_config(5))."""


@rule(
    "docker-provider-must-name-its-host",
    DOCKER_PROVIDER,
    severity=Severity.HIGH,
    description="The provider of containers says which Docker it means, so that the wrong shell changes nothing.",
    remediation="Create an explicit docker.Provider with host (setting host.docker) and no context.",
    references=References(practice="SEC01-BP01"),
    url="https://www.pulumi.com/registry/packages/docker/api-docs/provider/",
)
def names_host(resource: Resource, graph: Graph) -> Iterator[Finding]:
    # Images may be copied by any Docker; where containers run matters.
    if not graph.of(DOCKER_CONTAINER):
        return
    if not resource.has("host"):
        yield "host is missing"
    if resource.has("context"):
        yield "context decides in place of host"


@rule(
    "docker-provider-must-reach-docker-in-private",
    DOCKER_PROVIDER,
    severity=Severity.CRITICAL,
    description="Docker is reached by its socket, by ssh that knows the host, or by TLS on both sides: who reads along "
    "or plays the host has all that is sent to it, and who may send is root there.",
    remediation="Set host to unix:///var/run/docker.sock or to ssh:// (setting host.docker), without sshOpts that "
    "switch the check of the host's key off; for tcp:// set certPath.",
    references=References(docker="2.7", nist="4.5.1"),
    url="https://docs.docker.com/engine/security/protect-access/",
)
def reached_in_private(resource: Resource, graph: Graph) -> Iterator[Finding]:  # noqa: ARG001  makes it a stack rule
    host = str(resource.get("host") or "")
    certified = resource.has("certPath") or all(resource.has(name) for name in CERTIFICATES)
    if host.startswith(IN_THE_CLEAR) and not certified:
        yield f"reaches Docker by {host.partition(':')[0]} in the clear"
    # The engine hands a provider's nested inputs over as JSON text.
    options = "".join(str(option) for option in items(parsed(resource.get("sshOpts")))).replace(" ", "=").lower()
    if any(careless in options for careless in CARELESS):
        yield "takes whoever answers for the host"
