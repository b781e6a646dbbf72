"""The networks of a host: who can reach whom, and what has a way out."""

from dataclasses import dataclass
from enum import StrEnum

import pulumi
import pulumi_docker as docker

from components.component import Component
from components.docker_host.site import HostSite


class Net(StrEnum):
    """EDGE is between nginx and what it asks, CODE around programs of users, DATA around the stores, EGRESS the SSRF
    proxy's way out."""

    EDGE = "edge"
    APPLICATION = "application"
    CODE = "code"
    DATA = "data"
    EGRESS = "egress"


CLOSED = frozenset({Net.CODE, Net.DATA})
"""Networks without a way out: programs of users leave by the SSRF proxy alone, and stores not at all."""

_HOST_STAYS_OUT = {"com.docker.network.bridge.inhibit_ipv4": "true"}
"""Docker would give the host an address in a closed network as well, by which programs of users reach all that listens
on every address of the host (Docker manual, "Bridge network driver", options)."""


@dataclass(frozen=True, kw_only=True)
class HostNetworksArgs:
    """`edge_cidr` is a /24 of fixed addresses; Docker chooses the others' ranges."""

    site: HostSite
    edge_cidr: str


class HostNetworks(Component):
    """One bridge for each purpose."""

    type_token = "dify:host:Networks"  # noqa: S105

    names: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: HostNetworksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.names = {
            net.value: docker.Network(
                f"{name}-{net}",
                name=args.site.name(net),
                driver="bridge",
                internal=net in CLOSED,
                options=_HOST_STAYS_OUT if net in CLOSED else None,
                ipam_configs=[{"subnet": args.edge_cidr}] if net is Net.EDGE else None,
                labels=args.site.labels(net),
                # Another range needs another network of the same name.
                opts=pulumi.ResourceOptions.merge(self.child(), pulumi.ResourceOptions(delete_before_replace=True)),
            ).name
            for net in Net
        }
        self.done()
