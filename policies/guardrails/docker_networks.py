"""Networks of Docker: who can reach whom, and what the host publishes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from pulumi_policy import Severity

from .docker_containers import blocks, containers, field, is_inside, is_store, networks, published
from .graph import Graph, once_per_graph
from .resource import Resource
from .rule import Finding, References, expect, rule
from .tokens import DOCKER_CONTAINER, DOCKER_NETWORK
from .values import UndecidedError, is_not_true, is_true

BRIDGE = "https://docs.docker.com/engine/network/drivers/bridge/"
PUBLISHING = "https://docs.docker.com/engine/network/port-publishing/"

DEFAULT = (None, "", "bridge", "default")
"""Network modes that are Docker's default bridge."""

BEHIND_THE_HOST = (None, "", "bridge", "overlay")
"""Drivers that give containers addresses of their own, behind those of the host (Docker manual, "Network drivers")."""

GATEWAY_MODES = tuple(f"com.docker.network.bridge.gateway_mode_{family}" for family in ("ipv4", "ipv6"))
UNFILTERED = "nat-unprotected"
"""The mode in which ports are reached that no container publishes (Docker manual, "Gateway modes")."""

HOST_STAYS_OUT = "com.docker.network.bridge.inhibit_ipv4"
"""With it the host takes no address in the network (Docker manual, "Bridge network driver", options)."""
ISOLATED = "isolated"
"""The gateway mode that does the same, from Docker 27.1 on."""

WEB = frozenset({80, 443})
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104  told apart, not listened on
THIS_HOST = frozenset({"127.0.0.1", "::1"})


@rule(
    "docker-container-must-leave-the-default-bridge",
    DOCKER_CONTAINER,
    severity=Severity.MEDIUM,
    description="No container is on Docker's default bridge, where each reaches each.",
    remediation="Name its networks in networksAdvanced, or set networkMode to none.",
    references=References(docker="5.30", nist="4.3.3"),
    url=f"{BRIDGE}#differences-between-user-defined-bridges-and-the-default-bridge",
)
def off_the_default_bridge(resource: Resource) -> Iterator[Finding]:
    if not resource.has("networksAdvanced"):
        yield from expect(resource, "networkMode", lambda mode: mode not in DEFAULT, "is on the default bridge")


@rule(
    "docker-container-must-join-networks-of-the-stack",
    DOCKER_CONTAINER,
    severity=Severity.MEDIUM,
    description="A container joins networks that the stack makes: of another one nobody here knows who else is in it, "
    "and a name that leads nowhere ends the deployment.",
    remediation="Give networksAdvanced the name of a Network of the stack.",
    references=References(nist="4.3.3"),
    url=BRIDGE,
)
def joins_own_networks(resource: Resource, graph: Graph) -> Iterator[Finding]:
    joined = networks(resource, graph)
    wanted = blocks(resource, "networksAdvanced")
    if len(wanted) > len(joined):
        own = {network.props.get("name") for network in joined}
        names = (str(block.get("name")) for block in wanted if block.get("name") not in own)
        yield f"joins {', '.join(names) or 'one network twice'}, which the stack does not make"


@rule(
    "docker-network-must-keep-others-out",
    DOCKER_NETWORK,
    severity=Severity.HIGH,
    description="Containers are in networks behind the host, which admits what is published and nothing else: the "
    "driver macvlan puts them beside the host, the gateway mode nat-unprotected opens every port of theirs.",
    remediation="Leave driver at bridge and the gateway modes at nat; publish the ports that others need.",
    references=References(nist="4.3.3, 4.4.2"),
    url=f"{PUBLISHING}#gateway-modes",
)
def keeps_others_out(resource: Resource) -> Iterator[Finding]:
    yield from expect(
        resource, "driver", lambda driver: driver in BEHIND_THE_HOST, "its driver puts containers beside the host"
    )
    for mode in GATEWAY_MODES:
        if resource.get("options", mode) == UNFILTERED:
            yield f"{mode} opens every port"


@rule(
    "docker-network-must-leave-the-host-out",
    DOCKER_NETWORK,
    severity=Severity.MEDIUM,
    description="An internal network has no address of the host: by it containers without a way out reach all that the "
    "host listens on.",
    remediation="Set com.docker.network.bridge.inhibit_ipv4 to true in options, or gateway_mode_ipv4 to isolated.",
    references=References(nist="4.3.3, 4.4.2"),
    url=f"{BRIDGE}#options",
)
def leaves_the_host_out(resource: Resource) -> Iterator[Finding]:
    if not is_true(resource.get("internal")):
        return
    isolated = resource.get("options", GATEWAY_MODES[0]) == ISOLATED
    if not isolated and resource.get("options", HOST_STAYS_OUT) != "true":
        yield "is internal, and the host has an address in it"


@rule(
    "docker-store-must-be-on-internal-networks",
    DOCKER_CONTAINER,
    severity=Severity.CRITICAL,
    description="Databases and caches are on internal networks only: nobody outside reaches them, and what is in them "
    "does not leave by them.",
    remediation="Set internal to true on each network of the store, and take it off all others.",
    references=References(nist="4.3.3, 4.4.2"),
    url="https://docs.docker.com/reference/cli/docker/network/create/#internal",
)
def stores_inside(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if is_store(resource, graph) and not is_inside(resource, graph):
        yield "keeps data on a network that is not internal"


@rule(
    "docker-container-must-publish-web-ports-only",
    DOCKER_CONTAINER,
    severity=Severity.HIGH,
    description="The host publishes HTTP and HTTPS and no other port; Docker opens what it publishes past the firewall "
    "of the host.",
    remediation="Remove the port and publishAllPorts: containers reach each other by their networks. For another proxy "
    "on the host, set ip to 127.0.0.1 (setting network.listenAddress), where any port may be.",
    references=References(docker="5.9", nist="4.4.2"),
    url=PUBLISHING,
)
def web_ports_only(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "publishAllPorts", is_not_true, "publishes every port of its image")
    for address, port, protocol in published(resource):
        if address not in THIS_HOST and (port not in WEB or protocol != "tcp"):
            yield f"publishes {f'port {port:g}' if port else 'a port that Docker chooses'} by {protocol}"


@rule(
    "docker-port-must-name-its-address",
    DOCKER_CONTAINER,
    severity=Severity.MEDIUM,
    description="A published port says at which addresses of the host it listens: Docker takes all, of IPv6 too.",
    remediation="Set ip, from the setting network.listenAddress.",
    references=References(docker="5.14", nist="4.4.2"),
    url=PUBLISHING,
)
def names_address(resource: Resource) -> Iterator[Finding]:
    for block in blocks(resource, "ports"):
        if not field(block, "ports", "ip"):
            yield "publishes a port at whatever address"


@rule(
    "docker-container-must-not-bridge-outside-and-inside",
    DOCKER_CONTAINER,
    severity=Severity.HIGH,
    description="What the outside reaches directly is on no internal network: behind it stands somebody who looks at "
    "each request first.",
    remediation="Publish ports of the reverse proxy only, and take it off networks that are internal.",
    references=References(nist="4.3.3, 4.3.4"),
    url="https://docs.docker.com/reference/cli/docker/network/create/#internal",
)
def edge_only(resource: Resource, graph: Graph) -> Iterator[Finding]:
    if not any(address not in THIS_HOST for address, _, _ in published(resource)):
        return
    for network in networks(resource, graph):
        if is_true(network.get("internal")):
            yield f"publishes ports and is in {network.name}"


@rule(
    "docker-port-must-be-published-once",
    DOCKER_CONTAINER,
    severity=Severity.HIGH,
    description="No two containers publish one port of the host: the second of them does not start.",
    remediation="Publish each port by one container, or at another address.",
    references=References(practice="OPS05-BP04"),
    url=PUBLISHING,
)
def published_once(resource: Resource, graph: Graph) -> Iterator[Finding]:
    for address, port, protocol in published(resource):
        for other, at in _listening(graph).get((port, protocol), ()) if port else ():
            # Once for the two of them, and always at the same.
            if other.urn < resource.urn and (address == at or {address, at} & EVERYWHERE):
                yield f"publishes port {port:g} by {protocol}, as {other.name} does"


@once_per_graph
def _listening(graph: Graph) -> Mapping[tuple[float, str], list[tuple[Resource, str]]]:
    """Port and protocol -> who publishes it at which address. What is unknown hides nobody else."""
    found: dict[tuple[float, str], list[tuple[Resource, str]]] = defaultdict(list)
    for container in containers(graph):
        try:
            for address, port, protocol in published(container):
                found[port, protocol].append((container, address))
        except UndecidedError:
            continue
    return found
