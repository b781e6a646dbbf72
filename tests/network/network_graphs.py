"""Recorded networks, open and closed, with everything that the network's components make."""

from functools import cache

from components.endpoints import Endpoints, EndpointsArgs
from components.firewall import Firewall, FirewallArgs
from components.network import Network, NetworkArgs
from components.package_index import PackageIndex, PackageIndexArgs
from dify.flows import ENDPOINTS, GROUPS
from settings.endpoints import services
from settings.network import Network as Choices
from tests.components.component_graphs import site
from tests.recorder import Graph, record

PARTS = {**{kind: kind for kind in GROUPS}, "worker-mail": "worker"}
"""One part of each kind, and a second worker."""


def choices(*, internet: bool, endpoints: tuple[str, ...] = ()) -> Choices:
    """Three zones, with or without internet."""
    zones = tuple(f"eu-central-1{letter}" for letter in "abc")
    return Choices.model_validate(
        {"cidr": "10.20.0.0/16", "zones": zones, "internet": internet, "endpoints": endpoints}
    )


@cache
def network(*, internet: bool, preview: bool = False) -> Graph:
    """Network, firewall, endpoints and package index, linked as the program links them."""

    def build() -> None:
        chosen = choices(internet=internet)
        made = Network("network", NetworkArgs(site=site(), choices=chosen))
        firewall = Firewall(
            "firewall",
            FirewallArgs(
                vpc_id=made.vpc_id,
                allowed_cidrs=("203.0.113.0/24",) if internet else ("10.0.0.0/8",),
                parts=PARTS,
                internet=internet,
                s3_prefix_list_id=made.s3_prefix_list_id,
                isolates=True,
            ),
        )
        Endpoints(
            "endpoints",
            EndpointsArgs(
                site=site(),
                vpc_id=made.vpc_id,
                subnet_ids=made.private_subnet_ids,
                security_group_id=firewall.group_ids[ENDPOINTS],
                services=services(chosen, isolates=True, mail=True),
            ),
        )
        PackageIndex("packages", PackageIndexArgs(site=site(), key_arn="key-packages"))

    return record(build, preview=preview)
